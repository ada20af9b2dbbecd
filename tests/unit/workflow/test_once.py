"""Writes that are sent once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from ecsdeploy.workflow.once import send_once

from ecsdeploy.errors import AwsError, PermissionDenied, Unreachable
from tests.unit.fakes import FakeClock

LOST = Unreachable("AWS does not answer.", code="ConnectionClosedError", operation="UpdateService")
BUSY = AwsError("AWS refused it.", code="ClientException", operation="UpdateService", message="Too many")


@dataclass
class Clocked:
    """As much of a run as is asked for."""

    clock: FakeClock = field(default_factory=FakeClock)


def sending(*answers: str | Exception) -> tuple[Callable[[], str], list[str]]:
    """Return what sends and gets `answers`, the last one for ever; and how often it did."""
    sent: list[str] = []
    left: Iterator[str | Exception] = iter(answers)

    def send() -> str:
        answer = next(left, answers[-1])
        sent.append("sent")
        if isinstance(answer, Exception):
            raise answer
        return answer

    return send, sent


def test_an_answer_is_returned() -> None:
    run: Any = Clocked()
    send, sent = sending("made")
    assert send_once(run, send, lambda: pytest.fail("nothing is in doubt")) == "made"
    assert sent == ["sent"]


def test_what_arrived_is_not_sent_again() -> None:
    run: Any = Clocked()
    send, sent = sending(LOST)
    assert send_once(run, send, lambda: "found") == "found"
    assert sent == ["sent"]


def test_what_did_not_arrive_is_sent_again() -> None:
    run: Any = Clocked()
    send, sent = sending(LOST, LOST, "made")
    assert send_once(run, send, lambda: None) == "made"
    assert len(sent) == 3


def test_an_error_that_passes_is_waited_for() -> None:
    run: Any = Clocked()
    send, _ = sending(BUSY, "made")
    assert send_once(run, send, lambda: None, passes=lambda error: error is BUSY) == "made"


@pytest.mark.parametrize("error", [BUSY, PermissionDenied("no", action="ecs:UpdateService")])
def test_any_other_error_is_the_end(error: Exception) -> None:
    run: Any = Clocked()
    send, sent = sending(error)
    with pytest.raises(type(error)):
        send_once(run, send, lambda: None)
    assert sent == ["sent"]


def test_after_a_minute_it_gives_up() -> None:
    run: Any = Clocked()
    send, _ = sending(LOST)
    with pytest.raises(Unreachable):
        send_once(run, send, lambda: None)
    assert 60 <= run.clock.seconds <= 64
