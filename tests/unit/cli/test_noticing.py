"""What an interrupted run knows of its deployment: what was told of it last."""

from __future__ import annotations

from ecsdeploy.cli.noticing import Noticing
from ecsdeploy.events import Event, GaveUp, Note, RolloutState
from ecsdeploy.runtime import Journal
from tests.unit.workflow.fakes import FakeReporter

STATE = RolloutState("d1", "IN_PROGRESS", 2, 1, 1)


def test_it_keeps_the_last_state_and_that_it_was_given_up() -> None:
    shown, journal = FakeReporter(), Journal()
    events: list[Event] = [STATE, Note("x"), GaveUp("no retry can help", "Rolling back.")]
    Noticing(shown, journal)(*events)
    assert (journal.seen, journal.gave_up, shown.events) == (STATE, True, events)


def test_what_nobody_gave_up_is_not_taken_for_given_up() -> None:
    journal = Journal()
    Noticing(FakeReporter(), journal)(STATE)
    assert not journal.gave_up
