"""A task as the event that tells of it."""

from __future__ import annotations

from ecsdeploy.core.task import Task
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.events import TaskState


def task_state(task: Task) -> TaskState:
    """Return the event that tells of `task` as it is now, with ECS's own times."""
    return TaskState(
        task=task.id,
        status=task.status,
        health=task.health,
        revision=short_name(task.task_definition),
        note=task.stopped_reason if task.desired_status == "STOPPED" else "",
        created_at=task.created_at,
        pull_started_at=task.pull_started_at,
        pull_stopped_at=task.pull_stopped_at,
        started_at=task.started_at,
        stopping_at=task.stopping_at,
        execution_stopped_at=task.execution_stopped_at,
        stopped_at=task.stopped_at,
    )
