"""The state of things, as values: what a command that only reads shows, one JSON object each.

Text in them comes from AWS: a reporter cleans it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class ServiceState:
    """The service of an environment, as ECS has it.

    `status` is ECS's own (ACTIVE, DRAINING), or MISSING if nothing is deployed: then the rest is empty. `desired`,
    `running` and `pending` count tasks. `revision` (`family:number`) is the one it is set to, `image` that revision's
    image, and `commit` what it was registered from; `head` is the commit that is checked out here. `circuit_breaker`
    and `rollback` say whether a failing deployment is stopped, and rolled back. `verdict` is that of the newest
    deployment (succeeded, rolled-back, failed, superseded, stopped, in-flight), `verdict_at` when it ended or, in
    flight, started, and `reason` is ECS's reason. `failing` says how many tasks of the revision have failed since,
    and why the newest of them has. What is not known is "" or None.
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
    failing: str = ""


@dataclass(frozen=True, kw_only=True)
class DeploymentState:
    """A deployment that the service has tasks of; `id` (`ecs-svc/N`) is their `started_by`.

    `status` is PRIMARY for the one that the service runs or moves to, ACTIVE for one that is being replaced. The counts
    are tasks. The circuit breaker stops it at `threshold` failures; it has counted `failed`; 0: not known.
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
    """A task that should run. `address` is its public one, "" if it has none or it was not looked up.

    `desired_status` is STOPPED if it is being stopped; `started_by` is the id of its deployment.
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
    """How many of the checked tasks are alike."""

    count: int
    revision: str
    status: str
    health: str


@dataclass(frozen=True)
class TasksSeen:
    """How many tasks the service has, how many of them were checked, and how many are shown one by one."""

    total: int
    seen: int
    shown: int
    alike: tuple[TaskCount, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Drift:
    """Whether `deploy` would change what runs, apart from its image; None if not known, and `why`.

    What differs, and what could not be read, follows as `Planned`. `warnings` say what the config does not have and
    `deploy` leaves as it is.
    """

    differs: bool | None
    why: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EnvironmentState:
    """One environment of the config, in short; the fields are those of `ServiceState` and `Drift`.

    `healthy` and `unhealthy` count the first 100 tasks by their health check. `problem` says why it could not be
    read: then the rest is empty.
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
    """A deployment of the service, and how it ended.

    `verdict` is one of succeeded, rolled-back, failed, superseded, stopped and in-flight; `status` and `reason` are
    ECS's. `actor`, `commit` and `run_url` are those of the revision: who registered it, from which commit, and in
    which CI run. `seconds` is how long it took, None while it is in flight or if ECS does not say.
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


@dataclass(frozen=True, kw_only=True)
class Check:
    """Something that `doctor` looked at: `about` is what, `text` what was found.

    `status`: `ok`; a `problem`, which keeps something from working or lets strangers in; a `warning`, which may become
    one; a `note` on what cannot be seen from here; `unchecked`, where a permission or a file is missing. `why` and
    `fix` say why it matters and what to do, and `rule` is the name of the rule that was broken, which never changes.
    `file` and `line` are where it is, in a file of the repository. What does not apply is "" or 0.
    """

    about: str
    status: Literal["ok", "problem", "warning", "note", "unchecked"]
    text: str
    why: str = ""
    fix: str = ""
    rule: str = ""
    file: str = ""
    line: int = 0
