"""Where a deployment's time went, and what would save how much."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.amounts import TimePart, TimeSaving
from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.spent import time_spent
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task
from ecsdeploy.events import TimeSpent
from tests.unit.core.builders import AT, target

CHECK = {"command": ["CMD", "true"]}
BALANCED = {"raw": {"loadBalancers": [{"targetGroupArn": "arn", "containerName": "hello", "containerPort": 3000}]}}


def at(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def task(name: str, created: float, **times: datetime | None) -> Task:
    """Return a task: 8 s until its image is pulled, 6 s of that, and 1 s to start."""
    ready = Task(
        arn=f"arn:aws:ecs:us-east-1:123456789012:task/hello/{name}",
        status="RUNNING",
        desired_status="RUNNING",
        health="HEALTHY",
        task_definition="arn:aws:ecs:us-east-1:123456789012:task-definition/hello:2",
        started_by="ecs-svc/1",
        group="service:hello",
        stop_code="",
        stopped_reason="",
        containers=(),
        interface="",
        created_at=at(created),
        started_at=at(created + 15),
        stopping_at=None,
        stopped_at=None,
        pull_started_at=at(created + 8),
        pull_stopped_at=at(created + 14),
    )
    return replace(ready, **times)  # type: ignore[arg-type]


def old(stopping: float, gone: float | None = None) -> Task:
    """Return a task that was replaced."""
    return task("old", -5000, stopping_at=at(stopping), execution_stopped_at=at(gone) if gone is not None else None)


def deployment(ended: float | None) -> ServiceDeployment:
    return ServiceDeployment(
        arn="arn",
        status="SUCCESSFUL",
        reason="",
        target_revision="",
        created_at=AT,
        finished_at=at(ended) if ended is not None else None,
    )


def spent(new: list[Task], olds: list[Task], ended: float | None, of: Target | None = None) -> TimeSpent:
    found = time_spent(new, olds, deployment(ended), of or target())
    assert found is not None
    return found


def parts(found: TimeSpent) -> dict[str, float]:
    return {part.name: round(part.seconds, 3) for part in found.parts}


def tables(**task_table: Any) -> Target:
    return target(task={"port": 3000, **task_table})


def test_the_task_that_started_last_tells_where_the_time_went() -> None:
    found = spent([task("a", 0.5), task("b", 20)], [old(30), old(75)], 80, tables())

    assert found.seconds == 80
    assert found.parts == (
        TimePart("waiting", 20, "until ECS created the last task"),
        TimePart("provisioning", 8),
        TimePart("pull", 6),
        TimePart("start", 1),
        TimePart("healthy", 40, "no health check: ECS waits 40 s"),
        TimePart("stopping", 5),
    )
    assert [state.task for state in found.tasks] == ["b", "a", "old", "old"]


def test_tasks_that_are_created_at_once_were_not_waited_for() -> None:
    assert parts(spent([task("a", 0.5)], [], 56)) == {"provisioning": 8.5, "pull": 6, "start": 1, "healthy": 40.5}


def test_a_time_that_ecs_does_not_give_joins_two_parts() -> None:
    bare = task("a", 0.5, pull_started_at=None, pull_stopped_at=None)

    assert parts(spent([bare], [], 56)) == {"start": 15.5, "healthy": 40.5}


def test_an_older_view_without_an_end_ends_with_the_last_thing_that_happened() -> None:
    assert spent([task("a", 0.5)], [old(55)], None).seconds == 55


@pytest.mark.parametrize("new", [[], [task("a", 1, started_at=None)]])
def test_without_a_task_that_started_nothing_is_said(new: list[Task]) -> None:
    assert time_spent(new, [], deployment(50), target()) is None
    assert time_spent([task("a", 1)], [], replace(deployment(50), created_at=None), target()) is None


def test_a_service_without_a_health_check_is_told_what_one_would_save() -> None:
    assert spent([task("a", 0)], [old(55)], 56, tables()).savings == (
        TimeSaving(
            35,
            "without a health check ECS waits 40 s until a task counts as healthy",
            'a [task.health_check] with interval = "5s" that passes at once',
        ),
    )


def test_a_health_check_that_is_asked_seldom_costs_its_interval() -> None:
    of = tables(health_check={**CHECK, "interval": "30s"})

    assert spent([task("a", 0)], [old(46)], 47, of).savings == (
        TimeSaving(
            20.0,
            "the health check is asked first after its interval of 30 s",
            '[task.health_check] interval = "10s"',
        ),
    )


def test_a_health_check_that_is_asked_often_costs_nothing() -> None:
    assert spent([task("a", 0)], [old(25)], 26, tables(health_check={**CHECK, "interval": "10s"})).savings == ()


@pytest.mark.parametrize(
    ("drained", "why", "saved"),
    [
        (301, "deregistration delay 300 s", 270),
        (60, "the load balancer waits for old requests", 30),
        (20, "", 0),
    ],
)
def test_a_load_balancer_that_drains_long_is_told(drained: float, why: str, saved: float) -> None:
    of = target(task={"port": 3000}, service=BALANCED)
    found = spent([task("a", 0)], [old(20)], 20 + drained, of)

    assert parts(found)["draining"] == drained
    change = "the target group's deregistration_delay.timeout_seconds = 30"
    assert found.savings == ((TimeSaving(saved, why, change),) if why else ())


def test_a_long_pull_is_told() -> None:
    slow = task("a", 0, pull_stopped_at=at(30), started_at=at(31))
    of = tables(health_check={**CHECK, "interval": "10s"})

    assert spent([slow], [], 42, of).savings == (
        TimeSaving(11, "the image pull took 22 s", "an image of half the size"),
    )


def test_old_tasks_that_were_waited_for_and_killed_are_told() -> None:
    """One at a time: the old task has to be gone before the new one is created."""
    of = tables(health_check={**CHECK, "interval": "5s"})

    assert spent([task("a", 31)], [old(0.5, 30.6)], 52, of).savings == (
        TimeSaving(
            28.1,
            "the old tasks took 30 s to stop: they ignore SIGTERM until stop_timeout",
            "end on SIGTERM, or lower [task] stop_timeout",
        ),
    )


def test_old_tasks_that_nobody_waited_for_cost_nothing() -> None:
    of = tables(health_check={**CHECK, "interval": "5s"})

    assert spent([task("a", 0)], [old(21, 51)], 22, of).savings == ()


MOMENTS = st.none() | st.floats(-20, 200).map(at)


@given(MOMENTS, MOMENTS, MOMENTS, st.floats(-20, 200).map(at), MOMENTS, MOMENTS, st.floats(0, 200))
def test_the_parts_add_up_to_the_whole(
    created: datetime | None,
    pulling: datetime | None,
    pulled: datetime | None,
    started: datetime,
    stopping: datetime | None,
    gone: datetime | None,
    ended: float,
) -> None:
    new = task("a", 0, created_at=created, pull_started_at=pulling, pull_stopped_at=pulled, started_at=started)
    found = spent([new], [task("o", -99, stopping_at=stopping, execution_stopped_at=gone)], ended, tables())

    assert all(part.seconds > 0 for part in found.parts)
    assert sum(part.seconds for part in found.parts) == pytest.approx(found.seconds, abs=1e-3)
    assert all(2 <= saving.seconds <= found.seconds for saving in found.savings)
