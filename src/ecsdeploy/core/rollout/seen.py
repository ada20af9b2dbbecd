"""What is known of one watched deployment, and how a look at AWS adds to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from ecsdeploy.core.causes import explain_event
from ecsdeploy.core.diagnose import Subject, failures
from ecsdeploy.core.rollout.told import Told
from ecsdeploy.core.service import Service, ServiceDeployment
from ecsdeploy.core.serving import HEALTHY_SECONDS
from ecsdeploy.core.task import Task

NEVER = float("-inf")
FAILING_SECONDS = 20.0
BALANCED_SECONDS = 180.0
"""A load balancer that gives a target up has usually done so by then: five checks, 30 s apart, are its default."""

Until = Literal["submitted", "started", "healthy", "stable", "rolled-back"]
"""What is waited for: that ECS has taken the deployment, that its tasks run, or are healthy, that it is over, or that
also a rollback is."""


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What is watched, and until when: this does not change.

    `started_by` is the deployment's id in its tasks (`ecs-svc/N`), "" if not known. `checked` says whether ECS checks
    the health of the service's own container, and `check_seconds` how long after a task is RUNNING it can count as
    healthy; `balanced`, that a load balancer has checks of its own. `give_up_after` is how many tasks have to fail for
    one cause before the deployment is stopped, None: never.
    """

    service: str
    task_definition: str
    started_by: str = ""
    about: Subject = field(default_factory=Subject)
    checked: bool = False
    check_seconds: float = HEALTHY_SECONDS
    balanced: bool = False
    give_up_after: int | None = None
    until: Until = "stable"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What to read next, `after` so many seconds: each part is one call, or one per hundred tasks.

    `tasks` are ARNs to describe, and whatever the lists add to them. `logs` are failed tasks.
    """

    after: float = 0.0
    deployment: bool = False
    service: bool = False
    listed: bool = False
    stopped: bool = False
    tasks: tuple[str, ...] = ()
    newer: bool = False
    logs: tuple[Task, ...] = ()

    @property
    def wants_tasks(self) -> bool:
        """Return whether any task is described."""
        return self.listed or self.stopped or bool(self.tasks)

    def later(self, after: float) -> Ask:
        """Return the same, asked after so many seconds."""
        return replace(self, after=after)


@dataclass(frozen=True)
class Stopped:
    """Our attempt to stop the deployment, when and why, and whether AWS `accepted` it.

    `replaces`: what ran before was deployed instead, since it could not be stopped.
    """

    accepted: bool
    replaces: bool = False
    at: float = 0.0
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The answers to one `Ask`. What was not asked, or could not be read, is None or empty.

    `at` is seconds since the watch began, `now` the same moment's time, and `spent` the calls to ECS until then.
    `tasks` are those that were described. `unreadable` says what could not be read, and `denied` that a permission is
    missing. `stop` is the result of a `Stop`.
    """

    at: float
    now: datetime
    ask: Ask = Ask()
    spent: int = 0
    deployment: ServiceDeployment | None = None
    service: Service | None = None
    tasks: tuple[Task, ...] = ()
    newer: ServiceDeployment | None = None
    logs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()
    denied: bool = False
    stop: Stopped | None = None


@dataclass(frozen=True, kw_only=True)
class LastAsked:
    """When each thing was last asked, in seconds since the watch began; `fruitless` lists found nothing new."""

    deployment: float = NEVER
    service: float = NEVER
    listed: float = NEVER
    stopped: float = NEVER
    tasks: float = NEVER
    fruitless: int = 0


@dataclass(frozen=True)
class LogSeen:
    """What a task's log held when it was last read: after how many reads, and when."""

    lines: tuple[str, ...]
    reads: int
    at: float


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Everything known of a watched deployment `at` a moment; the answer of `advance` is the next of these.

    `tasks` are the service's, by ARN, those of other deployments too. `running_since` is when each of ours was first
    RUNNING. `missing_since`, `stopped_since`, `rolling_back_since` and `over_since` are when that was first seen, and
    `failed_at` when the last task that failed was. `asked_to_stop`: somebody else's request to stop was seen.
    `ever_healthy`: one of our tasks was. `blind`: the tasks may not be read. `described_with` are
    the counts (running, pending) when the tasks were last described, `refusals` the events that say why ECS could not
    create a task, the newest last.
    """

    aim: Aim
    deployment: ServiceDeployment
    created_at: datetime | None = None
    at: float = 0.0
    spent: int = 0
    service: Service | None = None
    newer: ServiceDeployment | None = None
    tasks: Mapping[str, Task] = field(default_factory=dict)
    running_since: Mapping[str, float] = field(default_factory=dict)
    logs: Mapping[str, LogSeen] = field(default_factory=dict)
    asked: LastAsked = LastAsked()
    described_with: tuple[int, int] = (0, 0)
    missing_since: float | None = None
    stopped_since: float | None = None
    rolling_back_since: float | None = None
    over_since: float | None = None
    failed_at: float = NEVER
    asked_to_stop: bool = False
    ever_healthy: bool = False
    blind: bool = False
    stop: Stopped | None = None
    refusals: tuple[str, ...] = ()
    told: Told = field(default_factory=Told)

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many tasks of the deployment run, and are pending, as ECS counts them."""
        return self.deployment.running, self.deployment.pending

    @property
    def ours(self) -> tuple[Task, ...]:
        """Return the deployment's own tasks; `startedBy` tells them from others of the same revision."""
        return tuple(task for task in self.tasks.values() if self.is_ours(task))

    @property
    def live(self) -> tuple[Task, ...]:
        """Return those of our tasks that are meant to run."""
        return tuple(task for task in self.ours if "STOPPED" not in (task.status, task.desired_status))

    @property
    def failed(self) -> list[Task]:
        """Return those of our tasks that failed, also while they are still being stopped; newest first."""
        return failures(self.ours)

    @property
    def failing(self) -> bool:
        """Return whether tasks fail just now: one did a moment ago, or does not end."""
        return self.at - self.failed_at < FAILING_SECONDS or any(task.status != "STOPPED" for task in self.failed)

    @property
    def due(self) -> float:
        """Return when all of our running tasks can count as healthy, in seconds since the watch began."""
        return max(self.running_since.values(), default=self.at) + self.aim.check_seconds

    @property
    def rolls_back(self) -> bool:
        """Return whether the deployment is being rolled back, by ECS or by us."""
        return self.rolling_back_since is not None or (self.stop is not None and self.stop.accepted)

    @property
    def saw_nothing(self) -> bool:
        """Return whether nothing has begun, as far as ECS tells, although there was time for it."""
        return not (self.tasks or self.told.events or any(self.counts)) and self.at >= FAILING_SECONDS

    @property
    def is_replaced(self) -> bool:
        """Return whether we have deployed what ran before."""
        return self.stop is not None and self.stop.accepted and self.stop.replaces

    @property
    def leaves_a_rollback(self) -> bool:
        """Return whether the watch ends as soon as what ran before is seen to serve again."""
        return self.aim.give_up_after is not None and self.aim.until != "rolled-back"

    def is_ours(self, task: Task) -> bool:
        """Return whether the deployment has started `task`."""
        if task.task_definition != self.aim.task_definition:
            return False
        return not self.aim.started_by or task.started_by == self.aim.started_by

    def is_healthy(self, task: Task) -> bool:
        """Return whether `task` passes its check; without one, whether it ran for as long as ECS asks for."""
        if not task.running:
            return False
        if self.aim.checked:
            return task.health == "HEALTHY"
        return self.at - self.running_since.get(task.arn, self.at) >= self.aim.check_seconds

    def is_proven(self, task: Task) -> bool:
        """Return whether `task` is good; of what a load balancer finds, only that ECS stops the task is shown."""
        lives = self.at - self.running_since.get(task.arn, self.at) >= BALANCED_SECONDS
        return self.is_healthy(task) and (lives or not self.aim.balanced)


def absorb(seen: Seen, snapshot: Snapshot) -> Seen:
    """Return `seen` with what `snapshot` adds; nothing is judged, nothing told."""
    after = _with_tasks(_with_deployment(replace(seen, at=snapshot.at, spent=snapshot.spent), snapshot), snapshot)
    healthy = after.ever_healthy or any(after.is_proven(task) for task in after.ours)
    logs = {
        arn: LogSeen(lines, after.logs[arn].reads + 1 if arn in after.logs else 1, snapshot.at)
        for arn, lines in snapshot.logs.items()
    }
    failed_at = snapshot.at if len(after.failed) > len(seen.failed) else seen.failed_at
    return replace(
        after,
        failed_at=failed_at,
        service=snapshot.service or after.service,
        newer=snapshot.newer or after.newer,
        logs={**after.logs, **logs},
        asked=_asked(seen, snapshot),
        described_with=after.counts if snapshot.ask.wants_tasks else seen.described_with,
        ever_healthy=healthy,
        blind=after.blind or snapshot.denied,
        stop=snapshot.stop or after.stop,
        refusals=tuple(_refusals(after, snapshot.service)) or after.refusals,
    )


def _refusals(seen: Seen, service: Service | None) -> Iterator[str]:
    since = seen.deployment.created_at
    for event in reversed(service.events if service is not None else ()):
        if (since is None or event.at >= since) and explain_event(event.message) is not None:
            yield event.message


def _with_deployment(seen: Seen, snapshot: Snapshot) -> Seen:
    if not snapshot.ask.deployment:
        return seen
    now, at = snapshot.deployment, snapshot.at
    if now is None:
        return replace(seen, missing_since=_first(seen.missing_since, at))
    rolls_back = "ROLLBACK" in now.status and now.ongoing
    ours = seen.stop is not None and seen.stop.accepted
    return replace(
        seen,
        deployment=now,
        missing_since=None,
        stopped_since=_first(seen.stopped_since, at) if now.status == "STOPPED" else None,
        rolling_back_since=_first(seen.rolling_back_since, at) if rolls_back else seen.rolling_back_since,
        over_since=None if now.ongoing else _first(seen.over_since, at),
        # ECS goes through this status when somebody asks, never by itself (Developer Guide, service deployment states).
        asked_to_stop=seen.asked_to_stop or (now.status == "ROLLBACK_REQUESTED" and not ours),
    )


def _with_tasks(seen: Seen, snapshot: Snapshot) -> Seen:
    found = {task.arn: task for task in snapshot.tasks}
    tasks = {**seen.tasks, **found}
    since = dict(seen.running_since)
    for task in found.values():
        if task.running and task.arn not in since:
            since[task.arn] = _since(task, seen, snapshot)
    return replace(seen, tasks=tasks, running_since=since)


def _since(task: Task, seen: Seen, snapshot: Snapshot) -> float:
    """Return when the task became RUNNING: between two looks, and where AWS's clock agrees, when AWS says."""
    before = max(0.0, seen.asked.tasks) if task.arn in seen.tasks else 0.0
    if task.started_at is None:
        return before
    told = snapshot.at - (snapshot.now - task.started_at).total_seconds()
    return min(max(told, before), snapshot.at)


def _asked(seen: Seen, snapshot: Snapshot) -> LastAsked:
    ask, before, at = snapshot.ask, seen.asked, snapshot.at
    fruitless = before.fruitless
    if ask.listed or ask.stopped:
        fruitless = 0 if any(task.arn not in seen.tasks for task in snapshot.tasks) else fruitless + 1
    return LastAsked(
        deployment=at if ask.deployment else before.deployment,
        service=at if ask.service else before.service,
        listed=at if ask.listed else before.listed,
        stopped=at if ask.stopped else before.stopped,
        tasks=at if ask.tasks or ask.listed or ask.stopped else before.tasks,
        fruitless=fruitless,
    )


def _first(before: float | None, at: float) -> float:
    return at if before is None else before
