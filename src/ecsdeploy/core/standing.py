"""Turns what was read of a service into what is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ecsdeploy.changes import Planned
from ecsdeploy.config.tags import NO_ENVIRONMENT
from ecsdeploy.core.account import ServiceSeen
from ecsdeploy.core.diagnose import explain
from ecsdeploy.core.drift import image_of
from ecsdeploy.core.history import verdict
from ecsdeploy.core.service import Deployment, Service, ServiceDeployment
from ecsdeploy.core.subject import subject
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task
from ecsdeploy.core.task_definition import TaskDefinition, short_name
from ecsdeploy.events import Fact, Note, ServiceMessage
from ecsdeploy.facts import (
    DeploymentState,
    Drift,
    EnvironmentState,
    RunningTask,
    ServiceState,
    TaskCount,
    TasksSeen,
)

ROWS = 20
"""How many tasks are shown one by one."""
PAGE = 100
"""How many tasks are checked at most: what one ListTasks and one DescribeTasks give (ECS API)."""
MESSAGES = 5
MISSING = "MISSING"
"""ECS's own word for a service that it does not have (DescribeServices, failures[].reason)."""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What was read of one target. `revisions` are by ARN, `addresses` by network interface.

    `seen` None: nothing is deployed. `tasks` are the first hundred. `failed` are those that have failed since the
    newest deployment ended, the newest first. `unseen` says what could not be read.
    """

    target: Target
    seen: ServiceSeen | None
    tasks: tuple[Task, ...] = ()
    failed: tuple[Task, ...] = ()
    revisions: Mapping[str, TaskDefinition] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    drift: Drift = Drift(differs=None)  # noqa: RUF009 - a frozen value
    differences: tuple[Planned, ...] = ()
    unseen: tuple[str, ...] = ()
    head: str = ""


def facts(sight: Sight) -> tuple[Fact, ...]:
    """Return everything to show, in order."""
    if sight.seen is None:
        return (_missing(sight),)
    return (
        _service(sight, sight.seen),
        *_deployments(sight, sight.seen),
        _counted(sight, sight.seen.service),
        *(_task(sight, each) for each in shown(sight.tasks)),
        *(ServiceMessage(each.at, each.message) for each in sight.seen.service.events[:MESSAGES]),
        *map(Note, sight.unseen),
        sight.drift,
        *sight.differences,
    )


def in_brief(sight: Sight) -> EnvironmentState:
    """Return the whole of it in one line."""
    names, seen = sight.target.names, sight.seen
    empty = EnvironmentState(
        environment=_environment(sight), cluster=names.cluster, service=names.service, region=sight.target.region
    )
    if seen is None:
        return replace(empty, status=MISSING)
    kind, at, _ = _last(seen.last)
    return replace(
        empty,
        status=seen.service.status,
        revision=short_name(seen.service.task_definition),
        commit=_commit(sight, seen.service.task_definition),
        desired=seen.service.desired,
        running=seen.service.running,
        healthy=sum(task.healthy for task in sight.tasks),
        unhealthy=sum(task.health == "UNHEALTHY" for task in sight.tasks),
        verdict=kind,
        verdict_at=at,
        differs=sight.drift.differs,
    )


def shown(tasks: Sequence[Task]) -> list[Task]:
    """Return the tasks to show one by one: those that are not healthy before the others, the newest of each first."""
    newest = sorted(tasks, key=lambda task: task.created_at.timestamp() if task.created_at else 0.0, reverse=True)
    return sorted(newest, key=lambda task: task.healthy)[:ROWS]


def _environment(sight: Sight) -> str:
    return sight.target.names.environment or NO_ENVIRONMENT


def _missing(sight: Sight) -> ServiceState:
    names = sight.target.names
    return ServiceState(
        cluster=names.cluster,
        service=names.service,
        environment=_environment(sight),
        region=sight.target.region,
        status=MISSING,
        head=sight.head,
    )


def _service(sight: Sight, seen: ServiceSeen) -> ServiceState:
    service, running = seen.service, sight.revisions.get(seen.service.task_definition)
    configuration: Any = service.raw.get("deploymentConfiguration", {})
    breaker = configuration.get("deploymentCircuitBreaker", {})
    kind, at, reason = _last(seen.last)
    return ServiceState(
        cluster=sight.target.names.cluster,
        service=service.name,
        environment=_environment(sight),
        region=sight.target.region,
        status=service.status,
        arn=service.arn,
        desired=service.desired,
        running=service.running,
        pending=service.pending,
        revision=short_name(service.task_definition),
        image=image_of(running, sight.target.names.container) if running is not None else "",
        commit=_commit(sight, service.task_definition),
        head=sight.head,
        circuit_breaker=bool(breaker.get("enable")),
        rollback=bool(breaker.get("enable") and breaker.get("rollback")),
        verdict=kind,
        verdict_at=at,
        reason=reason,
        failing=_failing(sight),
    )


def _failing(sight: Sight) -> str:
    """Return how many tasks have failed, and why the newest has; "" if none has."""
    if not sight.failed:
        return ""
    tasks = "task has" if len(sight.failed) == 1 else "tasks have"
    return f"{len(sight.failed)} {tasks} failed since: {explain(sight.failed[0], about=subject(sight.target)).cause}"


def _last(last: ServiceDeployment | None) -> tuple[str, Any, str]:
    """Return the verdict on the newest deployment, since when, and ECS's reason."""
    if last is None:
        return "", None, ""
    return verdict(last, None), last.finished_at or last.created_at, last.rollback_reason or last.reason


def _commit(sight: Sight, task_definition: str) -> str:
    found = sight.revisions.get(task_definition)
    return found.commit if found is not None else ""


def _deployments(sight: Sight, seen: ServiceSeen) -> Iterator[DeploymentState]:
    flying = _flying(seen)
    for each in seen.service.deployments:
        counted = seen.in_flight if each is flying else None
        yield DeploymentState(
            id=each.id,
            status=each.status,
            revision=short_name(each.task_definition),
            commit=_commit(sight, each.task_definition),
            desired=each.desired,
            running=each.running,
            pending=each.pending,
            failed=max(each.failed, counted.failures) if counted is not None else each.failed,
            threshold=counted.threshold if counted is not None else 0,
            rollout=each.rollout_state,
            reason=each.rollout_reason,
            created_at=each.created_at,
        )


def _flying(seen: ServiceSeen) -> Deployment | None:
    """Return the entry of the deployment in flight: while it is rolled back, it is not the PRIMARY one."""
    if seen.in_flight is None:
        return None
    return next((each for each in seen.service.deployments if each.task_definition == seen.flying_to), None)


def _counted(sight: Sight, service: Service) -> TasksSeen:
    seen = len(sight.tasks)
    alike = Counter((short_name(task.task_definition), task.status, task.health) for task in sight.tasks)
    return TasksSeen(
        total=seen if seen < PAGE else max(seen, service.running + service.pending),
        seen=seen,
        shown=min(seen, ROWS),
        alike=tuple(TaskCount(count, *key) for key, count in alike.most_common()),
    )


def _task(sight: Sight, task: Task) -> RunningTask:
    address, port = sight.addresses.get(task.interface), sight.target.config.task.port
    return RunningTask(
        task=task.id,
        status=task.status,
        desired_status=task.desired_status,
        health=task.health,
        revision=short_name(task.task_definition),
        commit=_commit(sight, task.task_definition),
        address=f"http://{address}:{port}" if address and port is not None else "",
        started_by=task.started_by,
        created_at=task.created_at,
        started_at=task.started_at,
    )
