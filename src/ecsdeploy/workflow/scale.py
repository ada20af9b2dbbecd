"""`ecsdeploy scale`: change the number of tasks, and nothing else; no deployment is started or disturbed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.account import Account, ServiceSeen
from ecsdeploy.core.counting import Awaits
from ecsdeploy.core.ownership import no_service, require_deployable
from ecsdeploy.core.plan import make_plan
from ecsdeploy.core.saying import Saying
from ecsdeploy.core.scale import restored, to_count, to_restored
from ecsdeploy.core.service import Service, ServiceDeployment
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.core.upkeep import FILL
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.errors import ExitCode
from ecsdeploy.events import Note, Outcome, Output
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.await_count import Counted, wait_for_tasks
from ecsdeploy.workflow.carry_out import applier, consent, replanning
from ecsdeploy.workflow.failures import dying
from ecsdeploy.workflow.outcome import report_reach
from ecsdeploy.workflow.reach import reach
from ecsdeploy.workflow.read import ANY_COUNT, Need, read


def scale(run: Run, target: Target, count: int | None, *, timeout: int | None) -> ExitCode:
    """Run `count` tasks (None: as many as before), wait until they do, and return how that ended.

    Waits for `timeout` seconds at most, None means the config's. Raises `Refused`, `Busy`.
    """

    def account() -> Account:
        need = Need(parts=("service",), count=ANY_COUNT if count is None else count, running=False)
        return read(run.aws, target, run.clock, need)

    found = account()
    if found.service is None:
        raise no_service(target)
    service = found.service.service
    require_deployable(service, target.tags, adopt=False)
    wanted = to_count(target, service, count) if count is not None else _restored(run, target, service)
    plan = make_plan(wanted, found, FILL)
    _tell_of_a_flight(run, found.service)
    consent(run, plan.decisions)
    applied = applier(run, target, FILL, replanning(wanted, FILL, account)).apply(plan)
    changed = applied.service is not None
    return _Wait(run, target, service, wanted.count or 0, changed=changed, last=found.service.last).until(
        applied.service or service, timeout if timeout is not None else target.config.service.timeout
    )


def _restored(run: Run, target: Target, service: Service) -> Wanted:
    back = restored(target, service)
    run.report(Note(f"{back.count} {_tasks(back.count)}: {back.why}."))
    return to_restored(target, back.count)


def _tell_of_a_flight(run: Run, seen: ServiceSeen) -> None:
    flying = seen.in_flight
    if flying is not None:
        of = f" of {short_name(seen.flying_to)}" if seen.flying_to else ""
        run.report(Note(f"A deployment{of} is in flight ({flying.id}): it continues, with the new count."))


@dataclass(frozen=True)
class _Wait:
    """The wait for `count` tasks of a service that was `before`; `changed` says whether anything was written.

    `last` is its newest deployment: what of its tasks has ended since is looked at.
    """

    run: Run
    target: Target
    before: Service
    count: int
    changed: bool
    last: ServiceDeployment | None

    def until(self, service: Service, timeout: int) -> ExitCode:
        """Wait until they run, at most `timeout` seconds; report how it ended."""
        run, ecs = self.run, Ecs(self.run.aws, self.target.names.cluster)
        again = f"ecsdeploy scale{self.target.env_option} {self.count}"
        says = Saying(done="", unchanged="", watch=again, again=again)
        run.journal.doing = f"waiting for {self.count} tasks"
        run.journal.resume = f"ECS continues without this command: `{again}` waits for it again."
        ended = wait_for_tasks(run, self.target, ecs, service, Awaits(count=self.count), timeout=timeout, says=says)
        revision = ended.service.task_definition
        run.report(Output("task-definition-arn", revision))
        if self.count and ended.verdict.kind == "succeeded":
            failed = dying(run, self.target, ecs, ended.service, last=self.last, task_definition=revision)
            ended = replace(ended, verdict=failed or ended.verdict)
        done = ended.verdict.kind == "succeeded"
        run.report(Outcome(done, self._words(ended), self._facts(ended.verdict, again)), *ended.verdict.cards)
        if done and self.count:
            report_reach(run, reach(run, self.target, ecs, revision))
        return ended.verdict.exit_code

    def _words(self, ended: Counted) -> str:
        name, now = ended.service.name, ended.service
        if ended.verdict.kind == "timed-out":
            return f"Gave up waiting for the tasks of {name}: {ended.verdict.reason}."
        if ended.verdict.kind == "superseded":
            return f"{name} does not run {self.count} {_tasks(self.count)}: {ended.verdict.reason}."
        verb = "Scaled" if self.changed else "Nothing to do"
        if not self.count:
            return f"{verb}: {name} runs no task, as asked."
        failing = ", but they keep failing" if ended.verdict.kind == "failed" else ""
        return f"{verb}: {name} runs {now.running} of {now.desired} {_tasks(now.desired)}{failing}."

    def _facts(self, verdict: Verdict, again: str) -> dict[str, str]:
        facts = {"service": str(self.target), "revision": short_name(self.before.task_definition)}
        if self.changed:
            facts["before"] = f"{self.before.desired} {_tasks(self.before.desired)}"
        if verdict.kind == "failed":
            facts |= {"reason": verdict.reason, "next": "correct what is wrong, and deploy it"}
        elif verdict.kind == "timed-out":
            facts["next"] = f"`{again}` waits for it again"
        elif verdict.kind == "succeeded" and not self.count:
            facts["next"] = f"`ecsdeploy scale{self.target.env_option} --restore` brings them back"
        return facts


def _tasks(count: int) -> str:
    return "task" if count == 1 else "tasks"
