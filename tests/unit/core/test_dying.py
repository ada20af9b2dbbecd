"""Tasks that end after their deployment succeeded."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ecsdeploy.core.dying import failed_since, is_broken, restarted
from ecsdeploy.core.service import ServiceEvent
from ecsdeploy.core.task import Task
from tests.unit.core import builders as a

DONE = a.AT
REVISION = a.service().task_definition


def event(seconds: float, message: str = "(service hello) has started 1 tasks: (task abc).") -> ServiceEvent:
    return ServiceEvent(id="e", at=DONE + timedelta(seconds=seconds), message=message)


@pytest.mark.parametrize(
    ("events", "since", "suspicious"),
    [
        ((), DONE, False),
        ((event(-5),), DONE, False),
        ((event(5, "(service hello) has reached a steady state."),), DONE, False),
        ((event(5),), None, False),
        ((event(5),), DONE, True),
        ((event(5, "(service hello) has started 2 tasks: (task a) (task b)."), event(-5)), DONE, True),
    ],
)
def test_only_a_service_that_started_tasks_again_is_suspicious(
    events: tuple[ServiceEvent, ...], since: datetime | None, suspicious: bool
) -> None:
    assert restarted(a.service(events=events), since) is suspicious


def ended(seconds: float, **changed: object) -> Task:
    """Return a task that crashed so long after the deployment was done."""
    crashed = a.task(stop_code="EssentialContainerExited", stopped_at=DONE + timedelta(seconds=seconds))
    return replace(crashed, **{"task_definition": REVISION, "desired_status": "STOPPED", **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stopped", "running", "failed", "broken"),
    [
        ([], 1, 0, False),
        ([ended(9)], 2, 1, False),
        ([ended(9)], 1, 1, True),
        ([ended(9), ended(60)], 2, 2, True),
        ([ended(-9), ended(60)], 2, 1, False),
        ([ended(9, task_definition="another"), ended(60)], 2, 1, False),
        ([ended(9, stop_code="UserInitiated"), ended(60, stop_code="SpotInterruption")], 1, 0, False),
    ],
)
def test_it_takes_two_failures_or_a_task_that_is_missing(
    stopped: list[Task], running: int, failed: int, broken: bool
) -> None:
    found = failed_since(stopped, REVISION, DONE)

    assert len(found) == failed
    assert is_broken(a.service(desired=2, running=running), found) is broken
