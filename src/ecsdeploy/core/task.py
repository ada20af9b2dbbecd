"""Tasks and their containers, as snapshots of what ECS answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Container:
    """One container of a task. `exit_code` is None while it runs, and when it never started."""

    name: str
    status: str
    health: str
    exit_code: int | None
    reason: str
    image_digest: str


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task as DescribeTasks shows it."""

    arn: str
    status: str
    desired_status: str
    health: str
    task_definition: str
    started_by: str
    group: str
    stop_code: str
    stopped_reason: str
    containers: tuple[Container, ...]
    interface: str
    created_at: datetime | None
    started_at: datetime | None
    stopping_at: datetime | None
    stopped_at: datetime | None
    pull_started_at: datetime | None = None
    pull_stopped_at: datetime | None = None
    execution_stopped_at: datetime | None = None

    @property
    def id(self) -> str:
        """Return the last part of the ARN."""
        return self.arn.rsplit("/", 1)[-1]

    @property
    def running(self) -> bool:
        """Return whether the task runs and should."""
        return self.status == "RUNNING" and self.desired_status == "RUNNING"

    @property
    def healthy(self) -> bool:
        """Return whether the task runs and passes its health check, if it has one."""
        return self.running and self.health in ("HEALTHY", "UNKNOWN")
