"""Service events in ECS's words (Developer Guide, "Amazon ECS service event messages")."""

from __future__ import annotations

from collections.abc import Sequence

from ecsdeploy.sandbox.ecs.service_records import Event
from ecsdeploy.sandbox.ecs.world import Draft, ShardDraft

STEADY = "has reached a steady state."
STUCK = (
    "was unable to stop or start tasks during a deployment because of the service deployment configuration. "
    "Update the minimumHealthyPercent or maximumPercent value and try again."
)
REPLACED = " Amazon ECS replaced {} tasks due to an unhealthy status."
CAPACITY = "Capacity is unavailable at this time. Please try again later or in a different availability zone"
GUIDE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
IMPAIRED = f"is unable to consistently start tasks successfully. {GUIDE}"
UNABLE = ("CannotPullContainerError:", "ResourceInitializationError:")
TASKS_PER_EVENT = 10


def say(draft: Draft, shard: ShardDraft, message: str) -> None:
    """Add `(service NAME) message` as the newest event.

    What was said last is not repeated within six hours (Developer Guide, "Viewing Amazon ECS service event messages").
    """
    assert shard.service is not None
    event = Event(draft.uuid(), draft.now, f"(service {shard.service.name}) {message}")
    newest = shard.events[0] if shard.events else None
    if newest is None or newest.message != event.message or draft.now - newest.at >= draft.timing.steady_repeat:
        shard.events = (event, *shard.events)


def said(shard: ShardDraft, message: str, since: float) -> bool:
    """Return whether `message` was said at or after `since`."""
    return any(event.at >= since and event.message.endswith(f") {message}") for event in shard.events)


def say_tasks(draft: Draft, shard: ShardDraft, verb: str, tasks: Sequence[str], why: str = "") -> None:
    """Say that tasks were started or stopped, ten to an event: a thousand ids would not fit one."""
    for first in range(0, len(tasks), TASKS_PER_EVENT):
        some = tasks[first : first + TASKS_PER_EVENT]
        text = f"{verb} tasks: {' '.join(f'(task {task})' for task in some)}.{why}"
        say(draft, shard, text.replace("#", str(len(some))))


def say_unable(draft: Draft, shard: ShardDraft, reason: str) -> None:
    """Say why a task could not start; ECS says so of images that cannot be pulled and of failed initialisation.

    Seen in the events of published DescribeServices answers, always with the task's whole stoppedReason.
    """
    text = f"was unable to place a task. Reason: {reason.rstrip('.')}."
    if reason.startswith(UNABLE) and not said(shard, text, draft.now):
        say(draft, shard, text)
