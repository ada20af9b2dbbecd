"""What would have made a deployment faster: estimates from its own times and the config, the largest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from ecsdeploy.amounts import TimePart, TimeSaving
from ecsdeploy.core.course import Course
from ecsdeploy.core.serving import HEALTHY_SECONDS, is_balanced, is_checked
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task

WORTH = 2.0
"""Seconds; what saves less is not worth a change."""
FIRST_CHECK = 5
"""The shortest interval of a health check in seconds, after which it is asked first (ECS API, HealthCheck.interval)."""
OFTEN = 10
"""An interval that costs a small container nothing that one notices."""
DELAY, SHORT_DELAY = 300, 30
"""Seconds: a target group's own deregistration delay (Elastic Load Balancing API), and one for short requests."""
SLOW_PULL = 10.0
PROMPT = 2.0
"""A program that handles SIGTERM is gone within these seconds."""


def savings(parts: Sequence[TimePart], old: Sequence[Task], course: Course, target: Target) -> tuple[TimeSaving, ...]:
    """Return what would save how much of a deployment's `parts`; `old` are the tasks that it replaced."""
    spent = {part.name: part.seconds for part in parts}
    found = (
        *_checking(spent.get("healthy", 0.0), target),
        *_pulling(spent.get("pull", 0.0)),
        *_draining(spent.get("draining", 0.0)),
        *_stopping(old, course, target),
    )
    return tuple(sorted((each for each in found if each.seconds >= WORTH), key=lambda each: -each.seconds))


def _checking(seconds: float, target: Target) -> Iterator[TimeSaving]:
    check = target.config.task.health_check
    if check is not None and check.interval > OFTEN and seconds >= check.interval - PROMPT:
        yield TimeSaving(
            min(check.interval, seconds) - OFTEN,
            f"the health check is asked first after its interval of {check.interval} s",
            f'[task.health_check] interval = "{OFTEN}s"',
        )
    if not is_checked(target) and not is_balanced(target):
        yield TimeSaving(
            min(seconds, HEALTHY_SECONDS) - FIRST_CHECK,
            f"without a health check ECS waits {HEALTHY_SECONDS:.0f} s until a task counts as healthy",
            f'a [task.health_check] with interval = "{FIRST_CHECK}s" that passes at once',
        )


def _pulling(seconds: float) -> Iterator[TimeSaving]:
    if seconds >= SLOW_PULL:
        yield TimeSaving(seconds / 2, f"the image pull took {seconds:.0f} s", "an image of half the size")


def _draining(seconds: float) -> Iterator[TimeSaving]:
    if seconds > SHORT_DELAY:
        known = f"deregistration delay {DELAY} s" if seconds >= DELAY else "the load balancer waits for old requests"
        yield TimeSaving(
            min(seconds, DELAY) - SHORT_DELAY,
            known,
            f"the target group's deregistration_delay.timeout_seconds = {SHORT_DELAY}",
        )


def _stopping(old: Sequence[Task], course: Course, target: Target) -> Iterator[TimeSaving]:
    """Yield what old tasks that were killed cost, as far as the deployment waited for them."""
    timeout = target.config.task.stop_timeout
    waits = [(course.began, course.created), (course.healthy, course.ended)]
    for begin, end in _killed(old, timeout):
        seconds = (end - begin).total_seconds()
        waited = sum(_overlap(begin, end, *wait) for wait in waits)
        if not is_balanced(target) and waited >= WORTH:
            yield TimeSaving(
                min(seconds - PROMPT, waited, course.seconds),
                f"the old tasks took {seconds:.0f} s to stop: they ignore SIGTERM until stop_timeout",
                "end on SIGTERM, or lower [task] stop_timeout",
            )
            return


def _killed(old: Sequence[Task], timeout: int) -> list[tuple[datetime, datetime]]:
    """Return when tasks that needed the whole stop timeout began to stop and were gone, the longest first."""
    stops = [
        (task.stopping_at, task.execution_stopped_at)
        for task in old
        if task.stopping_at is not None and task.execution_stopped_at is not None
    ]
    slow = [(begin, end) for begin, end in stops if (end - begin).total_seconds() >= timeout - PROMPT / 2]
    return sorted(slow, key=lambda stop: stop[0] - stop[1])


def _overlap(begin: datetime, end: datetime, from_: datetime, to: datetime | None) -> float:
    """Return how many seconds of the one time lie in the other."""
    return max(0.0, (min(end, to) - max(begin, from_)).total_seconds()) if to is not None else 0.0
