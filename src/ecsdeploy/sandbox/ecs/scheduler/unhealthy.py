"""Tasks that fail their health checks are replaced by tasks of their own deployment.

Developer Guide, "Deploy Amazon ECS services by replacing tasks"; the events, their order and their wording as in
published DescribeServices answers.
"""

from __future__ import annotations

from collections.abc import Sequence

from ecsdeploy.sandbox.ecs.records import Task
from ecsdeploy.sandbox.ecs.scheduler import breaker
from ecsdeploy.sandbox.ecs.scheduler.census import Census, census, healthy
from ecsdeploy.sandbox.ecs.scheduler.events import say, say_tasks
from ecsdeploy.sandbox.ecs.scheduler.launch import launch, may_launch
from ecsdeploy.sandbox.ecs.scheduler.lifecycle import stop
from ecsdeploy.sandbox.ecs.service_records import Service
from ecsdeploy.sandbox.ecs.world import Draft, ShardDraft

REASON = "Task failed container health checks"


def replace_unhealthy(draft: Draft, shard: ShardDraft, service: Service, deployment_id: str, wanted: int) -> None:
    """Start replacements as far as maximum percent allows, then stop the unhealthy tasks that nothing keeps.

    A task that never was healthy is stopped at once. One that was healthy stays until its replacement serves; where
    there is no room for a replacement, one such task at a time makes room.
    """
    tasks = census(shard, deployment_id)
    if not tasks.unhealthy:
        return
    room = service.maximum - len(tasks.live)
    fresh = [t for t in tasks.unhealthy if not t.was_healthy]
    worn = _spent(tasks, room + len(fresh), wanted)
    failed = breaker.would_trip(shard, deployment_id, len(fresh) + len(worn))
    deployment = shard.deployment(deployment_id)
    missing = max(wanted - len(tasks.good) - len(tasks.unhealthy), 0)
    count = min(wanted - len(tasks.good), room)
    if deployment is not None and count > 0 and not failed and may_launch(draft, shard, deployment):
        launch(draft, shard, deployment, count, unhealthy=max(count - missing, 0))
    for _ in (*fresh, *worn):
        breaker.count_failure(draft, shard, deployment_id, started=True)
    stop_failed(draft, shard, [*fresh, *worn])


def _spent(tasks: Census, room: int, wanted: int) -> list[Task]:
    """Return the tasks that were healthy once and may go: they are replaced, or in the way of a replacement."""
    worn = [t for t in tasks.unhealthy if t.was_healthy]
    serving = healthy(tasks.good)
    if serving >= wanted:
        return worn
    waiting = serving == len(tasks.good)
    return worn[:1] if room <= 0 and waiting else []


def stop_failed(draft: Draft, shard: ShardDraft, tasks: Sequence[Task]) -> None:
    """Stop tasks because of their health checks, and say so."""
    for task in tasks:
        say(draft, shard, f"(task {task.id}) failed container health checks.")
        stop(draft, shard, task, "ServiceSchedulerInitiated", REASON)
    say_tasks(draft, shard, "has stopped # running", [task.id for task in tasks])
