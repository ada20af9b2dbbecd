"""Services and what becomes of their changes: revisions, deployments, service deployments, events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ecsdeploy.sandbox.ecs.records import Network, Tags, TaskDefinition

ONGOING = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
"""Service deployment states that are not final."""


@dataclass(frozen=True, slots=True)
class RevisionImage:
    """A container's image in a service revision; the digest is None until (or unless) it was resolved."""

    container: str
    image: str
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A service revision: the workload that a deployment brings. `extras` are further fields in the API's form."""

    number: str
    definition: TaskDefinition
    network: Network
    launch_type: str | None
    strategy: tuple[Mapping[str, Any], ...]
    platform_version: str
    images: tuple[RevisionImage, ...]
    resolved: bool
    created_at: float
    faults: frozenset[str] = frozenset()
    extras: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployment in the older view (`deployments[]` of DescribeServices). It lives on as a rollback's target.

    `failed` is what the API calls failedTasks, `counted` what the circuit breaker counts, `start_failures` what the
    launch back-off counts; no task is launched before `launch_after`. `wanted` is how many tasks the last completed
    deployment still shall have while a newer one replaces it.
    """

    id: str
    revision: str
    status: Literal["PRIMARY", "ACTIVE"] = "PRIMARY"
    state: Literal["IN_PROGRESS", "COMPLETED", "FAILED"] = "IN_PROGRESS"
    reason: str
    created_at: float
    updated_at: float
    failed: int = 0
    counted: int = 0
    start_failures: int = 0
    launch_after: float = 0.0
    wanted: int = 0
    asked_images_at: float | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """A service revision's tasks as a service deployment reports them."""

    revision: str
    requested: int
    running: int
    pending: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDeployment:
    """A service deployment: the record of one change of the service, from its creation to its verdict.

    `finished` holds the counts of the target at the end; while it goes on they are counted. `stop_at` is when
    STOP_REQUESTED becomes STOPPED.
    """

    id: str
    deployment: str
    target: str
    sources: tuple[Count, ...]
    status: str = "PENDING"
    reason: str | None = None
    stage: str | None = None
    configuration: Mapping[str, Any]
    created_at: float
    updated_at: float
    started_at: float | None = None
    finished_at: float | None = None
    stopped_at: float | None = None
    begin_at: float
    stop_at: float | None = None
    rollback_at: float | None = None
    rollback_to: str | None = None
    rollback_reason: str | None = None
    breaker: Literal["TRIGGERED", "MONITORING", "MONITORING_COMPLETE", "DISABLED"] = "DISABLED"
    failures: int = 0
    threshold: int = 0
    finished: Count | None = None

    @property
    def ongoing(self) -> bool:
        """Return whether the verdict is still open."""
        return self.status in ONGOING


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service as it was asked for. `extras` are fields that are kept and answered in the API's form."""

    cluster: str
    name: str
    status: Literal["ACTIVE", "DRAINING", "INACTIVE"] = "ACTIVE"
    desired: int
    definition: TaskDefinition
    network: Network
    launch_type: str | None
    strategy: tuple[Mapping[str, Any], ...] = ()
    platform_version: str = "LATEST"
    configuration: Mapping[str, Any]
    grace: int = 0
    created_at: float
    created_by: str
    tags: Tags = ()
    managed_tags: bool = False
    propagate: str = "NONE"
    exec_enabled: bool = False
    rebalancing: str = "ENABLED"
    token: str | None = None
    request: Mapping[str, Any] = field(default_factory=dict)
    extras: Mapping[str, Any] = field(default_factory=dict)

    @property
    def minimum(self) -> int:
        """Return how many healthy tasks a deployment leaves; the percentage is rounded up (API reference)."""
        return -(-self.desired * int(self.configuration["minimumHealthyPercent"]) // 100)

    @property
    def maximum(self) -> int:
        """Return how many tasks may be running or pending; the percentage is rounded down (API reference)."""
        return self.desired * int(self.configuration["maximumPercent"]) // 100


@dataclass(frozen=True, slots=True)
class Event:
    """A service event."""

    id: str
    at: float
    message: str
