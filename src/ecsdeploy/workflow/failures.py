"""Why tasks failed, with what their logs say of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.aws.logs import Logs
from ecsdeploy.core.container_logs import ContainerLog, configured, logs_of
from ecsdeploy.core.diagnose import Failure, alike, card, culprit, fingerprint, together
from ecsdeploy.core.dying import failed_since, is_broken, restarted
from ecsdeploy.core.log_choice import UNREADABLE
from ecsdeploy.core.rollout.telling import CARDS
from ecsdeploy.core.service import Service, ServiceDeployment
from ecsdeploy.core.subject import Subject, subject
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Container, Task
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.errors import EcsdeployError, PermissionDenied
from ecsdeploy.events import FailureCard, Note, Warn
from ecsdeploy.runtime import Watcher

LOG_LINES = 200
"""How much of a log is looked through for the cause; GetLogEvents gives it in one call."""
ENOUGH = 20
"""So many lines need no second call."""


def as_it_ran(target: Target, ecs: Ecs, task_definition: str) -> Subject:
    """Return what is known of the tasks of a revision (an ARN, "" if not known): by its definition, else the config."""
    try:
        found = ecs.task_definition(task_definition) if task_definition else None
    except EcsdeployError:
        found = None
    return subject(target, found.document if found is not None else None)


def failure_cards(
    run: Watcher,
    target: Target,
    ecs: Ecs,
    tasks: Iterable[Task],
    *,
    about: Subject | None = None,
    told: set[object] | None = None,
) -> list[FailureCard]:
    """Return one card for each cause for which `tasks` failed, at most three, each with its newest task's log.

    `about` is what is known of them, if not only the config. `told` are the signs of what was shown before: it is not
    shown again, and what is shown now is added.
    """
    told = set() if told is None else told
    groups = [group for group in alike(tasks)[:CARDS] if fingerprint(group[0]) not in told]
    found = together(Failure(tuple(group), tuple(log_of(run, target, ecs, group[0]))) for group in groups)
    new = [failure for failure in found if not failure.signs & told]
    # Not the signs of what is known: another error may end with the same exit code.
    told |= {sign for failure in new for sign in failure.signs}
    return [card(failure, about or subject(target)) for failure in new]


def dying(
    run: Watcher, target: Target, ecs: Ecs, service: Service, *, last: ServiceDeployment | None, task_definition: str
) -> Verdict | None:
    """Return the verdict on a service whose tasks keep ending since its last deployment.

    It has a card of each cause. Where what ended does not prove that the revision is broken, they are reported at once,
    and None is the verdict.
    """
    try:
        found = failed_since_deployment(ecs, service, last, task_definition)
    except PermissionDenied as error:
        run.report(Note(f"Whether its tasks keep ending could not be checked, for lack of {error.action}."))
        return None
    if not found:
        return None
    cards = failure_cards(run, target, ecs, found)
    tasks = "task has" if len(found) == 1 else "tasks have"
    how = "ended with exit code 0" if all(_ended_well(task) for task in found) else "failed"
    reason = f"{len(found)} {tasks} {how} since; {service.running} of {service.desired} run"
    if not is_broken(service, found):
        run.report(*cards, Warn(f"After its deployment succeeded, {reason} now."))
        return None
    return Verdict(kind="failed", reason=reason, deployment=last, cards=as_last(cards))


def as_last(cards: Sequence[FailureCard]) -> tuple[FailureCard, ...]:
    """Return `cards` as the last thing that is shown, the first one last."""
    return tuple(replace(each, part="whole") for each in reversed(cards))


def failed_since_deployment(
    ecs: Ecs, service: Service, last: ServiceDeployment | None, task_definition: str
) -> list[Task]:
    """Return the revision's tasks that have failed since the newest deployment, `last`, ended; newest first.

    Asks only where the service's events say that ECS has started tasks since.
    """
    since = last.finished_at if last is not None else None
    if since is None or not restarted(service, since):
        return []
    return failed_since(stopped_tasks(ecs, service), task_definition, since)


def stopped_tasks(ecs: Ecs, service: Service) -> list[Task]:
    """Return the service's stopped tasks that ECS still knows: those of the last hour."""
    return ecs.tasks(ecs.task_arns(service.name, stopped=True))


def _ended_well(task: Task) -> bool:
    failed = culprit(task)
    return failed is not None and failed.exit_code == 0


def log_of(run: Watcher, target: Target, ecs: Ecs, task: Task) -> list[str]:
    """Return the last lines of the failed container's log; a log that cannot be read must not hide the failure itself.

    It is looked for where the config has the container log, then where the task's own revision has, if that differs.
    """
    failed = culprit(task) or next(iter(task.containers), None)
    if failed is None:
        return []
    try:
        log = configured(target).get(failed.name)
        lines = _tail(run, log, task)
        if not lines and failed.exit_code is not None:
            of_its_own = _as_it_ran(ecs, task, failed) or log
            lines = _tail(run, of_its_own, task) if of_its_own != log else []
            log = of_its_own
    except EcsdeployError as error:
        return [f"{UNREADABLE}{error.what})"]
    return lines or ([f"({log.instead})"] if log is not None and not log.in_cloudwatch else [])


def _tail(run: Watcher, log: ContainerLog | None, task: Task) -> list[str]:
    """Return the last lines; an event may hold several."""
    if log is None or not log.in_cloudwatch:
        return []
    events = Logs(run.aws, log.group, region=log.region).tail(log.stream(task.id), LOG_LINES, enough=ENOUGH)
    return [line for text in events for line in text.removesuffix("\n").split("\n")]


def _as_it_ran(ecs: Ecs, task: Task, container: Container) -> ContainerLog | None:
    revision = ecs.task_definition(task.task_definition)
    return logs_of(revision.document).get(container.name) if revision is not None else None
