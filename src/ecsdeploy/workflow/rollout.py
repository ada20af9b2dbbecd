"""Watches one deployment, ours, to its verdict: read, `advance`, and do what follows.

Everything that is known and decided is in `core.rollout`; here is what touches AWS and the clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

from ecsdeploy.asked import ask as begin
from ecsdeploy.aws.deployments import is_unknown
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.aws.write import write
from ecsdeploy.core.rollout import advance
from ecsdeploy.core.rollout.evidence import has_log
from ecsdeploy.core.rollout.reacting import Done, Gone, GoOn, RunGate, Stop
from ecsdeploy.core.rollout.seen import KNOWN, Aim, Ask, LogSeen, Seen, Snapshot, Stopped
from ecsdeploy.core.rollout.telling import CARDS, causes, whole
from ecsdeploy.core.saying import DEPLOYS, Saying
from ecsdeploy.core.service import Service
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.errors import AwsError, EcsdeployError, Failed, PermissionDenied, Unreachable
from ecsdeploy.events import GaveUp, Note, Warn
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.runtime import Watcher
from ecsdeploy.workflow.failures import log_of
from ecsdeploy.workflow.looking import Reader
from ecsdeploy.workflow.proof import Proof
from ecsdeploy.workflow.sight import in_sight

FIRST_LOOK = 1.5
OVER = ("ConflictException", "ServiceDeploymentNotFoundException")
"""How ECS refuses to stop a deployment that is over, or being rolled back (ECS API, StopServiceDeployment)."""
NOTHING_BEGAN = "ECS shows no task and no event of it. An AWS emulator that runs no tasks never will."


@dataclass
class Rollout:
    """One watched deployment: what is known of it (`seen`), what is read next (`ask`), and the `gate` at its end."""

    run: Watcher
    ecs: Ecs
    target: Target
    seen: Seen
    says: Saying = DEPLOYS
    gate: Proof | None = None
    ask: Ask = field(default_factory=lambda: Ask(after=FIRST_LOOK, deployment=True))

    def __post_init__(self) -> None:
        self._reader = Reader(self.run, self.ecs, partial(log_of, self.run, self.target, self.ecs))

    def until_verdict(self, timeout: float) -> Verdict:
        """Return how the deployment ended; after `timeout` seconds, `timed-out`. Raises `TimedOut`, `Failed`."""
        deadline = self.run.clock.monotonic() + timeout
        self.run.clock.sleep(min(self.ask.after, timeout))
        try:
            with in_sight(f"the deployment {self.seen.deployment.id}", self.says):
                verdict = poll(
                    lambda: self._reader.read(self.seen, self.ask),
                    self._judge,
                    clock=self.run.clock,
                    every=lambda: max(self.ask.after, FIRST_LOOK if self._reader.silent else 0.0),
                    deadline=deadline,
                )
        except DeadlineReached:
            verdict = Verdict(kind="timed-out", deployment=self.seen.deployment, cards=whole(self.seen))
        if verdict.kind == "timed-out" and self.seen.saw_nothing:
            self.run.report(Note(NOTHING_BEGAN))
        return self._with_the_whole_log(verdict) if verdict.cards else verdict

    def _judge(self, snapshot: Snapshot) -> Verdict | None:
        self.seen, events, reaction = advance(self.seen, snapshot)
        self.run.report(*events)
        match reaction:
            case GoOn(ask):
                self.ask = ask
                return None
            case Stop() as stop:
                stopped = replace(self._stop(stop), why=stop.why, at=self._reader.at)
                return self._judge(Snapshot(at=self._reader.at, now=self.run.clock.now(), stop=stopped))
            case RunGate(verdict):
                proven = self._proven(verdict)
                return self._judge(Snapshot(at=self._reader.at, now=self.run.clock.now(), proven=proven))
            case Gone():
                raise _gone(self.seen)
            case Done(verdict):
                return verdict

    def _proven(self, verdict: Verdict) -> Verdict:
        """Return what the gate says of a success."""
        known = replace(verdict, tasks=self._last_look())
        return self.gate(known) if self.gate is not None else known

    def _stop(self, stop: Stop) -> Stopped:
        """Roll the deployment back; what AWS does not let us do is told, and ECS's own circuit breaker remains."""
        if self.seen.stop is None:
            to = f" to {short_name(stop.back_to)}" if stop.back_to else ""
            then = "There is nothing to go back to." if stop.back_to is None else f"Rolling back{to}."
            self.run.report(GaveUp(stop.why, then))
        arn = self.seen.deployment.arn
        if arn.startswith("arn:") and self.seen.deployment.ongoing:
            try:
                self.ecs.stop_deployment(arn)
            except (AwsError, PermissionDenied) as error:
                unknown = isinstance(error, AwsError) and is_unknown(error)
                settled = isinstance(error, AwsError) and (error.code in OVER or isinstance(error, Unreachable))
                if not unknown and (settled or not stop.back_to):
                    return self._refused(error)
                if not unknown:
                    self.run.report(Note(f"It cannot be stopped, so what ran before is deployed instead: {error.what}"))
            else:
                return Stopped(accepted=True)
        return self._go_back(stop.back_to or "")

    def _go_back(self, task_definition: str) -> Stopped:
        """Deploy what ran before, where a deployment cannot be stopped; never over what somebody else has deployed."""
        aim, gone_back = self.seen.aim, Stopped(accepted=True, replaces=True)
        if task_definition in ("", aim.task_definition):
            return Stopped(accepted=False)
        where = {"cluster": self.ecs.cluster, "service": aim.service}
        try:
            now = self.ecs.service(aim.service)
            if self.seen.stop is not None and now is not None and now.task_definition == task_definition:
                return gone_back  # the request whose answer was lost
            if now is None or not _runs(now, aim):
                self.run.report(Note("Somebody else has deployed meanwhile, so nothing is rolled back."))
                return Stopped(accepted=False)
            write(self.run.aws, "ecs:UpdateService", {**where, "taskDefinition": task_definition})
        except EcsdeployError as error:
            return self._refused(error)
        return gone_back

    def _refused(self, error: EcsdeployError) -> Stopped:
        """Return that it could not be stopped. Where no answer came, or ECS calls it over, another look decides."""
        if isinstance(error, Unreachable):
            if self.seen.stop is None:
                self.run.report(Note(f"{error.what} Trying again."))
            return Stopped(accepted=False, lost=True, again=True)
        if isinstance(error, AwsError) and error.code in OVER:
            return Stopped(accepted=False, again=True)
        self.run.report(Warn(f"It could not be stopped, so it is up to the circuit breaker: {error.what}"))
        return Stopped(accepted=False)

    def _last_look(self) -> tuple[Task, ...]:
        """Return the tasks that are known, as they are now."""
        known = self.seen.tasks
        try:
            found = {task.arn: task for task in self.ecs.tasks(list(known)[:KNOWN])}
        except EcsdeployError:
            found = {}
        return tuple({**known, **found}.values())

    def _with_the_whole_log(self, verdict: Verdict) -> Verdict:
        """Return the verdict with cards that hold what the logs say by now: lines arrive after the end."""
        newest = [task for failure in causes(self.seen)[:CARDS] if has_log(task := failure.tasks[0])]
        answers = [(task.arn, begin(partial(log_of, self.run, self.target, self.ecs, task))) for task in newest]
        known = {arn: LogSeen(tuple(lines), 1, self.seen.at) for arn, answer in answers if (lines := answer())}
        return replace(verdict, cards=whole(replace(self.seen, logs={**self.seen.logs, **known})))


def _runs(service: Service, aim: Aim) -> bool:
    """Return whether the newest deployment of `service` is the one that is watched."""
    newest = service.primary
    other = aim.started_by and newest is not None and newest.id != aim.started_by
    return service.task_definition == aim.task_definition and not other


def _gone(seen: Seen) -> Failed:
    shown = seen.service is not None and seen.asked.shown >= (seen.turns.missing or 0.0)
    if shown and seen.service is not None and seen.service.status == "ACTIVE":
        return Failed(
            f"ECS shows no deployment {seen.deployment.id} any more, although the service {seen.aim.service} is there.",
            why="It has not answered with it for a while: nothing more can be said of it.",
            fix="Run `ecsdeploy status` to see what runs, or deploy again.",
        )
    return Failed(
        f"The deployment {seen.deployment.id} is gone.",
        why=f"ECS no longer has it: somebody deleted the service {seen.aim.service}.",
        fix="Run `ecsdeploy deploy` again to create it.",
    )
