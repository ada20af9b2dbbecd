"""Which task may be stopped, and what users saw."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ecsdeploy.core.chaos import Sample, choose, require_steady, summarise
from ecsdeploy.core.service import Deployment
from ecsdeploy.errors import Refused
from tests.unit.core import builders as a


def test_the_oldest_unprotected_task_is_chosen() -> None:
    young, old = a.task(1), a.task(2, started_at=a.AT - timedelta(hours=1))
    assert choose([young, old], set(), "").arn == old.arn
    assert choose([young, old], {old.arn}, "").arn == young.arn
    with pytest.raises(Refused, match="protected"):
        choose([young, old], {young.arn, old.arn}, "")


def test_a_task_can_be_named_by_the_start_of_its_id() -> None:
    tasks = [a.task(0xAB << 112), a.task(0xAC << 112)]
    prefix = tasks[1].id[:18]
    assert choose(tasks, set(), prefix).arn == tasks[1].arn
    with pytest.raises(Refused, match="More than one"):
        choose(tasks, set(), "0")
    with pytest.raises(Refused, match="No running"):
        choose(tasks, set(), "fff")
    with pytest.raises(Refused, match="protected"):
        choose(tasks, {tasks[1].arn}, prefix)


def test_the_last_healthy_task_of_several_is_never_stopped() -> None:
    tasks = [a.task(1), a.task(2, health="UNHEALTHY", started_at=a.AT + timedelta(hours=1))]
    with pytest.raises(Refused, match="last healthy"):
        choose(tasks, set(), "")
    assert choose(tasks, {tasks[0].arn}, "").arn == tasks[1].arn
    assert choose([a.task(1)], set(), "").arn == a.task(1).arn


def test_a_deployment_in_flight_is_left_alone() -> None:
    moving = Deployment(
        id="ecs-svc/2", status="PRIMARY", task_definition="x", desired=1, running=0, pending=1, failed=0,
        rollout_state="IN_PROGRESS", rollout_reason="",
    )  # fmt: skip
    require_steady(a.service())
    for deployments in ((moving,), (moving, a.service().deployments[0])):
        with pytest.raises(Refused, match="in flight"):
            require_steady(a.service(deployments=deployments))


def test_an_outage_lasts_until_the_next_good_answer() -> None:
    samples = [
        Sample(0, 0.1),
        Sample(1, 0.1, "refused"),
        Sample(2, 0.1, "refused"),
        Sample(4, 0.1),
        Sample(5, 1, "late"),
    ]
    seen = summarise(samples)
    assert (seen.requests, seen.failed, seen.longest_outage, seen.first_problem) == (5, 3, 3, "refused")


def test_without_failures_there_was_no_outage() -> None:
    seen = summarise([Sample(0, 0.1), Sample(1, 0.1)])
    assert (seen.failed, seen.longest_outage) == (0, 0)
