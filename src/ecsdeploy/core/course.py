"""The moments of a deployment that succeeded, told by its task that started last.

ECS's own times of that task (ECS API, Task) cut the time between the deployment's beginning and its end. ECS gives no
time for "healthy": it is when ECS began to stop the last of what was replaced, which it does once the new tasks are
healthy, or else the deployment's end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.task import Task


@dataclass(frozen=True, kw_only=True)
class Course:
    """The moments in order; those between `began` and `started` are None where ECS gave none."""

    began: datetime
    created: datetime | None
    pull_started: datetime | None
    pull_stopped: datetime | None
    started: datetime
    healthy: datetime
    ended: datetime

    @property
    def seconds(self) -> float:
        """Return how long the deployment took."""
        return (self.ended - self.began).total_seconds()


def course(new: Sequence[Task], old: Sequence[Task], deployment: ServiceDeployment) -> Course | None:
    """Return a deployment's course by its `new` tasks and the `old` ones that it replaced.

    None if none of its tasks has started, or ECS does not say when it began.
    """
    started = [(task.started_at, task.arn, task) for task in new if task.started_at is not None]
    if not started or deployment.created_at is None:
        return None
    at, _, last = max(started, key=lambda each: each[:2])
    stops = [task.stopping_at for task in old if task.stopping_at is not None and task.stopping_at >= at]
    ended = max(deployment.finished_at or max([at, *stops]), deployment.created_at)
    return Course(
        began=deployment.created_at,
        created=last.created_at,
        pull_started=last.pull_started_at,
        pull_stopped=last.pull_stopped_at,
        started=at,
        healthy=max((stop for stop in stops if stop <= ended), default=ended),
        ended=ended,
    )
