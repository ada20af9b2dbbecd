"""Why tasks failed, with their last log lines."""

from __future__ import annotations

from collections.abc import Iterable

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.aws.logs import Logs
from ecsdeploy.core.diagnose import alike, card, culprit
from ecsdeploy.core.dying import keep_ending, restarted
from ecsdeploy.core.service import Service, ServiceDeployment
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.errors import EcsdeployError, PermissionDenied
from ecsdeploy.events import FailureCard, Note
from ecsdeploy.runtime import Watcher

LOG_LINES = 20
CARDS = 3
SEEN = 100
"""How many stopped tasks are looked at: DescribeTasks takes so many."""


def failure_cards(run: Watcher, target: Target, tasks: Iterable[Task]) -> list[FailureCard]:
    """Return one card for each way in which `tasks` failed, at most three, each with its newest task's log lines."""
    return [card(group, last_lines(run, target, group[0])) for group in alike(tasks)[:CARDS]]


def dying(
    run: Watcher, target: Target, ecs: Ecs, service: Service, *, last: ServiceDeployment | None, task_definition: str
) -> Verdict | None:
    """Return the verdict on a service whose tasks keep ending since its last deployment; the causes have been reported.

    Asks only where the service's events say that ECS has started tasks since. None where nothing proves it.
    """
    since = last.finished_at if last is not None else None
    if since is None or not restarted(service, since):
        return None
    try:
        stopped = ecs.tasks(ecs.task_arns(service.name, stopped=True)[:SEEN])
    except PermissionDenied as error:
        run.report(Note(f"Whether its tasks keep ending could not be checked, for lack of {error.action}."))
        return None
    found = keep_ending(service, stopped, task_definition, since)
    if not found:
        return None
    run.report(*failure_cards(run, target, found))
    tasks = "task has" if len(found) == 1 else "tasks have"
    reason = f"{len(found)} {tasks} failed since; {service.running} of {service.desired} run"
    return Verdict(kind="failed", reason=reason, deployment=last)


def last_lines(run: Watcher, target: Target, task: Task) -> list[str]:
    """Return what the failed container logged last; a log that cannot be read must not hide the failure itself."""
    failed = culprit(task) or next(iter(task.containers), None)
    if failed is None:
        return []
    try:
        stream = f"{target.names.container}/{failed.name}/{task.id}"
        return Logs(run.aws, target.names.log_group).tail(stream, LOG_LINES)
    except EcsdeployError as error:
        return [f"(the log could not be read: {error.what})"]
