"""What is known of one watched deployment, and what a look at AWS asks and brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from ecsdeploy.core.diagnose import Subject, failures
from ecsdeploy.core.rollout.told import Told
from ecsdeploy.core.service import Service, ServiceDeployment
from ecsdeploy.core.serving import HEALTHY_SECONDS
from ecsdeploy.core.task import Task
from ecsdeploy.core.verdict import Verdict

NEVER = float("-inf")
KNOWN = 100
"""How many tasks are followed one by one: what DescribeTasks takes in one call (ECS API)."""
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
    one cause before the deployment is stopped, None: never. `gated`: what ECS calls a success has more to show.
    """

    service: str
    task_definition: str
    started_by: str = ""
    about: Subject = field(default_factory=Subject)
    checked: bool = False
    check_seconds: float = HEALTHY_SECONDS
    balanced: bool = False
    give_up_after: int | None = None
    gated: bool = False
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

    def without(self, *, service: bool, tasks: bool) -> Ask:
        """Return the same without the service, or the tasks: what was not answered."""
        asks = replace(self, service=self.service and not service)
        return replace(asks, listed=False, stopped=False, tasks=()) if tasks else asks

    def later(self, after: float) -> Ask:
        """Return the same, asked after so many seconds."""
        return replace(self, after=after)


@dataclass(frozen=True)
class Stopped:
    """Our attempt to stop the deployment, when and why, and whether AWS `accepted` it.

    `replaces`: what ran before was deployed instead, since it could not be stopped. `lost`: the answer did not arrive,
    so that AWS may have done it all the same. `again`: it may be tried again.
    """

    accepted: bool
    replaces: bool = False
    lost: bool = False
    again: bool = False
    at: float = 0.0
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The answers to one `Ask`. What was not asked, or could not be read, is None or empty.

    `at` is seconds since the watch began, `now` the same moment's time, and `spent` the calls to ECS until then.
    `tasks` are those that were described, `missing` those that ECS did not show though it was asked. `unreadable` says
    what could not be read, and `denied` that a permission to read tasks is missing. `stop` is the result of a `Stop`,
    `proven` that of the gate.
    """

    at: float
    now: datetime
    ask: Ask = Ask()
    spent: int = 0
    deployment: ServiceDeployment | None = None
    service: Service | None = None
    tasks: tuple[Task, ...] = ()
    missing: frozenset[str] = frozenset()
    newer: ServiceDeployment | None = None
    logs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()
    denied: bool = False
    stop: Stopped | None = None
    proven: Verdict | None = None


@dataclass(frozen=True, kw_only=True)
class LastAsked:
    """When each thing was last asked, in seconds since the watch began; `fruitless` lists found nothing new.

    `shown` is when the service was last seen: it may have been asked since, without an answer.
    """

    deployment: float = NEVER
    service: float = NEVER
    listed: float = NEVER
    stopped: float = NEVER
    tasks: float = NEVER
    shown: float = NEVER
    fruitless: int = 0


@dataclass(frozen=True)
class LogSeen:
    """What a task's log held when it was last read: after how many reads, and when."""

    lines: tuple[str, ...]
    reads: int
    at: float


@dataclass(frozen=True, kw_only=True)
class Turns:
    """What a deployment has come to, and when that was first seen, in seconds since the watch began; None: it has not.

    It was not shown, is STOPPED, is being rolled back, is over. `asked_to_stop`: somebody else has asked for that.
    """

    missing: float | None = None
    stopped: float | None = None
    rolling_back: float | None = None
    over: float | None = None
    asked_to_stop: bool = False


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Everything known of a watched deployment `at` a moment; the answer of `advance` is the next of these.

    `tasks` are the service's, by ARN, those of other deployments too. `running_since` is when each of ours was first
    RUNNING, `failed_at` when the last task that failed was seen, `full_since` the last look before all that are wanted
    ran. `ever_healthy`: one of our tasks was. `blind`: the tasks may not be read. `described_with` are the counts
    (running, pending) when the tasks were last described, `refusals` the events that say why ECS could not create a
    task, the newest last, `proven` is what the gate said.
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
    turns: Turns = field(default_factory=Turns)
    failed_at: float = NEVER
    full_since: float = NEVER
    ever_healthy: bool = False
    blind: bool = False
    stop: Stopped | None = None
    proven: Verdict | None = None
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
    def is_sample(self) -> bool:
        """Return whether there are more tasks than are followed one by one: then the counts speak for the others."""
        return self.deployment.requested > KNOWN

    @property
    def due(self) -> float:
        """Return when all of our running tasks can count as healthy, in seconds since the watch began."""
        last = max(self.running_since.values(), default=self.at)
        return (max(last, self.full_since) if self.is_sample else last) + self.aim.check_seconds

    @property
    def rolls_back(self) -> bool:
        """Return whether the deployment is being rolled back, by ECS or by us."""
        return self.turns.rolling_back is not None or (self.stop is not None and self.stop.accepted)

    @property
    def saw_nothing(self) -> bool:
        """Return whether nothing has begun, as far as ECS tells, although there was time for it."""
        return not (self.tasks or self.told.events or any(self.counts)) and self.at >= FAILING_SECONDS

    @property
    def stops_it(self) -> bool:
        """Return whether it is our request, as far as is known, for which the deployment ends."""
        return self.stop is not None and (self.stop.accepted or self.stop.lost)

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
        if self.aim.started_by and task.started_by:
            return task.started_by == self.aim.started_by
        return self._is_of_its_time(task)

    def _is_of_its_time(self, task: Task) -> bool:
        """Return whether `task` was made while the deployment went on, as far as ECS says; its clock says both."""
        at, begun, over = task.created_at, self.created_at, self.deployment.finished_at
        return at is None or ((begun is None or at >= begun) and (over is None or at <= over))

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
