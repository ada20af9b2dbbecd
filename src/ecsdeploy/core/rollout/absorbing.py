"""How a look at AWS adds to what is known of a deployment; nothing is judged here, nothing told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ecsdeploy.core.causes import explain_event
from ecsdeploy.core.rollout.seen import NEVER, LastAsked, LogSeen, Seen, Snapshot, Turns
from ecsdeploy.core.service import Service, ServiceDeployment
from ecsdeploy.core.task import Task


def absorb(seen: Seen, snapshot: Snapshot) -> Seen:
    """Return `seen` with what `snapshot` adds; nothing is judged, nothing told."""
    after = _with_tasks(_with_deployment(replace(seen, at=snapshot.at, spent=snapshot.spent), snapshot), snapshot)
    healthy = after.ever_healthy or any(after.is_proven(task) for task in after.ours)
    logs = {
        arn: LogSeen(lines, after.logs[arn].reads + 1 if arn in after.logs else 1, snapshot.at)
        for arn, lines in snapshot.logs.items()
    }
    failed_at = snapshot.at if len(after.failed) > len(seen.failed) else seen.failed_at
    return replace(
        after,
        failed_at=failed_at,
        service=snapshot.service or after.service,
        newer=snapshot.newer or after.newer,
        logs={**after.logs, **logs},
        asked=_asked(seen, snapshot),
        described_with=after.counts if snapshot.ask.wants_tasks else seen.described_with,
        ever_healthy=healthy,
        blind=after.blind or snapshot.denied,
        stop=snapshot.stop or after.stop,
        proven=snapshot.proven or after.proven,
        refusals=tuple(_refusals(after, snapshot.service)) or after.refusals,
    )


def _refusals(seen: Seen, service: Service | None) -> Iterator[str]:
    since = seen.deployment.created_at
    for event in reversed(service.events if service is not None else ()):
        if (since is None or event.at >= since) and explain_event(event.message) is not None:
            yield event.message


def _with_deployment(seen: Seen, snapshot: Snapshot) -> Seen:
    if not snapshot.ask.deployment:
        return seen
    now, at = snapshot.deployment, snapshot.at
    before = seen.turns
    if now is None:
        return replace(seen, turns=replace(before, missing=_first(before.missing, at)))
    rolls_back = "ROLLBACK" in now.status and now.ongoing
    turns = Turns(
        stopped=_first(before.stopped, at) if now.status == "STOPPED" else None,
        rolling_back=_first(before.rolling_back, at) if rolls_back else before.rolling_back,
        over=None if now.ongoing else _first(before.over, at),
        # ECS goes through this status when somebody asks, never by itself (Developer Guide, service deployment states).
        asked_to_stop=before.asked_to_stop or (now.status == "ROLLBACK_REQUESTED" and not seen.stops_it),
    )
    return replace(seen, deployment=now, turns=turns, full_since=_full_since(seen, now))


def _full_since(seen: Seen, now: ServiceDeployment) -> float:
    if now.running < now.requested:
        return NEVER
    return seen.full_since if seen.deployment.running >= now.requested else max(0.0, seen.asked.deployment)


def _with_tasks(seen: Seen, snapshot: Snapshot) -> Seen:
    found = {task.arn: task for task in snapshot.tasks}
    tasks = {**_without(seen, snapshot.missing), **found}
    since = dict(seen.running_since)
    for task in found.values():
        if task.running and task.arn not in since:
            since[task.arn] = _since(task, seen, snapshot)
    return replace(seen, tasks=tasks, running_since=since)


def _without(seen: Seen, missing: frozenset[str]) -> dict[str, Task]:
    """Return the known tasks without the missing ones, which a list may name again; what failed stays, as ended."""
    over = {each.arn: replace(each, status="STOPPED", desired_status="STOPPED") for each in seen.failed}
    kept = {arn: task for arn, task in seen.tasks.items() if arn not in missing}
    return {**kept, **{arn: task for arn, task in over.items() if arn in missing}}


def _since(task: Task, seen: Seen, snapshot: Snapshot) -> float:
    """Return when the task became RUNNING: between two looks, and where AWS's clock agrees, when AWS says."""
    # A task that the last list did not name had not started by then, whatever our clock makes of AWS's times.
    last = seen.asked.tasks if task.arn in seen.tasks else NEVER if seen.is_sample else seen.asked.listed
    before = max(0.0, last)
    if task.started_at is None:
        return before
    told = snapshot.at - (snapshot.now - task.started_at).total_seconds()
    return min(max(told, before), snapshot.at)


def _asked(seen: Seen, snapshot: Snapshot) -> LastAsked:
    ask, before, at = snapshot.ask, seen.asked, snapshot.at
    fruitless = before.fruitless
    if ask.listed or ask.stopped:
        fruitless = 0 if any(task.arn not in seen.tasks for task in snapshot.tasks) else fruitless + 1
    return LastAsked(
        deployment=at if ask.deployment else before.deployment,
        service=at if ask.service else before.service,
        shown=at if snapshot.service is not None else before.shown,
        listed=at if ask.listed else before.listed,
        stopped=at if ask.stopped else before.stopped,
        tasks=at if ask.tasks or ask.listed or ask.stopped else before.tasks,
        fruitless=fruitless,
    )


def _first(before: float | None, at: float) -> float:
    return at if before is None else before
