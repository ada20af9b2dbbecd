"""When as many tasks run as were asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecsdeploy.core.counting import Awaits, judge_count, still
from ecsdeploy.core.service import Service
from tests.unit.core import builders as a

RUNS = a.service().task_definition


def service(desired: int, running: int, *, moving: bool = False, **changed: Any) -> Service:
    (primary,) = a.service().deployments
    primary = replace(primary, rollout_state="IN_PROGRESS" if moving else "COMPLETED")
    return a.service(desired=desired, running=running, deployments=(primary,), **changed)


def kind(now: Service | None, wanted: Awaits, waited: float = 0.0) -> str | None:
    verdict = judge_count(now, wanted, waited=waited)
    return verdict.kind if verdict is not None else None


@pytest.mark.parametrize("wanted", [Awaits(count=3), Awaits(count=3, task_definition=RUNS)])
def test_it_waits_until_that_many_run(wanted: Awaits) -> None:
    assert kind(service(3, 2), wanted) is None
    assert kind(service(3, 4), wanted) is None
    assert kind(service(3, 3, pending=1), wanted) is None
    assert kind(None, wanted) is None
    assert kind(service(3, 3), wanted) == "succeeded"


def test_none_is_what_was_asked_for_or_proves_nothing() -> None:
    assert kind(service(0, 0), Awaits(count=0)) == "succeeded"
    assert kind(service(0, 0), Awaits(count=0, task_definition=RUNS)) == "empty"


@pytest.mark.parametrize(
    ("desired", "running", "found"), [(3, 5, "succeeded"), (3, 2, None), (0, 1, None), (0, 0, "succeeded")]
)
def test_while_a_deployment_is_under_way_there_may_be_more(desired: int, running: int, found: str | None) -> None:
    now = service(desired, running, moving=True, pending=1 if desired else 0)
    assert kind(now, Awaits(count=desired)) == found


def test_a_count_from_before_the_update_is_no_answer_and_one_that_stays_is_somebody_elses() -> None:
    assert kind(service(1, 1), Awaits(count=3), waited=14) is None
    assert kind(service(1, 1), Awaits(count=3), waited=15) == "superseded"
    assert kind(service(1, 1), Awaits(count=3, task_definition=RUNS), waited=15) == "succeeded"


def test_another_revision_matters_only_where_one_was_asked_for() -> None:
    (primary,) = a.service().deployments
    now = a.service(deployments=(replace(primary, task_definition="hello:9"),))
    assert kind(now, Awaits(count=1, task_definition=RUNS)) == "superseded"
    assert kind(now, Awaits(count=1)) == "succeeded"


def test_how_far_it_has_come() -> None:
    assert still(1, 3) == "1 of 3 tasks run"
    assert still(1, 0) == "1 task still run, of 0"
    assert still(4, 2) == "4 tasks still run, of 2"
