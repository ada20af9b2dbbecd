"""The scheduler: a pure function from a world, what was reported and the time to the next world and its commands.

It does no input or output, reads no clock and draws no random numbers: the same reports at the same times give the
same world. Who may be assumed when tasks are launched is given to it as well.
"""

from __future__ import annotations

from collections.abc import Sequence

from ecsdeploy.sandbox.ecs.records import Task
from ecsdeploy.sandbox.ecs.scheduler.breaker import stop_requested
from ecsdeploy.sandbox.ecs.scheduler.lifecycle import advance
from ecsdeploy.sandbox.ecs.scheduler.observe import observe
from ecsdeploy.sandbox.ecs.scheduler.rollout import reconcile
from ecsdeploy.sandbox.ecs.signals import EngineCommand, Signal
from ecsdeploy.sandbox.ecs.timing import Timing
from ecsdeploy.sandbox.ecs.world import Draft, Key, NotAssumed, Shard, ShardDraft, World, nobody


def step(
    world: World, observations: Sequence[Signal], now: float, timing: Timing, not_assumed: NotAssumed = nobody
) -> tuple[World, tuple[EngineCommand, ...]]:
    """Return the next world and what has to be done for it; `now` is in seconds since the epoch.

    Only services with a report or with something due are looked at.
    """
    draft = Draft(world, now, timing, not_assumed)
    for observation in observations:
        observe(draft, observation)
    touched: dict[Key, None] = {key: None for key, _ in draft.opened()}
    touched.update((key, None) for key, shard in world.shards.items() if _ripe(shard, now))
    for key in touched:
        _tend(draft, draft.open(key))
    return draft.frozen(), tuple(draft.commands)


def _ripe(shard: Shard, now: float) -> bool:
    return shard.due is not None and shard.due <= now


def _tend(draft: Draft, shard: ShardDraft) -> None:
    for task in [t for t in shard.tasks.values() if t.due is not None and t.due <= draft.now]:
        advance(draft, shard, task)
    reconcile(draft, shard)
    shard.due = _next_due(draft, shard)


def _next_due(draft: Draft, shard: ShardDraft) -> float | None:
    times: list[float] = [task.due for task in shard.tasks.values() if task.due is not None]
    service = shard.service
    if service is not None and service.status == "ACTIVE":
        times.extend(_service_dues(draft, shard))
    return min(times, default=None)


def _service_dues(draft: Draft, shard: ShardDraft) -> list[float]:
    record, primary = shard.history[-1], shard.deployments[0]
    times = [_protection_end(task) for task in shard.tasks.values() if task.live and task.protected_until]
    if record.status in ("PENDING", "ROLLBACK_REQUESTED"):
        times.append(record.begin_at)
    if record.rollback_at is not None:
        times.append(record.rollback_at + draft.timing.rollback_start)
    times.extend(r.stop_at for r in stop_requested(shard) if r.stop_at is not None)
    times.extend(d.launch_after for d in shard.deployments if d is primary or d.wanted)
    if shard.steady_at is not None:
        times.append(shard.steady_at + draft.timing.steady_repeat)
    return [time for time in times if time > draft.now]


def _protection_end(task: Task) -> float:
    return task.protected_until or 0.0
