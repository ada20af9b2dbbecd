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
IMPAIRED = "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section."
CAPACITY = (
    "Capacity is unavailable at this time. Please try again later or in a different availability zone. "
    "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
)


def say(draft: Draft, shard: ShardDraft, message: str) -> None:
    """Add `(service NAME) message` as the newest event."""
    assert shard.service is not None
    event = Event(draft.uuid(), draft.now, f"(service {shard.service.name}) {message}")
    shard.events = (event, *shard.events)


def said(shard: ShardDraft, message: str, since: float) -> bool:
    """Return whether `message` was said at or after `since`."""
    return any(event.at >= since and event.message.endswith(f") {message}") for event in shard.events)


def listed(tasks: Sequence[str]) -> str:
    """Return task ids as events list them."""
    return " ".join(f"(task {task})" for task in tasks)
