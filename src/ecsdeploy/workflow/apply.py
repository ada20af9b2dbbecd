"""Carrying out a plan: the only place that writes to AWS.

Only it reports what was done, notes what an interruption would leave unfinished, retries what may be retried, and copes
with somebody who was faster: then the account is read again, decided again, and the rest is carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from ecsdeploy.aws.ecs_answers import to_service
from ecsdeploy.changes import Action, Change, Resource
from ecsdeploy.clock import Clock
from ecsdeploy.config.tags import APP, ENV
from ecsdeploy.core.interrupted import at_work, perhaps
from ecsdeploy.core.plan import Plan
from ecsdeploy.core.service import Service
from ecsdeploy.core.service_settings import in_words
from ecsdeploy.core.step import Later, Ref, Step, laters
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.things.service import Awaited
from ecsdeploy.errors import AwsError, ConfigError, PermissionDenied, TimedOut, Unreachable
from ecsdeploy.events import Note, Report
from ecsdeploy.events import Step as Begins
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.runtime import Journal
from ecsdeploy.workflow.deeds import did, doing, partly
from ecsdeploy.workflow.gone import wait_until_gone
from ecsdeploy.workflow.means import Follow, Looks, Write
from ecsdeploy.workflow.pace import Pace
from ecsdeploy.workflow.refusals import fits, require_whole
from ecsdeploy.workflow.settling import Settling

NEED_ROLES = ("ecs:RegisterTaskDefinition", "ecs:RunTask", "ecs:CreateService", "ecs:UpdateService")
REFUSED_AS_INVALID = ("ClientException", "InvalidParameterException")
ONCE_SECONDS, ONCE_EVERY = 60.0, 2.0
SHOWN_SECONDS = 20.0
"""How long AWS may take to show a resource that it says exists."""


class Taken(Exception):
    """Somebody was faster: what the step should create already exists."""


@dataclass(frozen=True)
class Applied:
    """The result of a plan: the `service` as ECS answered it, and the plan's revision.

    `awaited` is what to wait for now; it is not the plan's if somebody was faster.
    """

    service: Service | None
    task_definition: str
    awaited: Awaited


@dataclass(kw_only=True)
class Applier:
    """Carries out plans. `replan` reads the account again and returns what is left to do.

    `ask` asks a decision's questions; `missing` turns a refusal to make or to change
    something into an error that says who can do it.
    """

    write: Write
    look: Looks
    report: Report
    journal: Journal
    clock: Clock
    settling: Settling
    replan: Callable[[], Plan]
    ask: Callable[[Iterable[Decision]], object]
    follow: Follow
    missing: Callable[[Ref, PermissionDenied], PermissionDenied]
    token: Callable[[], str] = lambda: uuid4().hex
    pace: Pace = field(default_factory=Pace)
    _known: dict[Later, str] = field(default_factory=dict)
    _done: set[Ref] = field(default_factory=set)
    _service: Service | None = None

    def apply(self, plan: Plan) -> Applied:
        """Do all that `plan` says. Raises `PermissionDenied`, `ConfigError`, `AwsError`, `TimedOut`."""
        rest: Sequence[Decision] = plan.decisions
        while rest:
            decision, rest = rest[0], rest[1:]
            try:
                self._decision(decision, plan)
            except Taken:
                plan = self._again(decision.ref)
                rest = [each for each in plan.decisions if each.ref not in self._done]
                self.ask(each for each in rest if each.ref == decision.ref)
            else:
                self._done.add(decision.ref)
        return Applied(self._service, self.resolved(plan.awaited.task_definition), plan.awaited)

    def resolved(self, value: str | Later) -> str:
        """Return what a plan knows only by name, once it is created."""
        return str(self._resolved(value))

    def settle(self) -> None:
        """Return once every written role can be relied on."""
        self.settling.wait(self.look, self.report, self.clock)

    def _decision(self, decision: Decision, plan: Plan) -> None:
        if decision.steps:
            self._steps(decision, plan)
        elif decision.wait is not None:
            wait_until_gone(self, decision.ref, decision.wait)
            self.report(Resource(decision.ref.kind, decision.ref.name, "deleted"))
        elif not (decision.hidden or decision.quiet or decision.kept):
            self.report(Resource(decision.ref.kind, decision.ref.name, "unchanged", detail=decision.detail))
        self.report(*map(Note, decision.notes))

    def _steps(self, decision: Decision, plan: Plan) -> None:
        ref, steps = decision.ref, decision.steps
        created = steps[0].action == "created"
        action: Action = "created" if created else steps[-1].action
        self.journal.doing = doing(action, ref)
        done: list[Step] = []
        try:
            for step in steps:
                answer = self._step(step, plan)
                done.append(step)
                if step.action == "created":
                    self._tell(ref, step, step.changes)
                self._remember(step, answer)
        finally:
            if done and action not in ("created", "ran"):
                whole = len(done) == len(steps)
                self.journal.done.append(did(action, ref, ref.name) if whole else partly(action, ref, done))
            if done and action == "updated":
                self._tell_updated(ref, done)
        if action in ("deleted", "deregistered"):
            if decision.wait is not None:
                wait_until_gone(self, ref, decision.wait)
            self.report(Resource(ref.kind, ref.name, action, detail=steps[-1].detail))
        if action == "ran" and not decision.quiet:
            self.report(Resource(ref.kind, ref.name, action))
        self.journal.doing = ""

    def _tell_updated(self, ref: Ref, steps: Sequence[Step]) -> None:
        """Report what of a resource was changed: all of it, or what was done before an error."""
        revisions = [step.parameters["taskDefinition"] for step in steps if "taskDefinition" in step.parameters]
        detail = short_name(self.resolved(revisions[-1])) if revisions else ""
        changes = tuple(self._known_now(change) for step in steps for change in step.changes)
        self.report(Resource(ref.kind, ref.name, "updated", changes, detail))

    def _tell(self, ref: Ref, step: Step, changes: tuple[Change, ...]) -> None:
        arn, made = self._known.get(Later(ref, "arn"), ""), self._known.get(Later(ref, "id"), "")
        name = short_name(arn) if ref.kind == "task definition" else ref.name
        self.report(Resource(ref.kind, name, "created", changes, step.detail.replace("{id}", made)))
        self.journal.done.append(did("created", ref, name))

    def _remember(self, step: Step, answer: Mapping[str, Any]) -> None:
        if step.call == "ecs:CreateCluster" and answer.get("cluster", {}).get("status") == "PROVISIONING":
            self.look.cluster()
        if step.call in ("ecs:CreateService", "ecs:UpdateService"):
            self._service = to_service(answer["service"])
            self.journal.in_aws = at_work(self._service)
        if step.about.kind in ("deploy role", "execution role", "task role") and step.action != "deleted":
            self.settling.note(step.about.name, self.clock.monotonic())

    def _known_now(self, change: Change) -> Change:
        """Return a change with the values that the plan knew only by name."""
        if not any(laters(change.after)):
            return change
        return Change(change.path, in_words(change.before), in_words(self._resolved(change.after)))

    # ---- one step

    def _step(self, step: Step, plan: Plan) -> Mapping[str, Any]:
        if step.call in NEED_ROLES:
            self.settle()
        parameters = self._resolved(step.parameters)
        if step.repeat.token:
            parameters = {**parameters, step.repeat.token: self.token()}
        self._announce(step, parameters)
        begun = self.look.under_way(step, step.ends) if step.ends is not None else None
        try:
            answer = begun if begun is not None else self._sent(step, parameters, plan)
        except PermissionDenied as error:
            raise self.missing(step.about, error) if _is_an_admins(step) else error from error
        except AwsError as error:
            return self._explained(step, error)
        for name, path in step.gives.items():
            self._known[Later(step.about, name)] = _at(answer, path)
        if step.ends is not None:
            self.follow(step, step.ends, answer, begun=begun is not None)
        return answer

    def _announce(self, step: Step, parameters: Mapping[str, Any]) -> None:
        if step.about.kind == "service" and "taskDefinition" in parameters:
            revision = short_name(str(parameters["taskDefinition"]))
            self.journal.in_aws = perhaps(step.about.name, revision, watch=self.journal.command("watch"))
            self.report(Begins(f"Deploying {revision} to {parameters['cluster']}/{step.about.name}"))

    def _sent(self, step: Step, parameters: Mapping[str, Any], plan: Plan) -> Mapping[str, Any]:
        """Send the step, again while AWS briefly refuses it; if it may be sent only once, look for its result."""
        once, doubt = step.repeat.once, list[AwsError]()
        known = plan.awaited.seen.known if plan.awaited.seen is not None else frozenset[str]()

        def attempt() -> Mapping[str, Any] | None:
            if once and doubt and (found := self.look.arrived(step, known)) is not None:
                return found
            self.pace.wait(step.call, self.clock)
            try:
                answer = self.write(step.call, parameters, once=once)
                require_whole(step, answer)
            except AwsError as error:
                if not (fits(step.repeat.passes, error) or (once and isinstance(error, Unreachable))):
                    raise
                if not doubt and step.repeat.is_slow:
                    self.report(Note(f"Not yet: {error.message.rstrip('.')}. Trying again."))
                doubt.append(error)
                return None
            return answer

        seconds, every = (ONCE_SECONDS, ONCE_EVERY) if once else (step.repeat.seconds, step.repeat.every)
        try:
            return poll(
                attempt, lambda answer: answer, clock=self.clock, every=every, deadline=self.clock.monotonic() + seconds
            )
        except DeadlineReached:
            raise doubt[-1] from None

    def _explained(self, step: Step, error: AwsError) -> Mapping[str, Any]:
        """Return an empty answer if the refusal says that it is already so. Raises what the refusal means."""
        if fits(step.repeat.done, error):
            return {}
        if fits(step.repeat.taken, error):
            raise Taken from error
        if step.blame is not None and error.code in (*REFUSED_AS_INVALID, *step.blame.codes):
            if fits(step.repeat.passes, error):
                raise error
            raise ConfigError(step.blame.what, why=error.message, fix=step.blame.fix) from error
        raise error

    def _resolved(self, value: Any) -> Any:
        """Return `value` with everything in it that is known by now."""
        if isinstance(value, Later):
            return self._known[value]
        if isinstance(value, Mapping):
            return {key: self._resolved(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._resolved(inner) for inner in value]
        return value

    # ---- somebody was faster

    def _again(self, ref: Ref) -> Plan:
        """Return what is left to do now that somebody else has created `ref`, once AWS shows it."""

        def shown(plan: Plan) -> Plan | None:
            steps = [step for each in plan.decisions if each.ref == ref for step in each.steps]
            return None if any(step.action == "created" for step in steps) else plan

        deadline = self.clock.monotonic() + SHOWN_SECONDS
        try:
            return poll(self.replan, shown, clock=self.clock, every=1.0, deadline=deadline)
        except DeadlineReached:
            raise TimedOut(
                f"AWS says that the {ref} exists, but does not show it.",
                why=f"It did not appear within {SHOWN_SECONDS:.0f} s.",
                fix="Run the same command again in a minute.",
            ) from None


def _is_an_admins(step: Step) -> bool:
    """Return whether the step makes, or fills up, what an admin can make once, or takes a service over."""
    if step.call == "ecs:TagResource" and step.about.kind == "service":
        return any(tag["key"] in (APP, ENV) for tag in step.parameters.get("tags", ()))
    return step.action in ("created", "updated") and step.about.kind not in ("image", "task definition", "service")


def _at(answer: Mapping[str, Any], path: str) -> str:
    """Return the value at a dotted path of an answer."""
    value: Any = answer
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return str(value)
