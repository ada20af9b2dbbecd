"""`ecsdeploy run -- COMMAND`: one task of the service's own revision, its output, and its exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.config.duration import text_of
from ecsdeploy.core.container_logs import logs_of
from ecsdeploy.core.interrupted import untouched
from ecsdeploy.core.older import Commit
from ecsdeploy.core.one_off import RUN_BY, Ending, beside, in_words, named_revision, request
from ecsdeploy.core.ownership import no_service, require_deployable
from ecsdeploy.core.plan import Plan
from ecsdeploy.core.rollback import Asked, missing
from ecsdeploy.core.service import Service
from ecsdeploy.core.step import Later, Ref, Repeat
from ecsdeploy.core.step import Step as Write
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import TaskDefinition, short_name
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.things.service import Awaited
from ecsdeploy.core.upkeep import FILL
from ecsdeploy.errors import EcsdeployError, Refused, TimedOut, UsageError
from ecsdeploy.events import Note, Outcome, Result, Step
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.carry_out import applier
from ecsdeploy.workflow.one_off import Following, OneOff, goes_on
from ecsdeploy.workflow.revision_tags import revision_tags


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What to run: `revision` is another than the service's, `timeout` in seconds (None: no end)."""

    command: tuple[str, ...]
    revision: str | None = None
    timeout: int | None = None
    detach: bool = False


def run_command(run: Run, target: Target, options: RunOptions) -> int:
    """Run a command as a task of its own and return its exit code; 0 if nobody waits for that.

    Raises `Refused`, `UsageError` before anything is started, then `Failed`, `TimedOut`. Ctrl-C stops the task.
    """
    run.aws.require_account(target.config.account)
    ecs = Ecs(run.aws, target.names.cluster)
    service = ecs.service(target.names.service)
    if service is None or service.status == "INACTIVE":
        raise no_service(target)
    require_deployable(service, target.tags, adopt=False)
    revision = _revision(target, ecs, service, options.revision)
    plan = _plan(run, target, service, revision, options.command)
    words = in_words(options.command)
    run.report(Step(f"Running {words} in a task of {short_name(revision.arn)}"), *_entry_point(target, revision))
    run.journal.resume = (
        f"If ECS started a task, `aws ecs list-tasks --cluster {ecs.cluster} --started-by {RUN_BY}` lists it."
    )
    ref = plan.decisions[0].ref
    hands = applier(run, target, FILL, lambda: plan)
    hands.apply(plan)
    task = OneOff(
        arn=hands.resolved(Later(ref, "arn")),
        container=target.names.container,
        log=logs_of(revision.document).get(target.names.container),
        shown="output",
    )
    run.journal.done.append(f"started task {task.id}")
    if options.detach:
        run.report(Note(f"The task goes on by itself: {_how_to_look(target, task)}"), Result("task-arn", task.arn))
        return 0
    return _to_its_end(run, target, ecs, task, options)


def _revision(target: Target, ecs: Ecs, service: Service, asked: str | None) -> TaskDefinition:
    """Return the revision to run: the service's, or the one that is named. Raises `Refused`, `UsageError`."""
    name = service.task_definition if asked is None else named_revision(asked, target.names.family)
    found = ecs.task_definition(name)
    if found is None:
        raise missing(Asked("revision", short_name(name)))
    if found.status != "ACTIVE":
        raise Refused(
            f"{short_name(found.arn)} is {found.status}.",
            why="ECS runs no new task of a revision that was deregistered.",
            fix="Name another with --revision, or deploy again.",
        )
    containers = [str(each.get("name", "")) for each in found.document.get("containerDefinitions", [])]
    if target.names.container not in containers:
        raise Refused(
            f"{short_name(found.arn)} has no container {target.names.container}.",
            why=f"It has {', '.join(containers)}, and the command runs in the app's own container.",
            fix="Name a revision of this app with --revision.",
        )
    return found


def _plan(run: Run, target: Target, service: Service, revision: TaskDefinition, command: Sequence[str]) -> Plan:
    """Return the one write: it has a client token, so that a request that is repeated starts no second task."""
    ref = Ref("task", f"of {target.names.service}")
    parameters = request(
        cluster=target.names.cluster,
        task_definition=revision.arn,
        container=target.names.container,
        command=command,
        placement=beside(service),
        started_by=RUN_BY,
        tags=revision_tags(target, Commit(id=""), run.environ),
    )
    step = Write(
        about=ref,
        action="ran",
        call="ecs:RunTask",
        parameters=parameters,
        gives={"arn": "tasks.0.taskArn"},
        repeat=Repeat(token="clientToken"),
    )
    return Plan(decisions=(Decision(ref=ref, steps=(step,), quiet=True),), awaited=Awaited(until="nothing"))


def _entry_point(target: Target, revision: TaskDefinition) -> list[Note]:
    """Return what is said if the task definition has an entry point: the command is only its arguments."""
    own = [
        each for each in revision.document.get("containerDefinitions", []) if each.get("name") == target.names.container
    ]
    words = own[0].get("entryPoint") if own else None
    return [Note(f"The container's entry point comes before it: {in_words(words)}")] if words else []


def _to_its_end(run: Run, target: Target, ecs: Ecs, task: OneOff, options: RunOptions) -> int:
    following = Following(run, target, ecs, task)
    run.journal.doing = "running its command"
    run.journal.in_aws = goes_on(run, target, task, f"a command of {target.names.service}")
    try:
        ended = following.to_its_end(options.timeout)
    except Exception:
        raise
    except BaseException:  # Ctrl-C or SIGTERM: whoever gives up the command means the task
        _stop_for_good(run, ecs, task)
        raise
    if ended is None:
        assert options.timeout is not None
        run.journal.doing = ""
        raise _too_long(ecs, task, options.timeout)
    run.journal.doing, run.journal.in_aws = "", untouched(target.names.service)
    return _told(run, following, ended)


def _stop_for_good(run: Run, ecs: Ecs, task: OneOff) -> None:
    """Stop the task of a run that is interrupted, and say so; if that is refused, say how to."""
    try:
        ecs.stop_task(task.arn, "ecsdeploy run was interrupted")
    except EcsdeployError as error:
        run.journal.doing = f"stopping it ({error.what.rstrip('.')})"
        return
    run.journal.doing, run.journal.in_aws = "", None
    run.journal.done.append(f"stopped task {task.id}")
    run.journal.resume = "Its container gets SIGTERM, and SIGKILL after the stop timeout."


def _too_long(ecs: Ecs, task: OneOff, seconds: int) -> TimedOut:
    ecs.stop_task(task.arn, f"ecsdeploy: not done within {text_of(seconds)}")
    return TimedOut(
        f"The command took longer than {text_of(seconds)}, and its task was stopped.",
        why=f"It was task {task.id}.",
        fix="Give it more time with --timeout, or do not wait for it with --detach.",
    )


def _told(run: Run, following: Following, ended: Ending) -> int:
    """Report how it ended and return the exit code. Raises `Failed` if there is none."""
    if ended.exit_code is None:
        raise following.not_started(ended, "The command did not run.")
    facts = {"task": following.task.arn}
    if ended.stopped_by_others:
        facts["stopped"] = f"{ended.stop_code}: {ended.reason}"
    elif ended.exit_code and ended.reason and ended.reason != "Essential container in task exited":
        facts["reason"] = ended.reason
    text = f"Ended with exit code {ended.exit_code} after {following.seconds:.0f} s."
    run.report(Outcome(ended.exit_code == 0 and not ended.stopped_by_others, text, facts))
    return ended.exit_code


def _how_to_look(target: Target, task: OneOff) -> str:
    return (
        f"`ecsdeploy logs{target.env_option} --follow --task {task.id}` shows its log, "
        f"`aws ecs stop-task --cluster {target.names.cluster} --task {task.id}` stops it."
    )


def require_command(command: Sequence[str]) -> tuple[str, ...]:
    """Return the command. Raises `UsageError` if there is none."""
    if not command or not command[0].strip():
        raise UsageError(
            "There is no command to run.",
            why="The program's name is empty.",
            fix="For example: ecsdeploy run -- python manage.py migrate",
        )
    return tuple(command)
