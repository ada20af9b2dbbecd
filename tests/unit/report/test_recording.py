"""What is kept of a run, and what becomes of it at the end."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from ecsdeploy.core.record import Problem, Record
from ecsdeploy.errors import Refused
from ecsdeploy.events import (
    BuildLine,
    Event,
    LayerProgress,
    LogLine,
    Note,
    Outcome,
    RolloutState,
    Snapshot,
    TaskState,
    Warn,
)
from ecsdeploy.report import Reporter
from ecsdeploy.report.plain import PlainReporter
from ecsdeploy.report.recording import Recording
from tests.support.clocks import FakeClock
from tests.unit.core.builders import target
from tests.unit.report.records import START


class Screen(PlainReporter):
    """Plain lines in memory."""

    def __init__(self) -> None:
        self.text = io.StringIO()
        super().__init__(self.text, self.text)


class Broken:
    """A sink that cannot be written."""

    name = "The report run.html"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __call__(self, record: Record) -> None:
        raise self.error


class Taken:
    """A sink that keeps the record."""

    name = "The report run.json"

    def __init__(self) -> None:
        self.records: list[Record] = []

    def __call__(self, record: Record) -> None:
        self.records.append(record)


def recording(shown: Reporter | None = None) -> tuple[Recording, FakeClock]:
    clock = FakeClock()
    return Recording(shown or Screen(), clock, "deploy"), clock


def kept(*events: Event) -> tuple[Event, ...]:
    report, _ = recording()
    report(*events)
    return report.record(0, None).events


def test_everything_is_shown_and_kept_with_its_time() -> None:
    screen = Screen()
    report, clock = recording(screen)
    report(Note("begins"))
    clock.sleep(2)
    report(Warn("careful"))
    report.error(Refused("Refused.", why="Because.", fix="Do it."))
    clock.sleep(1)
    found = report.record(3, target())

    assert screen.text.getvalue() == "begins\nwarning: careful\nerror: Refused.\n  Because.\n  Do it.\n"
    assert [(entry.at - found.started_at, entry.event) for entry in found.entries] == [
        (timedelta(0), Note("begins")),
        (timedelta(seconds=2), Warn("careful")),
    ]
    assert found.ended_at - found.started_at == timedelta(seconds=3)
    assert (found.command, found.exit_code, found.error) == ("deploy", 3, Problem("Refused.", "Because.", "Do it."))
    assert found.about is not None
    assert (found.about.app, found.about.cluster, found.about.region) == ("hello", "hello", "us-east-1")
    assert report.ask("Really?") is None


def test_what_only_moves_is_not_kept() -> None:
    assert kept(LayerProgress("5f70", "Pushing", 1, 2), Snapshot(START, (), live=True), Note("kept")) == (Note("kept"),)


def test_of_the_tasks_in_the_counts_those_that_changed_are_kept() -> None:
    first, second = TaskState("a", "PENDING"), TaskState("b", "PENDING")
    now = TaskState("a", "RUNNING")

    def counts(*tasks: TaskState) -> RolloutState:
        return RolloutState("d", "IN_PROGRESS", 2, 0, 2, tasks=tasks)

    assert kept(counts(first, second), counts(now, second), now) == (first, second, counts(), now, counts())


def test_of_very_many_the_first_and_the_last_are_kept_and_the_rest_is_counted() -> None:
    report, _ = recording()
    report(Note("begins"))
    for number in range(10_000):
        report(LogLine(START, "a", "hello", f"line {number}"), TaskState("a", f"STATUS {number}"))
    report(Outcome(True, "Done."))
    found = report.record(0, None)

    assert found.events[0] == Note("begins")
    assert found.events[-1] == Outcome(True, "Done.")
    assert [found.logs[each].text for each in (0, 499, 500, -1)] == ["line 0", "line 499", "line 8500", "line 9999"]
    assert found.left_out == {"LogLine": 8_000, "TaskState": 6_000}
    assert len(found.entries) == 2 + 2_000 + 4_000


@pytest.mark.parametrize("event", [LogLine(START, "a", "hello", "x" * 10_000), BuildLine("x" * 10_000)])
def test_a_line_that_is_too_long_is_cut(event: LogLine | BuildLine) -> None:
    (found,) = kept(event)

    assert isinstance(found, LogLine | BuildLine)
    assert found.text == "x" * 4_000 + " ... (6000 more characters)"


def test_a_sink_that_fails_is_told_of_and_the_others_still_get_the_record() -> None:
    screen, taken = Screen(), Taken()
    report, _ = recording(screen)
    report.sinks.extend([Broken(OSError(28, "No space left on device")), Broken(ValueError("odd")), taken])
    report.deliver(4, None)

    assert [record.exit_code for record in taken.records] == [4]
    assert screen.text.getvalue() == (
        "warning: The report run.html was not written: No space left on device.\n"
        "warning: The report run.html was not written: ValueError: odd.\n"
    )
