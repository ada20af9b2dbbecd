"""Rolling updates: how many tasks to start and which to stop, within minimum and maximum percent.

Developer Guide, "Deploy Amazon ECS services by replacing tasks"; API reference, DeploymentConfiguration.
"""

from __future__ import annotations

from dataclasses import replace

from ecsdeploy.sandbox.ecs.records import Task
from ecsdeploy.sandbox.ecs.scheduler import breaker
from ecsdeploy.sandbox.ecs.scheduler.census import Census, census, healthy
from ecsdeploy.sandbox.ecs.scheduler.events import STEADY, STUCK, said, say, say_tasks
from ecsdeploy.sandbox.ecs.scheduler.launch import launch, may_launch
from ecsdeploy.sandbox.ecs.scheduler.lifecycle import stop
from ecsdeploy.sandbox.ecs.scheduler.unhealthy import replace_unhealthy, stop_failed
from ecsdeploy.sandbox.ecs.service_records import Service
from ecsdeploy.sandbox.ecs.world import Draft, ShardDraft


def reconcile(draft: Draft, shard: ShardDraft) -> None:
    """Bring a service closer to what was asked for."""
    service = shard.service
    if service is None or service.status == "INACTIVE":
        return
    if service.status == "DRAINING":
        _drain(draft, shard, service)
        return
    breaker.finish_stops(draft, shard)
    _begin(draft, shard)
    breaker.check(draft, shard)
    if shard.history[-1].status == "PENDING":
        return
    _move(draft, shard)
    if breaker.check(draft, shard):
        # What could not be launched just now was one failure too many: the rollback starts at once.
        _move(draft, shard)
    service = shard.service
    assert service is not None
    _forget_empty(shard)
    _complete(draft, shard, service)
    _steady(draft, shard, service)


def _move(draft: Draft, shard: ShardDraft) -> None:
    """Start and stop tasks; a deployment that has failed launches none any more, but the one before is kept up.

    Tasks are replaced by tasks of their own service revision (announced as "Amazon ECS improves Service Availability
    during Rolling deployments", November 2025).
    """
    service = shard.service
    if service is None:
        return
    primary = shard.deployments[0]
    failed = primary.state == "FAILED"
    if not failed:
        replace_unhealthy(draft, shard, service, primary.id, service.desired)
        _stop_old(draft, shard, service)
    for old in shard.deployments[1:]:
        if old.wanted:
            replace_unhealthy(draft, shard, service, old.id, old.wanted)
            _start(draft, shard, service, old.id, old.wanted)
    if not failed:
        _start(draft, shard, service, primary.id, service.desired)
        _scale_in(draft, shard, service)


def _drain(draft: Draft, shard: ShardDraft, service: Service) -> None:
    going = [task for task in shard.tasks.values() if task.live]
    _stop_all(draft, shard, going)
    # INACTIVE once every task is STOPPING or STOPPED (API reference, DeleteService).
    if all(t.last_status in ("STOPPING", "DEPROVISIONING", "STOPPED") for t in shard.tasks.values()):
        shard.service = replace(service, status="INACTIVE", token=None)
        # A deleted service takes its service deployments and revisions along (Developer Guide).
        shard.deployments, shard.history, shard.completed = (), (), None
        shard.revisions = {}


def _begin(draft: Draft, shard: ShardDraft) -> None:
    """Let a service deployment start, or its requested rollback."""
    record = shard.history[-1]
    if record.status == "PENDING" and draft.now >= record.begin_at:
        stage = "RECONCILE_SERVICE" if len(shard.deployments) > 2 else "SCALE_UP"
        shard.put_history(
            replace(record, status="IN_PROGRESS", started_at=draft.now, updated_at=draft.now, stage=stage)
        )
    elif record.status == "ROLLBACK_REQUESTED" and draft.now >= record.begin_at:
        breaker.roll_back(draft, shard, breaker.STOPPED_BY_USER)


def _start(draft: Draft, shard: ShardDraft, service: Service, deployment_id: str, wanted: int) -> None:
    deployment = shard.deployment(deployment_id)
    assert deployment is not None
    tasks = census(shard, deployment_id)
    need = wanted - len(tasks.good)
    count = min(need, max(service.maximum, service.desired) - len(tasks.live))
    if need <= 0:
        return
    if count <= 0:
        _say_stuck(draft, shard, service, tasks)
        return
    if may_launch(draft, shard, deployment):
        launch(draft, shard, deployment, count)


def _say_stuck(draft: Draft, shard: ShardDraft, service: Service, tasks: Census) -> None:
    primary = shard.deployments[0]
    blocked = service.maximum <= service.desired and service.minimum >= service.desired and tasks.other
    if blocked and not said(shard, STUCK, primary.updated_at):
        say(draft, shard, STUCK)


def _stop_old(draft: Draft, shard: ShardDraft, service: Service) -> None:
    """Stop tasks of replaced deployments as far as the minimum healthy percent allows.

    A superseded deployment's tasks that run, and are not judged yet, make up for healthy ones that are missing.
    """
    tasks = census(shard, shard.deployments[0].id)
    kept = {d.id for d in shard.deployments[1:] if d.wanted}
    serving = sorted((t for t in tasks.other if t.healthy_at is not None), key=lambda t: (t.created_at, t.id))
    coming = [t for t in tasks.other if t.healthy_at is None and t.deployment in kept and not t.unhealthy]
    strays = [t for t in tasks.other if t.healthy_at is None and t.deployment not in kept]
    stop_failed(draft, shard, [t for t in strays if t.unhealthy])
    unjudged = [t for t in strays if t.running and not t.unhealthy]
    idle = [t for t in strays if not t.running and not t.unhealthy]
    missing = max(service.minimum - tasks.healthy, 0)
    # Tasks that are to replace dead ones of the old revision are needed until the new ones serve.
    needed = max(service.minimum - healthy(tasks.good), 0)
    surplus = max(len(serving) + len(coming) - needed, 0)
    spare = max(tasks.healthy - service.minimum, 0)
    free = [t for t in serving if not protected(t, draft.now)]
    _stop_all(draft, shard, [*idle, *unjudged[missing:], *coming[:surplus], *free[:spare]])
    rest = sum(task.deployment not in kept for task in serving)
    for deployment in shard.deployments[1:]:
        shard.put_deployment(replace(deployment, wanted=min(deployment.wanted, max(needed - rest, 0))))


def _scale_in(draft: Draft, shard: ShardDraft, service: Service) -> None:
    tasks = census(shard, shard.deployments[0].id)
    surplus = len(tasks.good) - service.desired
    if surplus <= 0:
        return
    # Whoever serves goes last: pending tasks first, then running ones that are not healthy yet, then the newest.
    order = sorted(tasks.good, key=lambda t: (t.healthy_at is not None, t.running, -t.created_at, t.id))
    _stop_all(draft, shard, [t for t in order if not protected(t, draft.now)][:surplus])


def protected(task: Task, now: float) -> bool:
    """Return whether the task is protected from scale-in and deployments (UpdateTaskProtection)."""
    return task.protected_until is not None and now < task.protected_until


def _stop_all(draft: Draft, shard: ShardDraft, tasks: list[Task]) -> None:
    if not tasks:
        return
    for task in tasks:
        stop(
            draft,
            shard,
            task,
            "ServiceSchedulerInitiated",
            f"Scaling activity initiated by (deployment {task.deployment})",
        )
    pending = [task for task in tasks if task.pending]
    running = [task.id for task in tasks if not task.pending]
    if pending:
        say(draft, shard, f"stopped {len(pending)} pending tasks.")
    say_tasks(draft, shard, "has stopped # running", running)


def _forget_empty(shard: ShardDraft) -> None:
    """Drop replaced deployments without tasks; a failed one stays until its rollback is over."""
    if len(shard.deployments) == 1:
        return
    primary, *others = shard.deployments
    populated = {t.deployment for t in shard.tasks.values() if t.live or t.pending or t.running}
    shard.deployments = (primary, *(d for d in others if d.id in populated or d.state == "FAILED"))


def _complete(draft: Draft, shard: ShardDraft, service: Service) -> None:
    primary = shard.deployments[0]
    if primary.state != "IN_PROGRESS":
        return
    tasks = census(shard, primary.id)
    serving = healthy(tasks.good)
    _stage(draft, shard, "CLEAN_UP" if serving >= service.desired else "SCALE_UP")
    lingering = any(
        t.last_status in ("RUNNING", "DEACTIVATING") for t in shard.tasks.values() if t.deployment != primary.id
    )
    early = draft.now < (shard.history[-1].rollback_at or 0.0) + draft.timing.rollback_start
    if serving != service.desired or len(tasks.live) != service.desired or lingering or early:
        return
    done = replace(
        primary, state="COMPLETED", reason=f"ECS deployment {primary.id} completed.", updated_at=draft.now, failed=0
    )
    status, reason = "SUCCESSFUL", None
    if shard.history[-1].status.startswith("ROLLBACK"):
        status, reason = "ROLLBACK_SUCCESSFUL", shard.history[-1].reason
    shard.put_deployment(done)
    breaker.conclude(draft, shard, status, reason)
    shard.deployments, shard.completed = (done,), done
    say(draft, shard, f"(deployment {primary.id}) deployment completed.")


def _stage(draft: Draft, shard: ShardDraft, stage: str) -> None:
    record = shard.history[-1]
    if record.ongoing and record.stage != stage and not (record.stage == "RECONCILE_SERVICE" and stage == "SCALE_UP"):
        shard.put_history(replace(record, stage=stage, updated_at=draft.now))


def _steady(draft: Draft, shard: ShardDraft, service: Service) -> None:
    """Say when the steady state is reached, and again every six hours while it lasts."""
    tasks = census(shard, shard.deployments[0].id)
    if shard.deployments[0].state != "COMPLETED" or not len(tasks.live) == tasks.healthy == service.desired:
        shard.steady_at = None
        return
    if shard.steady_at is None or draft.now >= shard.steady_at + draft.timing.steady_repeat:
        shard.steady_at = draft.now
        say(draft, shard, STEADY)
