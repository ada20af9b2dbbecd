"""After the writes of a plan: watches what they started to its verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.account import ServiceSeen
from ecsdeploy.core.interrupted import deployment
from ecsdeploy.core.rollout.identity import of_newest
from ecsdeploy.core.rollout.seen import Aim, Seen, Until
from ecsdeploy.core.saying import DEPLOYS, Saying
from ecsdeploy.core.service import Service, ServiceDeployment
from ecsdeploy.core.serving import check_seconds, is_balanced, is_checked
from ecsdeploy.core.subject import subject
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.core.things.service import Awaited
from ecsdeploy.core.verdict import Kind, Verdict
from ecsdeploy.events import Note, Output, Warn
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.apply import Applied
from ecsdeploy.workflow.await_count import await_count
from ecsdeploy.workflow.failures import dying
from ecsdeploy.workflow.gate import Passage
from ecsdeploy.workflow.outcome import report_verdict
from ecsdeploy.workflow.proof import Gate, Proof
from ecsdeploy.workflow.rollout import Rollout
from ecsdeploy.workflow.sight import find_deployment


def watch(
    run: Run,
    target: Target,
    awaited: Awaited,
    applied: Applied,
    *,
    timeout: int,
    until: Until = "stable",
    says: Saying = DEPLOYS,
    passage: Passage | None = None,
) -> Verdict:
    """Return how it ended, after at most `timeout` seconds; already reported, in the words of `says`.

    `until` is what is waited for. With a `passage`, a success has to pass `[smoke]` too.
    """
    ecs, revision = Ecs(run.aws, target.names.cluster), applied.task_definition
    if passage is not None and awaited.until not in ("rollout", "flight"):
        passage = replace(passage, go_back=None)
    gate = Gate(run, target, ecs, revision, passage)
    ended = ending(run, target, awaited, applied, timeout=timeout, until=until, says=says, gate=gate)
    unchanged = awaited.until == "nothing"
    return report_verdict(run, target, ecs, ended, task_definition=revision, says=says, unchanged=unchanged)


def ending(
    run: Run,
    target: Target,
    awaited: Awaited,
    applied: Applied,
    *,
    timeout: int,
    until: Until = "stable",
    says: Saying,
    gate: Proof = lambda verdict: verdict,
) -> Verdict:
    """Return how it ended, after at most `timeout` seconds; the outcome is not reported.

    What ECS calls a success has to pass the `gate`.
    """
    ecs, revision = Ecs(run.aws, target.names.cluster), applied.task_definition
    before = awaited.seen.deployments if awaited.seen is not None else ()
    reversible = says.reversible and any(each.status == "SUCCESSFUL" for each in before)
    wait = _Wait(run, target, ecs, revision, timeout, until, says, gate, reversible)
    run.report(Output("task-definition-arn", revision))
    match awaited:
        case Awaited(until="rollout", seen=None):
            return wait.for_new(applied.service, frozenset())
        case Awaited(until="rollout", seen=ServiceSeen(service=service, known=known)):
            return wait.for_new(applied.service or service, known)
        case Awaited(until="flight", seen=ServiceSeen(service=service, in_flight=ServiceDeployment() as flying)):
            run.report(Note(f"A deployment of {short_name(revision)} is in flight already: watching it."))
            return wait.for_deployment(flying, applied.service or service)
        case Awaited(until="count", seen=ServiceSeen(service=service, last=last)):
            if applied.service is None:
                counts = f"{service.running} of {service.desired} tasks"
                run.report(Warn(f"Nothing differs, but {service.name} runs {counts}: waiting for the others."))
            if until == "submitted":
                return Verdict(kind="submitted", deployment=last)
            now = applied.service or service
            ended = await_count(run, target, ecs, now, revision, timeout=timeout, last=last, says=says)
            return gate(ended) if ended.kind == "succeeded" else ended
        case Awaited(seen=ServiceSeen(service=service, last=last)):
            ended = wait.for_nothing(applied.service or service, last)
            return gate(ended) if ended.kind == "succeeded" else ended
    raise ValueError(f"a service that was not read cannot be waited for: {awaited}")


@dataclass(frozen=True)
class _Wait:
    """What is waited for, for at most `timeout` seconds: the service's deployment of `task_definition`.

    `reversible` says that there is something to go back to.
    """

    run: Run
    target: Target
    ecs: Ecs
    task_definition: str
    timeout: int
    until: Until
    says: Saying
    gate: Proof
    reversible: bool

    def for_new(self, service: Service | None, known: frozenset[str]) -> Verdict:
        """Watch the deployment that was just started; `known` are the older ones."""
        self._goes_on()
        ours = find_deployment(
            self.run, self.ecs, self.target.names.service, self.task_definition, known, says=self.says
        )
        return self.for_deployment(ours, service, known)

    def for_deployment(
        self, ours: ServiceDeployment, service: Service | None, known: frozenset[str] = frozenset()
    ) -> Verdict:
        """Watch that deployment; `known` are the older ones."""
        self._goes_on()
        self.run.report(Output("deployment-arn", ours.arn))
        if self.until == "submitted":
            return Verdict(kind="submitted", deployment=ours)
        if not ours.arn.startswith("arn:"):
            self.ecs.take_older_view(self.target.names.service)
        started_by = of_newest(service, self.task_definition, known)
        aim = replace(aim_at(self.target, self.task_definition, started_by, until=self.until), gated=True)
        seen = Seen(aim=aim, deployment=ours, created_at=ours.created_at, service=service)
        return Rollout(self.run, self.ecs, self.target, seen, self.says, self.gate).until_verdict(self.timeout)

    def for_nothing(self, service: Service, last: ServiceDeployment | None) -> Verdict:
        """Return that nothing had to be done, unless the tasks keep failing."""
        failed = dying(self.run, self.target, self.ecs, service, last=last, task_definition=self.task_definition)
        if failed is not None and service.desired:
            return failed
        kind: Kind = "succeeded" if service.desired else "empty"
        return Verdict(kind=kind, reason="unchanged", deployment=last)

    def _goes_on(self) -> None:
        """Make an interrupted run say that ECS continues."""
        journal = self.run.journal
        undo = journal.command("rollback") if self.reversible else ""
        journal.doing = "watching the deployment"
        journal.in_aws = deployment(short_name(self.task_definition), watch=journal.command("watch"), undo=undo)


def aim_at(target: Target, task_definition: str, started_by: str, *, until: Until = "stable") -> Aim:
    """Return what is watched: a deployment of `task_definition`, by its id in its tasks, `until` that is reached."""
    gives_up = target.config.service.deployment
    return Aim(
        service=target.names.service,
        task_definition=task_definition,
        started_by=started_by,
        about=subject(target),
        checked=is_checked(target),
        check_seconds=check_seconds(target),
        balanced=is_balanced(target),
        give_up_after=gives_up.give_up_after if gives_up.give_up else None,
        until=until,
    )
