"""Where a deployment's time went, part after part, and what would save how much of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from ecsdeploy.amounts import TimePart
from ecsdeploy.core.course import Course, course
from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.serving import HEALTHY_SECONDS, is_balanced, is_checked
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task
from ecsdeploy.core.task_state import task_state
from ecsdeploy.core.time_savings import savings
from ecsdeploy.events import TaskState, TimeSpent

TOLD = 50
"""How many tasks of each kind are told of."""
A_MOMENT = 2.0
"""A deployment creates its first tasks within these seconds: no wait worth telling."""
NEVER = datetime.min.replace(tzinfo=UTC)


def time_spent(
    new: Sequence[Task], old: Sequence[Task], deployment: ServiceDeployment, target: Target
) -> TimeSpent | None:
    """Return where the time of a deployment that succeeded went, and what would save how much of it.

    `new` are its tasks, `old` those that it replaced, as ECS showed them last. None if ECS gave too few times: none of
    its tasks has started, or it has no beginning.
    """
    found = course(new, old, deployment)
    if found is None:
        return None
    parts = tuple(_parts(found, target))
    return TimeSpent(found.seconds, parts, savings(parts, old, found, target), (*_slowest(new), *_slowest(old)))


def _parts(found: Course, target: Target) -> Iterator[TimePart]:
    """Yield the parts between the moments; they add up to the whole, and a moment that is not known joins two."""
    waited = found.created is not None and (found.created - found.began).total_seconds() > A_MOMENT
    last = "draining" if is_balanced(target) else "stopping"
    moments = (
        ("waiting", found.created if waited else None),
        ("provisioning", found.pull_started),
        ("pull", found.pull_stopped),
        ("start", found.started),
        ("healthy", found.healthy),
        (last, found.ended),
    )
    at = found.began
    for name, moment in moments:
        if moment is None:
            continue
        end = min(max(moment, at), found.ended)
        if end > at:
            yield TimePart(name, (end - at).total_seconds(), _detail(name, target))
        at = end


def _detail(name: str, target: Target) -> str:
    check = target.config.task.health_check
    match name:
        case "waiting":
            return "until ECS created the last task"
        case "healthy" if check is not None:
            return f"a health check every {check.interval} s"
        case "healthy" if not is_checked(target) and not is_balanced(target):
            return f"no health check: ECS waits {HEALTHY_SECONDS:.0f} s"
        case "draining":
            return "the load balancer's deregistration delay"
        case _:
            return ""


def _slowest(tasks: Sequence[Task]) -> tuple[TaskState, ...]:
    """Return those that were ready, or stopped, last."""
    ordered = sorted(tasks, key=lambda task: (task.stopping_at or task.started_at or NEVER, task.arn), reverse=True)
    return tuple(map(task_state, ordered[:TOLD]))
