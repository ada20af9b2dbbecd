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
from ecsdeploy.core.rollout.attention import KNOWN
from ecsdeploy.core.rollout.evidence import has_log
from ecsdeploy.core.rollout.reacting import Done, Gone, GoOn, Stop
from ecsdeploy.core.rollout.seen import Ask, LogSeen, Seen, Snapshot, Stopped
from ecsdeploy.core.rollout.telling import CARDS, causes, whole
from ecsdeploy.core.saying import DEPLOYS, Saying
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.errors import AwsError, EcsdeployError, Failed, PermissionDenied
from ecsdeploy.events import GaveUp, Note, Warn
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.runtime import Watcher
from ecsdeploy.workflow.failures import log_of
from ecsdeploy.workflow.looking import Reader
from ecsdeploy.workflow.sight import in_sight

FIRST_LOOK = 1.5
NOTHING_BEGAN = "ECS shows no task and no event of it. An AWS emulator that runs no tasks never will."


@dataclass
class Rollout:
    """One watched deployment; `seen` is what is known of it, `ask` what is read next."""

    run: Watcher
    ecs: Ecs
    target: Target
    seen: Seen
    says: Saying = DEPLOYS
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
        if verdict.kind == "succeeded":
            return replace(verdict, tasks=self._last_look())
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
            case Gone():
                raise _gone(self.seen)
            case Done(verdict):
                return verdict

    def _stop(self, stop: Stop) -> Stopped:
        """Roll the deployment back; what AWS does not let us do is told, and ECS's own circuit breaker remains."""
        to = f" to {short_name(stop.back_to)}" if stop.back_to else ""
        then = "There is nothing to go back to." if stop.back_to is None else f"Rolling back{to}."
        self.run.report(GaveUp(stop.why, then))
        arn = self.seen.deployment.arn
        if arn.startswith("arn:") and self.seen.deployment.ongoing:
            try:
                self.ecs.stop_deployment(arn)
            except AwsError as error:
                if not is_unknown(error):
                    return self._refused(error)
            except PermissionDenied as error:
                if not stop.back_to:
                    return self._refused(error)
            else:
                return Stopped(accepted=True)
        return self._go_back(stop.back_to or "")

    def _go_back(self, task_definition: str) -> Stopped:
        """Deploy what ran before: an ECS that cannot stop a deployment replaces it."""
        if task_definition in ("", self.seen.aim.task_definition):
            return Stopped(accepted=False)
        where = {"cluster": self.ecs.cluster, "service": self.seen.aim.service}
        try:
            write(self.run.aws, "ecs:UpdateService", {**where, "taskDefinition": task_definition})
        except EcsdeployError as error:
            return self._refused(error)
        return Stopped(accepted=True, replaces=True)

    def _refused(self, error: EcsdeployError) -> Stopped:
        # ECS says so of a deployment that is over, or being rolled back: then there is nothing left to stop.
        if not (isinstance(error, AwsError) and error.code == "ConflictException"):
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


def _gone(seen: Seen) -> Failed:
    return Failed(
        f"The deployment {seen.deployment.id} is gone.",
        why=f"ECS no longer has it: somebody deleted the service {seen.aim.service}.",
        fix="Run `ecsdeploy deploy` again to create it.",
    )
