"""Watches one deployment, ours, to its verdict.

The verdict comes from the service deployment that we started, looked up by its ARN every second and a half. Events
and tasks are read when its counts change, but never so often that ECS gets more than one call a second from us.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.diagnose import explain_event, failures
from ecsdeploy.core.saying import DEPLOYS, Saying
from ecsdeploy.core.service import Service, ServiceDeployment
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.core.verdict import Verdict, judge
from ecsdeploy.errors import EcsdeployError, Failed, Unreachable
from ecsdeploy.events import Note, RolloutState, ServiceMessage, TaskState, Warn
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.runtime import Watcher
from ecsdeploy.workflow.failures import failure_cards
from ecsdeploy.workflow.sight import POLL_SECONDS, VISIBLE_SECONDS, in_sight

GONE_SECONDS = 4.0
"""After this time, a deployment that is not shown may be deleted with its service, and not only new."""
LISTED_SECONDS = 4.0
"""How long a newer deployment that replaced ours may take to be listed."""
COUNT_SECONDS = 5.0
HEARTBEAT_SECONDS = 30.0
NOTHING_BEGAN = "ECS shows no task and no event of it. An AWS emulator that runs no tasks never will."
LOOK_SECONDS = 15.0
LOOK_CALLS = 4
"""What one look at the service's events and tasks costs: DescribeServices, two ListTasks, DescribeTasks."""


@dataclass
class Watch:
    """One watched deployment: what was already shown, so that only changes are reported.

    `started_by` is the deployment's id in its tasks (`ecs-svc/N`); "" if not known.
    """

    run: Watcher
    ecs: Ecs
    target: Target
    task_definition: str
    deployment: ServiceDeployment
    started_by: str = ""
    says: Saying = DEPLOYS
    shown_events: set[str] = field(default_factory=set)
    shown_tasks: dict[str, tuple[str, str]] = field(default_factory=dict)
    shown_failures: set[str] = field(default_factory=set)
    carded: set[object] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    tasks: dict[str, Task] = field(default_factory=dict)
    last: tuple[object, ...] = ()
    rolling_back: bool = False
    asked_to_stop: bool = False
    silent: bool = False
    counted_at: float | None = None
    missing_since: float | None = None
    stopped_since: float | None = None

    def __post_init__(self) -> None:
        self.service = self.target.names.service
        self.created_at = self.deployment.created_at
        self.began = self.run.clock.monotonic()
        self.reported = self.looked = float("-inf")
        self.calls_before = self.run.aws.requests("ecs")

    def until_verdict(self, timeout: float) -> Verdict:
        """Return how the deployment ended; after `timeout` seconds, `timed-out`. Raises `TimedOut`, `Failed`."""
        try:
            with in_sight(f"the deployment {self.deployment.id}", self.says):
                verdict = poll(
                    self._read,
                    self._judge,
                    clock=self.run.clock,
                    every=POLL_SECONDS,
                    deadline=self.began + timeout,
                )
        except DeadlineReached:
            verdict = Verdict(kind="timed-out", deployment=self.deployment)
        if verdict.kind in ("succeeded", "empty"):
            self._show(verdict.deployment or self.deployment)
        else:
            self._look(final=True)
        if verdict.kind == "timed-out" and not self.tasks and not self.shown_events:
            self.run.report(Note(NOTHING_BEGAN))
        return verdict

    def _read(self) -> ServiceDeployment | None:
        try:
            now = self.ecs.deployment(self.deployment.arn)
        except Unreachable as error:
            if not self.silent:
                self.silent = True
                self.run.report(Note(f"{error.what} Trying again."))
            raise
        self.silent = False
        return now

    def _judge(self, now: ServiceDeployment | None) -> Verdict | None:
        if now is None:
            self._vanished()
            return None
        self.missing_since = None
        self.deployment = now
        self._show(now)
        if "ROLLBACK" in now.status and now.ongoing and not self.rolling_back:
            self.rolling_back = True
            why = now.rollback_reason or now.reason or ("asked for" if "REQUESTED" in now.status else "failed")
            self.run.report(Note(f"Rolling back: {why}"))
        # ECS goes through this status when somebody asks, never by itself (Developer Guide, service deployment states).
        self.asked_to_stop = self.asked_to_stop or now.status == "ROLLBACK_REQUESTED"
        newer = self._successor(now) if now.status == "STOPPED" else None
        if newer is not None:
            self.run.report(Note(f"Replaced by the deployment {newer.id}."))
        elif now.status == "STOPPED" and self._may_be_replaced(now):
            return None
        verdict = judge(now, newer=newer is not None, asked_to_stop=self.asked_to_stop)
        return None if verdict is not None and verdict.kind == "succeeded" and self._awaits_tasks(now) else verdict

    def _awaits_tasks(self, now: ServiceDeployment) -> bool:
        """Return whether too few tasks run although ECS reports success: none was seen yet.

        The service is asked, since a finished deployment may no longer have counts.
        """
        if now.running >= now.requested:
            return False
        clock = self.run.clock.monotonic()
        if self.counted_at is not None and clock - self.counted_at < COUNT_SECONDS:
            return True
        service = self.ecs.service(self.service)
        if service is None or service.running >= service.desired:
            return False
        first, self.counted_at = self.counted_at is None, clock
        if first:
            counts = f"{service.running} of {service.desired} tasks run"
            self.run.report(Note(f"ECS reports {now.status}, but {counts}: waiting for the others."))
        return True

    def _vanished(self) -> None:
        clock = self.run.clock.monotonic()
        self.missing_since = clock if self.missing_since is None else self.missing_since
        missing = clock - self.missing_since
        if missing > VISIBLE_SECONDS or (missing > GONE_SECONDS and self._may_look(clock) and self._service_is_gone()):
            raise Failed(
                f"The deployment {self.deployment.id} is gone.",
                why=f"ECS no longer has it: somebody deleted the service {self.service}.",
                fix="Run `ecsdeploy deploy` again to create it.",
            )

    def _service_is_gone(self) -> bool:
        service = self.ecs.service(self.service)
        return service is not None and service.status in ("DRAINING", "INACTIVE")

    def _successor(self, now: ServiceDeployment) -> ServiceDeployment | None:
        """Return the newest other deployment that is not older; two may begin in the same millisecond."""
        ours = now.created_at or self.created_at  # the older view drops it with what was replaced
        for other in self.ecs.deployments(self.service):
            if other.arn != now.arn and other.created_at and ours and other.created_at >= ours:
                return other
        return None

    def _may_be_replaced(self, now: ServiceDeployment) -> bool:
        """Return whether what replaced ours may not be listed yet; not if ours failed, or was asked to stop."""
        clock = self.run.clock.monotonic()
        self.stopped_since = clock if self.stopped_since is None else self.stopped_since
        explained = self.asked_to_stop or (now.threshold and now.failures >= now.threshold)
        return not explained and clock - self.stopped_since < LISTED_SECONDS

    def _show(self, now: ServiceDeployment) -> None:
        clock = self.run.clock.monotonic()
        state = (now.status, now.requested, now.running, now.pending, now.failures)
        changed = state != self.last
        if (changed or clock - self.looked >= LOOK_SECONDS) and self._may_look(clock):
            self.looked = clock
            self._look()
        if changed or clock - self.reported >= HEARTBEAT_SECONDS:
            self.last, self.reported = state, clock
            self.run.report(self._state(now, clock))

    def _may_look(self, clock: float) -> bool:
        spent = self.run.aws.requests("ecs") - self.calls_before
        return spent + LOOK_CALLS <= (clock - self.began) + LOOK_CALLS

    def _state(self, now: ServiceDeployment, clock: float) -> RolloutState:
        return RolloutState(
            deployment=now.id,
            status=now.status,
            desired=now.requested,
            running=now.running,
            pending=now.pending,
            failed=now.failures,
            threshold=now.threshold,
            stage=now.stage,
            elapsed=clock - self.began,
            # What was seen of the tasks is older than the end, and would contradict it.
            tasks=tuple(_task_state(t) for t in self._ours() if t.desired_status == "RUNNING") if now.ongoing else (),
        )

    def _look(self, *, final: bool = False) -> None:
        """Report what happened around the deployment; whether that can be read does not decide its verdict."""
        try:
            self._look_around(final=final)
        except EcsdeployError as error:
            if error.what not in self.unreadable:
                self.unreadable.add(error.what)
                self.run.report(Warn(f"Some details of the deployment cannot be shown: {error.what}"))

    def _look_around(self, *, final: bool) -> None:
        """Read events and tasks and report what is new."""
        service = self.ecs.service(self.service)
        if service is not None:
            self._events(service)
        running = self.ecs.task_arns(self.service)
        failing = final or self.deployment.failures or self._failed_tasks(service)
        stopped = self.ecs.task_arns(self.service, stopped=True) if failing else []
        # Tasks that ran and then stopped: the circuit breaker counts only failed starts, and such tasks loop for ever.
        ended = [arn for arn, task in self.tasks.items() if task.status != "STOPPED" and arn not in running]
        wanted = [arn for arn in dict.fromkeys((*stopped, *ended, *running)) if arn not in self.shown_failures]
        found = {task.arn: task for task in self.ecs.tasks(wanted[-100:])}
        self.tasks = {**{a: t for a, t in self.tasks.items() if t.status == "STOPPED"}, **found}
        for task in self._ours():
            self._task(task)
        self._failures()

    def _failed_tasks(self, service: Service | None) -> int:
        """Return how many of our tasks could not be started, as the service counts them."""
        entries = service.deployments if service is not None else ()
        return sum(each.failed for each in entries if each.id == self.started_by)

    def _ours(self) -> list[Task]:
        """Return the deployment's own tasks; `startedBy` tells them from others of the same revision."""
        mine = [task for task in self.tasks.values() if task.task_definition == self.task_definition]
        return [task for task in mine if not self.started_by or task.started_by == self.started_by]

    def _events(self, service: Service) -> None:
        since = self.deployment.created_at or self.created_at
        for event in reversed(service.events):
            if event.id not in self.shown_events and (since is None or event.at >= since):
                self.shown_events.add(event.id)
                self.run.report(ServiceMessage(event.at, event.message))
                self._refusal(event.message)

    def _refusal(self, message: str) -> None:
        """Say once why no task is created: then no stopped task can tell."""
        found = explain_event(message)
        if found is not None and found not in self.carded:
            self.carded.add(found)
            self.run.report(Warn(f"No task was started. {found.cause} {found.fix}"))

    def _task(self, task: Task) -> None:
        state = (task.status, task.health)
        if self.shown_tasks.get(task.arn) != state and task.arn not in self.shown_failures:
            self.shown_tasks[task.arn] = state
            self.run.report(_task_state(task))

    def _failures(self) -> None:
        """Show each new kind of failure at once, with the log, without waiting for the circuit breaker."""
        over = [t for t in failures(self._ours()) if t.status == "STOPPED" and t.arn not in self.shown_failures]
        self.shown_failures |= {task.arn for task in over}
        self.run.report(*failure_cards(self.run, self.target, self.ecs, over, told=self.carded))


def _task_state(task: Task) -> TaskState:
    return TaskState(
        task=task.id,
        status=task.status,
        health=task.health,
        revision=short_name(task.task_definition),
        note=task.stopped_reason if task.desired_status == "STOPPED" else "",
    )
