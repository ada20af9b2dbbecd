"""An update of several steps that stops half-way says what of it was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ecsdeploy.changes import Change, Resource
from ecsdeploy.core.plan import Plan
from ecsdeploy.core.step import Ref, update
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.things.service import Awaited
from ecsdeploy.errors import PermissionDenied
from ecsdeploy.runtime import Journal
from ecsdeploy.workflow.apply import Applier
from ecsdeploy.workflow.settling import Settling
from tests.support.clocks import FakeClock
from tests.unit.workflow.fakes import FakeReporter
from tests.unit.workflow.hands import nothing_to_follow

SERVICE = Ref("service", "hello")
STEPS = (
    update(SERVICE, "ecs:TagResource", {}, (Change("tags.a", None, "1"),)),
    update(SERVICE, "ecs:UpdateService", {"desiredCount": 0}, (Change("desiredCount", 3, 0),)),
)
ANSWER = {"service": {"serviceArn": "arn", "serviceName": "hello", "status": "ACTIVE"}}


def applied(fails_at: str) -> tuple[Journal, FakeReporter]:
    """Return what a run has told that is not allowed to call `fails_at`."""
    journal, report = Journal(), FakeReporter()

    def write(call: str, parameters: Mapping[str, Any], *, once: bool) -> Mapping[str, Any]:
        if call == fails_at:
            raise PermissionDenied("no", action=call)
        return ANSWER

    looks: Any = None
    hands = Applier(
        write=write,
        look=looks,
        report=report,
        journal=journal,
        clock=FakeClock(),
        settling=Settling(),
        replan=lambda: pytest.fail("nobody was faster"),
        ask=lambda _: None,
        follow=nothing_to_follow,
        missing=lambda _, error: error,
    )
    plan = Plan(decisions=(Decision(ref=SERVICE, steps=STEPS),), awaited=Awaited(until="nothing"))
    if fails_at:
        with pytest.raises(PermissionDenied):
            hands.apply(plan)
    else:
        hands.apply(plan)
    return journal, report


def test_all_of_it_is_one_update() -> None:
    journal, report = applied("")
    assert (journal.done, journal.doing) == (["updated the service hello"], "")
    assert report.events == [Resource("service", "hello", "updated", tuple(c for step in STEPS for c in step.changes))]


def test_what_was_done_before_it_stopped_is_told() -> None:
    journal, report = applied("ecs:UpdateService")
    assert (journal.done, journal.doing) == (["changed tags.a of the service hello"], "updating service hello")
    (told,) = report.events
    assert isinstance(told, Resource)
    assert (told.action, [change.path for change in told.changes]) == ("updated", ["tags.a"])


def test_where_nothing_was_done_nothing_is_told() -> None:
    journal, _ = applied("ecs:TagResource")
    assert (journal.done, journal.doing) == ([], "updating service hello")
