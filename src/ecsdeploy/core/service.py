"""Services and their deployments, as snapshots of what ECS answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

ONGOING = frozenset({"PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"})
"""Statuses of a service deployment that is not over (ECS API, ServiceDeployment.status)."""

FINAL = frozenset({"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"})


@dataclass(frozen=True, kw_only=True)
class ServiceEvent:
    """One of the service's newest hundred events."""

    id: str
    at: datetime
    message: str


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """An entry of `service.deployments`: its `id` (`ecs-svc/N`) is what tasks carry in `startedBy`."""

    id: str
    status: str
    task_definition: str
    desired: int
    running: int
    pending: int
    failed: int
    rollout_state: str
    rollout_reason: str
    created_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service as DescribeServices shows it; `raw` is the whole answer, for settings that are only compared."""

    arn: str
    name: str
    status: str
    desired: int
    running: int
    pending: int
    task_definition: str
    controller: str
    managed_by: str
    capacity_providers: tuple[Mapping[str, object], ...]
    deployments: tuple[Deployment, ...]
    events: tuple[ServiceEvent, ...]
    tags: Mapping[str, str]
    raw: Mapping[str, object] = field(repr=False)

    @property
    def primary(self) -> Deployment | None:
        """Return the deployment that the service runs or is moving to."""
        return next((d for d in self.deployments if d.status == "PRIMARY"), None)


@dataclass(frozen=True, kw_only=True)
class ServiceDeployment:
    """One rollout with its verdict (ECS API, ServiceDeployment). Counts are those of the target revision.

    `source_revisions` ran before it, `rollback_revision` is what a rollback goes back to ("" while there is none); both
    are ARNs of service revisions. `awaits` is the id of a lifecycle hook that somebody has to answer, "" for none
    (DeploymentLifecycleHookDetail.status AWAITING_ACTION). The brief form that ListServiceDeployments gives has none of
    these, nor counts: they are empty there.
    """

    arn: str
    status: str
    reason: str
    target_revision: str
    created_at: datetime | None
    finished_at: datetime | None = None
    requested: int = 0
    running: int = 0
    pending: int = 0
    failures: int = 0
    threshold: int = 0
    stage: str = ""
    rollback_reason: str = ""
    rollback_revision: str = ""
    source_revisions: tuple[str, ...] = ()
    awaits: str = ""

    @property
    def ongoing(self) -> bool:
        """Return whether this rollout is not over; one in an unknown status continues until it has an end."""
        return self.status in ONGOING or (self.status not in FINAL and self.finished_at is None)

    @property
    def id(self) -> str:
        """Return the last part of the ARN."""
        return self.arn.rsplit("/", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class ServiceRevision:
    """What one deployment rolls out; immutable. `raw` is the whole answer, for settings that are only compared."""

    arn: str
    task_definition: str
    raw: Mapping[str, object] = field(default_factory=dict, repr=False)
