"""Who of a service's tasks runs, serves, comes or has failed, from the point of view of one deployment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ecsdeploy.sandbox.ecs.records import Task
from ecsdeploy.sandbox.ecs.world import ShardDraft


@dataclass(slots=True)
class Census:
    """A service's tasks that shall run: `good` are one deployment's that have not failed their health checks."""

    live: list[Task]
    good: list[Task]
    unhealthy: list[Task]
    other: list[Task]

    @property
    def healthy(self) -> int:
        """Return how many tasks count towards the minimum healthy percent."""
        return healthy(self.live)


def healthy(tasks: Iterable[Task]) -> int:
    """Return how many of the tasks count as healthy."""
    return sum(task.healthy_at is not None for task in tasks)


def census(shard: ShardDraft, deployment: str) -> Census:
    """Count the tasks of a service as they stand now, from the point of view of one of its deployments."""
    live = [task for task in shard.tasks.values() if task.live]
    mine = [task for task in live if task.deployment == deployment]
    return Census(
        live=live,
        good=[task for task in mine if not task.unhealthy],
        unhealthy=[task for task in mine if task.unhealthy],
        other=[task for task in live if task.deployment != deployment],
    )
