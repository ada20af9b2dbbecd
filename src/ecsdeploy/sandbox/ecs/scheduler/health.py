"""When a task counts as healthy.

With a health check on an essential container: while all such checks pass. Without one: 40 seconds after RUNNING
(API reference, DeploymentConfiguration.minimumHealthyPercent).
"""

from __future__ import annotations

from dataclasses import replace

from ecsdeploy.sandbox.ecs.records import Container, Task
from ecsdeploy.sandbox.ecs.scheduler import breaker
from ecsdeploy.sandbox.ecs.world import Draft, ShardDraft
from ecsdeploy.sandbox.runtime.base import HealthStatus


def health_status(containers: tuple[Container, ...]) -> HealthStatus:
    """Return a task's healthStatus: that of its essential containers with a health check, UNKNOWN without one."""
    checks = [c.health for c in containers if c.essential and c.health is not None]
    if "UNHEALTHY" in checks:
        return "UNHEALTHY"
    return "HEALTHY" if checks and all(check == "HEALTHY" for check in checks) else "UNKNOWN"


def checked(task: Task) -> bool:
    """Return whether a health check decides whether the task is healthy."""
    return any(c.essential and c.health is not None for c in task.containers)


def settle(draft: Draft, shard: ShardDraft, task: Task) -> None:
    """Decide whether a running task counts as healthy or has failed its checks, and when to look again."""
    if task.started_at is None or not task.live or task.last_status != "RUNNING":
        return
    healthy, unhealthy, again = _judge(draft, shard, task)
    changed = replace(
        task,
        healthy_at=(task.healthy_at or draft.now) if healthy else None,
        was_healthy=task.was_healthy or healthy,
        unhealthy=unhealthy,
        due=_earliest(again, _spot(draft, task)),
    )
    shard.tasks[task.id] = changed
    if healthy and task.healthy_at is None:
        breaker.count_healthy(shard, changed)


def _judge(draft: Draft, shard: ShardDraft, task: Task) -> tuple[bool, bool, float | None]:
    """Return whether the task is healthy, whether it has failed, and when that may change with time alone."""
    assert task.started_at is not None
    if not checked(task):
        counts_from = task.started_at + draft.timing.healthy_floor
        ripe = draft.now >= counts_from
        return ripe, False, None if ripe else counts_from
    status = health_status(task.containers)
    if status != "UNHEALTHY":
        # A check that has not spoken again leaves a healthy task healthy.
        return status == "HEALTHY" or (task.healthy_at is not None), False, None
    grace = shard.service.grace if shard.service else 0
    patient_until = task.started_at + grace
    if draft.now < patient_until:
        return False, False, patient_until
    return False, True, None


def _spot(draft: Draft, task: Task) -> float | None:
    if "spot-interruption" not in task.faults or task.started_at is None:
        return None
    return task.started_at + draft.timing.spot_life


def _earliest(*times: float | None) -> float | None:
    return min((time for time in times if time is not None), default=None)
