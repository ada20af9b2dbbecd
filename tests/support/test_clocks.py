"""The clocks that other tests hold: what passes, when, and for whom."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from ecsdeploy.sandbox.runtime.agenda import Agenda
from tests.support.clocks import A_WHILE, BESIDE, WORKERS, Door, FarTime, SteppedClock, ToolClock, running

SCHEDULER, TASKS = WORKERS


class Scheduler:
    """Notes what is so at each of its moments, `every` so many seconds."""

    def __init__(self, clock: SteppedClock, every: float) -> None:
        self.noted: list[tuple[float, bool]] = []
        self.over = threading.Event()
        self.seen = threading.Event()
        self._clock = clock
        self._every = every
        self._thread = threading.Thread(target=self._run, name=SCHEDULER)
        self._thread.start()

    def _run(self) -> None:
        began = self._clock.now()
        while not self._clock.wait(self.over, self._every):
            self.noted.append((round(self._clock.now() - began, 4), self.seen.is_set()))

    def close(self) -> None:
        self.over.set()
        self._thread.join()


@contextmanager
def workers(clock: SteppedClock, every: float = 0.5) -> Iterator[tuple[Agenda, Scheduler]]:
    agenda, scheduler = Agenda(clock, TASKS), Scheduler(clock, every)
    clock.pass_time(0)  # until both wait
    try:
        yield agenda, scheduler
    finally:
        scheduler.close()
        agenda.close()


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


def test_what_is_due_earlier_is_done_earlier_however_long_it_takes(clock: SteppedClock) -> None:
    with workers(clock) as (agenda, scheduler):

        def slow() -> None:
            time.sleep(0.05)  # noqa: TID251 - a busy machine
            scheduler.seen.set()

        agenda.after(0.9, slow)
        clock.pass_time(1.2)
        assert scheduler.noted == [(0.5, False), (1.0, True)]


def test_what_follows_from_what_is_done_is_done_in_the_same_time(clock: SteppedClock) -> None:
    done: list[float] = []
    with workers(clock) as (agenda, _scheduler):
        began = clock.now()

        def again() -> None:
            done.append(round(clock.now() - began, 2))
            agenda.after(0.1, again)

        agenda.after(0.1, again)
        clock.pass_time(0.35)
        assert done == [0.1, 0.2, 0.3]


def test_no_time_passes_by_itself(clock: SteppedClock) -> None:
    with workers(clock) as (_agenda, scheduler):
        time.sleep(0.02)  # noqa: TID251 - a busy machine
        assert scheduler.noted == []


def test_who_calls_sees_another_time_each_time_and_never_one_that_is_not_due(clock: SteppedClock) -> None:
    with workers(clock, every=0.0105) as (_agenda, scheduler):
        began = clock.now()
        seen = [clock.now() - began for _ in range(20)]
        assert seen == sorted(set(seen))
        assert seen[5] == pytest.approx(0.006, abs=1e-5)
        clock.pass_time(0)
        assert scheduler.noted[0][0] == pytest.approx(0.0105, abs=1e-4)


def test_it_can_be_stopped(clock: SteppedClock) -> None:
    with workers(clock) as (_agenda, scheduler):
        with clock.stopped():
            clock.pass_time(5)
            assert scheduler.noted == []
        clock.pass_time(1)
        assert [at for at, _ in scheduler.noted] == [0.5, 1.0]


def test_a_connection_waits_in_real_time(clock: SteppedClock) -> None:
    assert not clock.wait(threading.Event(), 0.001)


def test_it_can_run_for_who_does_not_know_of_it(clock: SteppedClock) -> None:
    with workers(clock, every=0.01) as (_agenda, scheduler), running(clock, 100):
        while len(scheduler.noted) < 3:
            time.sleep(0.001)  # noqa: TID251 - waits for another thread


def test_while_nothing_is_due_for_long_it_stands_still(clock: SteppedClock) -> None:
    with workers(clock, every=A_WHILE + 10) as (agenda, scheduler):
        began, done = clock.now(), threading.Event()
        agenda.after(1, done.set)
        with running(clock, 1000):
            assert done.wait(60)
            time.sleep(0.05)  # noqa: TID251 - a machine that does not get to looking
        assert clock.now() - began < 2
        assert scheduler.noted == []


def passed() -> tuple[list[float], ToolClock]:
    slept: list[float] = []

    def pass_time(seconds: float) -> float:
        slept.append(seconds)
        return sum(slept)

    return slept, ToolClock(pass_time)


def test_the_tools_clock_stands_while_it_works() -> None:
    slept, clock = passed()
    before = clock.monotonic()
    time.sleep(0.01)  # noqa: TID251 - a busy machine
    assert clock.monotonic() == before
    clock.sleep(1.5)
    clock.sleep(-1)
    assert (clock.monotonic() - before, slept) == (1.5, [1.5])
    assert clock.now().timestamp() == 1.5


def test_waits_of_several_threads_pass_side_by_side() -> None:
    slept, clock = passed()
    together = threading.Barrier(3)

    def wait(seconds: float) -> None:
        together.wait()
        clock.sleep(seconds)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(wait, (4.0, 5.0, 6.0)))
    assert clock.monotonic() == sum(slept) == pytest.approx(6.0)


def test_who_asks_beside_the_command_has_asked_once_when_a_wait_is_over() -> None:
    _slept, clock = passed()
    over, asked = threading.Event(), []

    def ask() -> None:
        while not over.is_set():
            time.sleep(0.02)  # noqa: TID251 - a busy machine
            asked.append(clock.monotonic())
            clock.sleep(0.25)

    thread = threading.Thread(target=ask, name=BESIDE)
    thread.start()
    clock.sleep(1.5)
    assert asked[:1] == [0.0]
    over.set()
    thread.join()
    assert clock.monotonic() == 1.5


def test_another_process_can_let_time_pass(clock: SteppedClock) -> None:
    with workers(clock) as (_agenda, scheduler):
        door = Door(clock)
        far = FarTime(door.port)
        before = far.pass_time(0)
        assert far.pass_time(1.2) == pytest.approx(before + 1.2, abs=0.01)
        assert [at for at, _ in scheduler.noted] == [0.5, 1.0]
        far.close()
        door.close()
