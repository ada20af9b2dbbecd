"""What a failed task has to say for itself."""

from __future__ import annotations

from ecsdeploy.core.task import Task


def has_log(task: Task) -> bool:
    """Return whether any container of `task` has run, so that it may have written something."""
    return task.started_at is not None or any(each.exit_code is not None for each in task.containers)
