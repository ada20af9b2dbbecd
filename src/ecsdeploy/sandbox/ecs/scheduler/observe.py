"""What the runtime reports becomes the task's state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ecsdeploy.sandbox.ecs.naming import last
from ecsdeploy.sandbox.ecs.records import Container, Task
from ecsdeploy.sandbox.ecs.scheduler import health
from ecsdeploy.sandbox.ecs.scheduler.events import say_unable
from ecsdeploy.sandbox.ecs.scheduler.lifecycle import (
    SPOT_ERROR,
    deprovision,
    ended,
    finish,
    put,
    stop,
)
from ecsdeploy.sandbox.ecs.signals import ImagesResolved, Signal, SpotReclaimed
from ecsdeploy.sandbox.ecs.world import Draft, ShardDraft
from ecsdeploy.sandbox.runtime.base import (
    ContainerCreated,
    ContainerStarted,
    ContainerStopped,
    HealthChanged,
    PullStarted,
    PullStopped,
    TaskFailed,
    TaskReleased,
    TaskStopped,
)


def observe(draft: Draft, signal: Signal) -> None:
    """Take in one report; one about a task that is long forgotten is ignored."""
    if isinstance(signal, ImagesResolved):
        _images_resolved(draft, signal)
        return
    task_id = last(signal.task if isinstance(signal, SpotReclaimed) else signal.arn)
    key = draft.home(task_id)
    if key is None:
        return
    shard = draft.open(key)
    shard.due = draft.now
    _apply(draft, shard, shard.tasks[task_id], signal)


def _apply(draft: Draft, shard: ShardDraft, task: Task, signal: Signal) -> None:
    match signal:
        case PullStarted():
            put(shard, task, pull_started_at=task.pull_started_at or signal.at)
        case PullStopped():
            put(shard, task, pull_stopped_at=signal.at)
        case TaskFailed():
            if shard.service is not None and task.live:
                say_unable(draft, shard, signal.reason)
            stop(draft, shard, task, _failure(task), signal.reason)
        case SpotReclaimed():
            stop(draft, shard, task, "SpotInterruption", SPOT_ERROR)
        case TaskStopped():
            _task_stopped(draft, shard, task, signal)
        case TaskReleased():
            finish(draft, shard, put(shard, task, released=True))
        case _:
            _apply_to_container(draft, shard, task, signal)


def _apply_to_container(draft: Draft, shard: ShardDraft, task: Task, signal: Signal) -> None:
    match signal:
        case ContainerCreated():
            _created(shard, task, signal)
        case ContainerStarted():
            started = _container(shard, task, signal.container, lambda c: replace(c, last_status="RUNNING"))
            _activate(draft, shard, started)
        case ContainerStopped():
            _container_stopped(draft, shard, task, signal)
        case HealthChanged():
            status, output = signal.status, signal.output
            changed = _container(shard, task, signal.container, lambda c: replace(c, health=status, reason=output))
            health.settle(draft, shard, changed)


def _container(shard: ShardDraft, task: Task, name: str, change: Callable[[Container], Container]) -> Task:
    return put(shard, task, containers=tuple(change(c) if c.name == name else c for c in task.containers))


def _created(shard: ShardDraft, task: Task, signal: ContainerCreated) -> None:
    changed = _container(
        shard,
        task,
        signal.container,
        lambda c: replace(c, runtime_id=signal.runtime_id, digest=signal.image_digest or c.digest),
    )
    deployment = shard.deployment(changed.deployment)
    if deployment is None or signal.image_digest is None:
        return
    revision = shard.revisions[deployment.revision]
    if revision.resolved and all(i.digest for i in revision.images if i.container == signal.container):
        return
    # The first task tells the digest that the deployment's later tasks use (version consistency).
    images = tuple(
        replace(i, digest=i.digest or signal.image_digest) if i.container == signal.container else i
        for i in revision.images
    )
    shard.revisions[revision.number] = replace(revision, images=images)


def _activate(draft: Draft, shard: ShardDraft, task: Task) -> None:
    """A task is past PENDING once every container has been started."""
    if task.last_status == "PENDING" and task.live and all(c.last_status != "PENDING" for c in task.containers):
        put(shard, task, last_status="ACTIVATING", due=draft.now + draft.timing.activating)


def _container_stopped(draft: Draft, shard: ShardDraft, task: Task, signal: ContainerStopped) -> None:
    if all(c.last_status == "STOPPED" for c in task.containers if c.name == signal.container):
        return
    stopped = _container(
        shard,
        task,
        signal.container,
        lambda c: replace(c, last_status="STOPPED", exit_code=signal.exit_code, reason=signal.reason or c.reason),
    )
    essential = any(c.essential for c in stopped.containers if c.name == signal.container)
    if not essential:
        _activate(draft, shard, stopped)
    elif signal.exit_code is None:
        ran = task.started_at is not None
        reason = signal.reason if ran and signal.reason else "Task failed to start"
        stop(draft, shard, stopped, _failure(task), reason)
    else:
        stop(draft, shard, stopped, "EssentialContainerExited", "Essential container in task exited")


def _failure(task: Task) -> str:
    # What has run did start: then it is the machine under it that failed (an Engine that was restarted, here).
    return "TaskFailedToStart" if task.started_at is None else "InfrastructureHealth"


def _task_stopped(draft: Draft, shard: ShardDraft, task: Task, signal: TaskStopped) -> None:
    if task.execution_stopped_at is not None:
        return
    quiet = put(
        shard,
        task,
        execution_stopped_at=signal.at,
        containers=tuple(ended(c) for c in task.containers),
    )
    if quiet.last_status == "STOPPING":
        deprovision(draft, shard, quiet)
    else:
        stop(draft, shard, quiet, "EssentialContainerExited", "Essential container in task exited")


def _images_resolved(draft: Draft, signal: ImagesResolved) -> None:
    key = (signal.cluster, signal.service)
    if draft.peek(key) is None:
        return
    shard = draft.open(key)
    revision = shard.revisions.get(signal.revision)
    if revision is None:
        return
    digests = dict(signal.digests)
    images = tuple(replace(i, digest=i.digest or digests.get(i.image)) for i in revision.images)
    shard.revisions[revision.number] = replace(revision, images=images, resolved=True)
    shard.due = draft.now
