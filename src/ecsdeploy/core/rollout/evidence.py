"""Stand-in until the rules say it."""

from __future__ import annotations

from ecsdeploy.core.diagnose import _by_words
from ecsdeploy.core.task import Task


def is_lasting(task: Task) -> bool:
    """Return whether no retry can mend what happened to `task`."""
    found = _by_words(task)
    return found is not None and any(
        word in found.cause
        for word in ("not in the repository", "secret", "lacks permission", "architecture", "log group")
    )


def counts_against(task: Task) -> bool:
    """Return whether the failure of `task` speaks against its revision."""
    found = _by_words(task)
    return found is None or not any(word in found.cause for word in ("capacity", "Spot", "interface", "limits how"))


def has_log(task: Task) -> bool:
    """Return whether any container of `task` has run, so that it may have written something."""
    return task.started_at is not None or any(each.exit_code is not None for each in task.containers)
