"""The one loop that sleeps."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from ecsdeploy.errors import Unreachable
from ecsdeploy.poll import DeadlineReached, poll
from tests.support.clocks import FakeClock


def no_answer() -> Unreachable:
    return Unreachable("AWS does not answer.", code="x", operation="y")


def test_it_reads_until_there_is_a_verdict() -> None:
    clock, numbers = FakeClock(), itertools.count()
    assert poll(lambda: next(numbers), lambda n: n if n == 3 else None, clock=clock, every=2) == 3
    assert clock.slept == [2, 2, 2]


def test_the_time_a_read_takes_is_part_of_the_interval() -> None:
    clock, numbers = FakeClock(), itertools.count()

    def slow() -> int:
        clock.seconds += 1.5
        return next(numbers)

    poll(slow, lambda n: n if n == 1 else None, clock=clock, every=2)
    assert clock.slept == [0.5]


def test_the_deadline_is_kept() -> None:
    clock = FakeClock()
    with pytest.raises(DeadlineReached):
        poll(lambda: None, lambda _: None, clock=clock, every=2, deadline=5)
    assert clock.seconds == 5


def test_reads_without_an_answer_are_tried_again_for_a_while() -> None:
    answers: Iterator[Unreachable | str] = iter([no_answer(), no_answer(), "yes"])

    def read() -> str:
        answer = next(answers)
        if isinstance(answer, Unreachable):
            raise answer
        return answer

    assert poll(read, lambda text: text, clock=FakeClock(), every=2) == "yes"


def test_but_not_for_ever() -> None:
    clock = FakeClock()

    def read() -> None:
        raise no_answer()

    with pytest.raises(Unreachable):
        poll(read, lambda _: None, clock=clock, every=2, patience=10)
    assert clock.seconds == 12


def test_at_the_deadline_a_read_without_an_answer_is_told_as_such() -> None:
    clock = FakeClock()

    def read() -> None:
        raise no_answer()

    with pytest.raises(Unreachable):
        poll(read, lambda _: None, clock=clock, every=2, deadline=5)
    assert clock.seconds == 5
