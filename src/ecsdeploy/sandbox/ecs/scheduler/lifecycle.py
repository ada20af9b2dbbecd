"""A task's way through its states: what time alone moves, and how it is told to stop.

PROVISIONING, PENDING, ACTIVATING, RUNNING, DEACTIVATING, STOPPING, DEPROVISIONING, STOPPED (Developer Guide,
"Amazon ECS task lifecycle").
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ecsdeploy.sandbox.ecs.naming import task_arn
from ecsdeploy.sandbox.ecs.records import Container, Task
from ecsdeploy.sandbox.ecs.scheduler import breaker, health
from ecsdeploy.sandbox.ecs.scheduler.spec import task_spec
from ecsdeploy.sandbox.ecs.world import Draft, ShardDraft
from ecsdeploy.sandbox.runtime.base import ReleaseTask, StartTask, StopTask

ENI_ERROR = "Timeout waiting for network interface provisioning to complete."
SPOT_ERROR = "Your Spot Task was interrupted."
SPOT = "FARGATE_SPOT"


def put(shard: ShardDraft, task: Task, **changes: Any) -> Task:
    """Store a changed task and return it; its version counts its changes as ECS's does."""
    changed = replace(task, version=task.version + 1, **changes)
    shard.tasks[task.id] = changed
    return changed


def stop(draft: Draft, shard: ShardDraft, task: Task, code: str, reason: str) -> Task:
    """Tell a task to stop; `code` and `reason` become its stopCode and stoppedReason. Stopping twice is harmless."""
    if not task.live:
        return task
    breaker.count_stop(draft, shard, task, code)
    return put(
        shard,
        task,
        desired_status="STOPPED",
        stop_code=code,
        stopped_reason=reason,
        stopping_at=draft.now,
        due=draft.now,
    )


def advance(draft: Draft, shard: ShardDraft, task: Task) -> None:
    """Move a task on whose next moment has come."""
    match task.last_status:
        case "PROVISIONING":
            _provisioned(draft, shard, task)
        case "PENDING":
            _stopping(draft, shard, task)
        case "ACTIVATING":
            _activated(draft, shard, task)
        case "RUNNING":
            _running(draft, shard, task)
        case "DEACTIVATING":
            _stopping(draft, shard, task)
        case "STOPPING":
            put(shard, task, due=None)
        case "DEPROVISIONING":
            finish(draft, shard, put(shard, task, due=None))
        case _:
            if task.stopped_at is not None and draft.now >= task.stopped_at + draft.timing.stopped_kept:
                del shard.tasks[task.id]


def _provisioned(draft: Draft, shard: ShardDraft, task: Task) -> None:
    if not task.live:
        deprovision(draft, shard, task)
    elif "eni-error" in task.faults:
        stop(draft, shard, task, "TaskFailedToStart", ENI_ERROR)
    else:
        eni = replace(task.eni, status="ATTACHED")
        started = put(shard, task, last_status="PENDING", eni=eni, handed=True, due=None)
        draft.commands.append(StartTask(task_spec(draft.world, shard, started)))


def _activated(draft: Draft, shard: ShardDraft, task: Task) -> None:
    if not task.live:
        _stopping(draft, shard, task)
        return
    running = put(shard, task, last_status="RUNNING", started_at=draft.now, due=None)
    breaker.count_running(shard, running)
    health.settle(draft, shard, running)


def _running(draft: Draft, shard: ShardDraft, task: Task) -> None:
    if not task.live:
        put(shard, task, last_status="DEACTIVATING", due=draft.now + draft.timing.deactivating)
        return
    assert task.started_at is not None
    if "spot-interruption" in task.faults and draft.now >= task.started_at + draft.timing.spot_life:
        stop(draft, shard, task, "SpotInterruption", SPOT_ERROR)
        return
    health.settle(draft, shard, task)


def _stopping(draft: Draft, shard: ShardDraft, task: Task) -> None:
    if task.live:
        put(shard, task, due=None)
        return
    stopping = put(shard, task, last_status="STOPPING", due=None)
    draft.commands.append(StopTask(task_arn(draft.world, task.cluster, task.id)))
    if stopping.execution_stopped_at is not None:
        deprovision(draft, shard, stopping)


def deprovision(draft: Draft, shard: ShardDraft, task: Task) -> None:
    """Release what the runtime holds, and detach the network interface."""
    if task.handed:
        draft.commands.append(ReleaseTask(task_arn(draft.world, task.cluster, task.id)))
    put(shard, task, last_status="DEPROVISIONING", due=draft.now + draft.timing.deprovisioning)


def finish(draft: Draft, shard: ShardDraft, task: Task) -> None:
    """Make a task STOPPED once its network interface is gone and the runtime has released it."""
    if task.last_status != "DEPROVISIONING" or task.due is not None or (task.handed and not task.released):
        return
    put(
        shard,
        task,
        last_status="STOPPED",
        stopped_at=draft.now,
        eni=replace(task.eni, status="DELETED"),
        containers=tuple(ended(container) for container in task.containers),
        due=draft.now + draft.timing.stopped_kept,
    )


def ended(container: Container) -> Container:
    """Return the container as it is once nothing of its task runs."""
    return container if container.last_status == "STOPPED" else replace(container, last_status="STOPPED")
