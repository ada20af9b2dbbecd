"""How things stand, as values: what a command that only looks has to show, one object of JSON each.

Text in them comes from AWS: a reporter cleans it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class ServiceState:
    """The service of an environment, as ECS has it.

    `status` is ECS's own (ACTIVE, DRAINING), MISSING where nothing is deployed: then the rest is empty. `desired`,
    `running` and `pending` count tasks. `revision` (`family:number`) is what it is set to, `image` what that runs, and
    `commit` what it was registered from; `head` is the commit that is checked out here. `circuit_breaker` and
    `rollback` say whether a deployment that fails is ended, and taken back. `verdict` is that on its newest deployment
    (succeeded, rolled-back, failed, superseded, stopped, in-flight), `verdict_at` when it ended or, in flight, began,
    and `reason` ECS's word on it. What is not known is "" or None.
    """

    cluster: str
    service: str
    environment: str
    region: str
    status: str
    arn: str = ""
    desired: int = 0
    running: int = 0
    pending: int = 0
    revision: str = ""
    image: str = ""
    commit: str = ""
    head: str = ""
    circuit_breaker: bool = False
    rollback: bool = False
    verdict: str = ""
    verdict_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class DeploymentState:
    """A deployment that the service has tasks of; `id` (`ecs-svc/N`) is what they carry as `started_by`.

    `status` is PRIMARY for what the service moves to or has arrived at, ACTIVE for what is being replaced. The counts
    are tasks. The circuit breaker ends it at `threshold` failures, of which it counted `failed`; 0: not known.
    `rollout` and `reason` are ECS's `rolloutState`.
    """

    id: str
    status: str
    revision: str
    commit: str
    desired: int
    running: int
    pending: int
    failed: int
    threshold: int
    rollout: str
    reason: str
    created_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RunningTask:
    """A task that is meant to run. `address` is its public one, "" where it has none or nobody looked.

    `desired_status` is STOPPED for one on its way out; `started_by` is the id of its deployment.
    """

    task: str
    status: str
    desired_status: str
    health: str
    revision: str
    commit: str
    address: str
    started_by: str
    created_at: datetime | None
    started_at: datetime | None


@dataclass(frozen=True)
class TaskCount:
    """How many of the tasks that were looked at are alike."""

    count: int
    revision: str
    status: str
    health: str


@dataclass(frozen=True)
class TasksSeen:
    """How many tasks the service has, how many of them were looked at, and how many are shown one by one."""

    total: int
    seen: int
    shown: int
    alike: tuple[TaskCount, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Drift:
    """Whether `deploy` would change something of what runs, its image aside; None, and `why`, where nobody can tell.

    What differs, and what could not be looked at, follows as `Planned`.
    """

    differs: bool | None
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class EnvironmentState:
    """One environment of the config, in short; the fields are those of `ServiceState` and `Drift`.

    `healthy` and `unhealthy` count the first 100 tasks by their health check. `problem` says why it could not be
    looked at: then the rest is empty.
    """

    environment: str
    cluster: str
    service: str
    region: str
    status: str = ""
    revision: str = ""
    commit: str = ""
    desired: int = 0
    running: int = 0
    healthy: int = 0
    unhealthy: int = 0
    verdict: str = ""
    verdict_at: datetime | None = None
    differs: bool | None = None
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class PastDeployment:
    """A deployment of the service, and what became of it.

    `verdict` is one of succeeded, rolled-back, failed, superseded, stopped and in-flight; `status` and `reason` are
    ECS's. `actor`, `commit` and `run_url` are those of the revision: who registered it, from what, and in which run of
    a CI. `seconds` is how long it took, None while it goes on or where ECS does not say.
    """

    deployment: str
    verdict: str
    status: str
    reason: str
    revision: str
    commit: str
    actor: str
    run_url: str
    created_at: datetime | None
    finished_at: datetime | None
    seconds: float | None
