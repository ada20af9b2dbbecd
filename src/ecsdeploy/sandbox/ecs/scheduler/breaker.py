"""The deployment circuit breaker: what it counts, when it trips, and the rollback.

Developer Guide, "How the Amazon ECS deployment circuit breaker detects failures": starts that fail count, and
later tasks that fail their health checks. The sandbox counts every task that stops by itself before it was healthy:
published timelines of services that crash a few seconds after RUNNING show that they trip the breaker too.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ecsdeploy.sandbox.ecs.records import Task
from ecsdeploy.sandbox.ecs.scheduler.events import IMPAIRED, said, say
from ecsdeploy.sandbox.ecs.service_records import Count, Deployment, ServiceDeployment
from ecsdeploy.sandbox.ecs.world import Draft, Shard, ShardDraft

TRIPPED = "ECS deployment circuit breaker: tasks failed to start."
ROLLED_BACK = "Service deployment rolled back because the circuit breaker threshold was exceeded."
NO_CANDIDATE = "No rollback candidate was found to run the rollback."
REPLACED = "Replaced by a new service deployment."
"""Seen in published answers of ListServiceDeployments."""
FAILED = "Service deployment failed because the circuit breaker threshold was exceeded."
ROLLBACK_FAILED = "Service deployment rollback failed because the circuit breaker threshold was exceeded."
STOPPED_BY_USER = "Service deployment rolled back because of a request to stop the service deployment."
"""Chosen, in the form of the others: no published answer shows what StopServiceDeployment leaves as the reason."""
OWN_FAULT = ("TaskFailedToStart", "EssentialContainerExited")
IMPAIRED_AFTER = 3
"""Starts that fail in a row before ECS says that the service is impaired (chosen)."""


def settings(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the circuit breaker's part of a deploymentConfiguration."""
    found: Mapping[str, Any] = configuration.get("deploymentCircuitBreaker") or {"enable": False, "rollback": False}
    return found


def threshold(configuration: Mapping[str, Any], desired: int) -> int:
    """Return how many failures trip the breaker (DeploymentCircuitBreaker.thresholdConfiguration).

    BOUNDED_PERCENT is a percentage of the desired count, at least 3 and at most 200; UNBOUNDED_PERCENT is not
    clamped; COUNT is the number itself. The default is BOUNDED_PERCENT with 50.
    """
    rule = settings(configuration).get("thresholdConfiguration") or {"type": "BOUNDED_PERCENT", "value": 50}
    value = int(rule["value"])
    if rule["type"] == "COUNT":
        return value
    part = -(-value * desired // 100)
    return max(part, 1) if rule["type"] == "UNBOUNDED_PERCENT" else min(max(part, 3), 200)


def count_stop(draft: Draft, shard: ShardDraft, task: Task, code: str) -> None:
    """Count a task that is about to stop, if it is its own fault and it never was healthy."""
    if code in OWN_FAULT and not task.was_healthy:
        count_failure(draft, shard, task.deployment, started=task.started_at is not None)
        return
    deployment = shard.deployment(task.deployment)
    if code != "ServiceSchedulerInitiated" and deployment is not None:
        _launch_later(draft, shard, deployment, draft.timing.reaction)


def count_failure(draft: Draft, shard: ShardDraft, deployment_id: str | None, *, started: bool) -> None:
    """Count a failed start, a launch that was impossible, or a task that failed its health checks.

    Only what never reached RUNNING slows down the launches (Developer Guide, "service throttle logic").
    """
    deployment = shard.deployment(deployment_id)
    if deployment is None:
        return
    if deployment.state != "COMPLETED":
        deployment = replace(deployment, failed=deployment.failed + 1, counted=deployment.counted + 1)
    if started:
        _launch_later(draft, shard, deployment, draft.timing.reaction)
        return
    # Tasks that were launched together and fail together are one failed attempt.
    failures = deployment.start_failures + (draft.now >= deployment.launch_after)
    _launch_later(draft, shard, replace(deployment, start_failures=failures), draft.timing.backoff(failures))
    if failures >= IMPAIRED_AFTER and not said(shard, IMPAIRED, deployment.updated_at):
        say(draft, shard, IMPAIRED)


def _launch_later(draft: Draft, shard: ShardDraft, deployment: Deployment, seconds: float) -> None:
    after = max(draft.now + seconds, deployment.launch_after)
    shard.put_deployment(replace(deployment, launch_after=after))


def count_running(shard: ShardDraft, task: Task) -> None:
    """A task of the deployment runs: launches are not slowed down any more."""
    deployment = shard.deployment(task.deployment)
    if deployment is not None and deployment.start_failures:
        shard.put_deployment(replace(deployment, start_failures=0, launch_after=0.0))


def count_healthy(shard: ShardDraft, task: Task) -> None:
    """A task of the deployment is healthy: the count starts anew unless it was asked not to."""
    deployment = shard.deployment(task.deployment)
    if deployment is None or not (deployment.failed or deployment.counted):
        return
    record = shard.history[-1] if shard.history else None
    keep = record is not None and settings(record.configuration).get("resetOnHealthyTask") is False
    shard.put_deployment(replace(deployment, failed=0, counted=deployment.counted if keep else 0))


def check(draft: Draft, shard: ShardDraft) -> bool:
    """Trip the breaker if the deployment's failures have reached the threshold; return whether it tripped."""
    assert shard.service is not None
    record, primary = shard.history[-1], shard.deployments[0]
    breaker = settings(record.configuration)
    if not would_trip(shard, primary.id, 0):
        return False
    _fail(draft, shard, primary)
    if record.status == "ROLLBACK_IN_PROGRESS":
        conclude(draft, shard, "ROLLBACK_FAILED", ROLLBACK_FAILED)
        return True
    shard.put_history(replace(record, breaker="TRIGGERED", failures=primary.counted))
    if breaker["rollback"]:
        roll_back(draft, shard, ROLLED_BACK)
    else:
        request_stop(draft, shard, FAILED)
    return True


def would_trip(shard: ShardDraft, deployment_id: str, more: int) -> bool:
    """Return whether `more` failures of a deployment trip the breaker."""
    assert shard.service is not None
    record, primary = shard.history[-1], shard.deployments[0]
    if primary.id != deployment_id or not record.ongoing or primary.state != "IN_PROGRESS":
        return False
    if record.status == "ROLLBACK_REQUESTED":
        return False  # it is rolled back already, whatever the breaker would do
    limit = threshold(record.configuration, shard.service.desired)
    return bool(settings(record.configuration)["enable"]) and primary.counted + more >= limit


def _fail(draft: Draft, shard: ShardDraft, primary: Deployment) -> None:
    shard.put_deployment(replace(primary, state="FAILED", reason=TRIPPED, updated_at=draft.now))
    say(draft, shard, f"(deployment {primary.id}) deployment failed: tasks failed to start.")


def roll_back(draft: Draft, shard: ShardDraft, reason: str) -> None:
    """Return to the last completed deployment, or say that there is none.

    One to which a rollback is under way is IN_PROGRESS again and so no candidate for another (Developer Guide, "How
    the Amazon ECS deployment circuit breaker detects failures").
    """
    assert shard.service is not None
    failed = shard.deployments[0]
    candidate = shard.completed if shard.completed and shard.completed.state == "COMPLETED" else None
    if failed.state == "IN_PROGRESS":
        failed = replace(failed, state="FAILED", reason=reason, updated_at=draft.now)
        shard.put_deployment(failed)
    if candidate is None:
        conclude(draft, shard, "ROLLBACK_FAILED", NO_CANDIDATE)
        return
    revision = shard.revisions[candidate.revision]
    why = f"ECS deployment circuit breaker: rolling back to deploymentId {candidate.id}."
    back = replace(
        candidate,
        status="PRIMARY",
        state="IN_PROGRESS",
        reason=why if reason == ROLLED_BACK else f"ECS deployment {candidate.id} in progress.",
        updated_at=draft.now,
        failed=0,
        counted=0,
        start_failures=0,
        launch_after=0.0,
        wanted=0,
    )
    others = tuple(replace(d, status="ACTIVE", wanted=0) for d in shard.deployments if d.id != candidate.id)
    shard.deployments, shard.completed = (back, *others), back
    shard.service = replace(
        shard.service,
        definition=revision.definition,
        network=revision.network,
        launch_type=revision.launch_type,
        strategy=revision.strategy,
        platform_version=revision.platform_version,
        extras={**shard.service.extras, **revision.extras},
    )
    record = shard.history[-1]
    shard.put_history(
        replace(
            record,
            status="ROLLBACK_IN_PROGRESS",
            reason=reason,
            stage="SCALE_UP",
            updated_at=draft.now,
            rollback_at=draft.now,
            rollback_to=candidate.revision,
            rollback_reason=reason,
        )
    )
    say(draft, shard, f"rolling back to deployment {candidate.id}.")


def request_stop(draft: Draft, shard: ShardDraft, reason: str) -> None:
    """Stop the service deployment under way: STOP_REQUESTED, a moment later STOPPED.

    A newer deployment does that, or a failure without rollback (Developer Guide, "Service deployment states").
    """
    conclude(draft, shard, "STOP_REQUESTED", reason)


def stop_requested(shard: Shard | ShardDraft) -> list[ServiceDeployment]:
    """Return the service deployments that are about to be STOPPED: some of the newest."""
    recent = itertools.takewhile(lambda r: r.ongoing or r is shard.history[-1], reversed(shard.history))
    return [record for record in recent if record.status == "STOP_REQUESTED"]


def finish_stops(draft: Draft, shard: ShardDraft) -> None:
    """Make STOP_REQUESTED what has been so for long enough STOPPED."""
    over = [r for r in stop_requested(shard) if r.stop_at is not None and r.stop_at <= draft.now]
    if over:
        shard.history = tuple(_stopped(draft, r) if r in over else r for r in shard.history)


def _stopped(draft: Draft, record: ServiceDeployment) -> ServiceDeployment:
    return replace(
        record, status="STOPPED", updated_at=draft.now, finished_at=draft.now, stopped_at=draft.now, stop_at=None
    )


def conclude(draft: Draft, shard: ShardDraft, status: str, reason: str | None) -> None:
    """Give the service deployment under way its verdict, with the counts of this moment."""
    record = shard.history[-1]
    if not record.ongoing or record.status == "STOP_REQUESTED":
        return
    stopping = status == "STOP_REQUESTED"
    failures, breaker = record.failures, record.breaker
    own = shard.deployment(record.deployment)
    if breaker == "MONITORING":
        failures, breaker = (own.counted if own else 0), "MONITORING_COMPLETE"
    shard.put_history(
        replace(
            record,
            status=status,
            reason=reason,
            stage=record.stage if status != "SUCCESSFUL" else "CLEAN_UP",
            breaker=breaker,
            failures=failures,
            updated_at=draft.now,
            finished_at=None if stopping else draft.now,
            stop_at=draft.now + 2 * draft.timing.deployment_start if stopping else None,
            finished=target_count(shard, record),
            sources=tuple(source_count(shard, source) for source in record.sources),
        )
    )


def target_count(shard: Shard | ShardDraft, record: ServiceDeployment) -> Count:
    """Return the tasks of the revision that a service deployment brings."""
    assert shard.service is not None
    rolled = record.status.startswith("ROLLBACK")
    return _count(shard, record.target, 0 if rolled else shard.service.desired)


def source_count(shard: Shard | ShardDraft, source: Count) -> Count:
    """Return the tasks of a revision that is being replaced."""
    return _count(shard, source.revision, source.requested)


def _count(shard: Shard | ShardDraft, revision: str, requested: int) -> Count:
    ids = {d.id for d in (*shard.deployments, shard.completed) if d and d.revision == revision}
    tasks = [t for t in shard.tasks.values() if t.deployment in ids]
    return Count(revision, requested, sum(t.running for t in tasks), sum(t.pending for t in tasks))
