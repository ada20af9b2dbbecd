"""Why tasks failed, with their last log lines."""

from __future__ import annotations

from collections.abc import Iterable

from ecsdeploy.aws.logs import Logs
from ecsdeploy.core.diagnose import alike, card, culprit
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task
from ecsdeploy.errors import EcsdeployError
from ecsdeploy.events import FailureCard
from ecsdeploy.runtime import Watcher

LOG_LINES = 20
CARDS = 3


def failure_cards(run: Watcher, target: Target, tasks: Iterable[Task]) -> list[FailureCard]:
    """Return one card for each way in which `tasks` failed, at most three, each with its newest task's log lines."""
    return [card(group, last_lines(run, target, group[0])) for group in alike(tasks)[:CARDS]]


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
