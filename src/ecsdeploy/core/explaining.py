"""Which deployment to explain, and what can still be said of it once ECS has forgotten its tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from ecsdeploy.core.diagnose import explain_event, failures
from ecsdeploy.core.history import Past, past
from ecsdeploy.core.log_choice import choose
from ecsdeploy.core.service import ServiceDeployment, ServiceEvent
from ecsdeploy.core.task import Task
from ecsdeploy.events import FailureCard

FAILED: frozenset[Past] = frozenset({"rolled-back", "failed"})
AFTER = timedelta(minutes=2)
"""How long after the end of a deployment its tasks may still stop, and their last lines arrive."""
FORGOTTEN = "Not known any more: ECS keeps a stopped task for an hour only."


def last_failed(deployments: Sequence[ServiceDeployment]) -> ServiceDeployment | None:
    """Return the newest deployment that failed, or is failing; `deployments` are given newest first.

    Where no circuit breaker counted, one that was stopped may be one that `deploy` gave up.
    """
    found = zip(deployments, past(deployments), strict=True)
    return next(
        (each for each, kind in found if kind in FAILED or is_failing(each) or _may_have_failed(each, kind)), None
    )


def _may_have_failed(deployment: ServiceDeployment, kind: Past) -> bool:
    return kind == "stopped" and not deployment.threshold


def is_failing(deployment: ServiceDeployment) -> bool:
    """Return whether a deployment goes on, and its tasks fail or it is rolled back."""
    return deployment.ongoing and (deployment.failures > 0 or "ROLLBACK" in deployment.status)


def ended(deployment: ServiceDeployment, kind: Past, *, failed: bool) -> str:
    """Return how a deployment ended, or how far it is, to continue a sentence that begins with it.

    `failed`: tasks of it are known that did. ECS does not keep who asked it to stop one, a person or a `deploy` that
    gave it up, and counts no failed tasks without a circuit breaker.
    """
    match kind:
        case "in-flight":
            return "is failing" if is_failing(deployment) else "is in flight"
        case "rolled-back":
            return "failed, and ECS rolled back"
        case "stopped":
            return "failed, and was stopped" if failed else "was stopped before it was done"
        case "superseded":
            return "was replaced by a newer one"
        case _:
            return kind


def is_blameless(deployment: ServiceDeployment, kind: Past) -> bool:
    """Return whether a deployment did not fail and ECS counted no failed task of it: there is nothing to explain."""
    return kind not in FAILED and not is_failing(deployment) and not deployment.failures


def of_deployment(tasks: Iterable[Task], deployment: ServiceDeployment, task_definition: str) -> list[Task]:
    """Return the tasks of a deployment that failed, newest first: those of its revision from its time."""
    return [
        task
        for task in failures(tasks)
        if task.task_definition == task_definition and _is_within(task.created_at, deployment)
    ]


def _is_within(at: datetime | None, deployment: ServiceDeployment) -> bool:
    begun, over = deployment.created_at, deployment.finished_at
    return at is not None and (begun is None or at >= begun) and (over is None or at <= over)


def without_tasks(
    deployment: ServiceDeployment, events: Iterable[ServiceEvent], logs: Mapping[str, Sequence[str]]
) -> FailureCard:
    """Return what is left to say of a deployment whose tasks ECS no longer has.

    `events` are the service's, newest first; `logs` are the lines of each task that wrote any at that time, by the
    task's id, the last one last.
    """
    said = [event for event in events if _is_within(event.at, deployment)]
    found = next((cause for event in said if (cause := explain_event(event.message)) is not None), None)
    task, lines = (list(logs.items()) or [("", ())])[-1]
    return FailureCard(
        task=task,
        stop_code="",
        stopped_reason=deployment.rollback_reason or deployment.reason,
        containers=(),
        cause=found.cause if found is not None else FORGOTTEN,
        fix=found.fix if found is not None else _fix(task),
        log_lines=tuple(choose(list(lines))),
        part="whole",
    )


def _fix(task: str) -> str:
    if task:
        return "The log is what its last task wrote. Deploy again to see more, and explain it within the hour."
    return "Its tasks left no log of that time. Deploy again, and explain it within the hour."
