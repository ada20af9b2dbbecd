"""A run as a picture: a bar for each task, with its phases, and marks for what happened to the deployment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ecsdeploy.core.record import Entry, Record
from ecsdeploy.core.task_bar import Bar, Seen, bar, by_task, on_our_clock
from ecsdeploy.events import FailureCard, GaveUp, Outcome, RolloutState, TaskState, TimeSpent

MarkName = Literal["started", "first-failure", "gave-up", "rolling-back", "rolled-back", "done"]

_STATUSES: tuple[tuple[MarkName, frozenset[str], str], ...] = (
    ("rolling-back", frozenset({"ROLLBACK_IN_PROGRESS"}), "rolling back"),
    ("rolled-back", frozenset({"ROLLBACK_SUCCESSFUL"}), "rolled back"),
)
"""Marks at the first moment in one of the statuses of a service deployment (ECS API, ServiceDeployment.status)."""


@dataclass(frozen=True)
class Mark:
    """Something that happened to the deployment at one moment, with a few words for it."""

    name: MarkName
    at: datetime
    text: str


@dataclass(frozen=True)
class Chart:
    """The picture: from `begin` to `end`, bars in the order in which they begin, marks in that of their time."""

    begin: datetime
    end: datetime
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()


def chart(record: Record) -> Chart:
    """Return a run's picture; without bars and marks if it watched no deployment."""
    began = _began(record.entries)
    if began is None:
        return Chart(record.started_at, record.ended_at)
    tasks = by_task(on_our_clock(tuple(_seen(record.entries))))
    deployed = _deployed(record, tasks, began)
    drawn = (bar(each, began, record.ended_at, deployed) for each in tasks)
    bars = sorted((each for each in drawn if each), key=lambda each: (each.begin, each.new, each.task))
    marks = sorted(_marks(record, began, bars), key=lambda mark: mark.at)
    return Chart(began, record.ended_at, tuple(bars), tuple(marks))


def last_states(record: Record) -> tuple[TaskState, ...]:
    """Return each task as it was seen last, with all times that are known of it, in the order of first sight."""
    return tuple(seen[-1].task for seen in by_task(tuple(_seen(record.entries))))


def _began(entries: Iterable[Entry]) -> datetime | None:
    """Return when the deployment was first seen, less the time that it had been watched by then."""
    for entry in entries:
        if isinstance(entry.event, RolloutState):
            return entry.at - timedelta(seconds=entry.event.elapsed)
    return None


def _seen(entries: Iterable[Entry]) -> Iterator[Seen]:
    for entry in entries:
        match entry.event:
            case TaskState() as task:
                yield Seen(entry.at, task)
            case RolloutState(tasks=tasks) | TimeSpent(tasks=tasks):
                yield from (Seen(entry.at, task) for task in tasks)


def _deployed(record: Record, tasks: Iterable[Sequence[Seen]], began: datetime) -> str:
    """Return the deployment's revision: the outcome's, or that of the first task that was created since it began."""
    if record.outcome is not None and (told := record.outcome.facts.get("revision")):
        return told
    first = min((seen for seen in tasks if seen[-1].created >= began), key=lambda seen: seen[-1].created, default=None)
    return first[-1].task.revision if first is not None else ""


def _marks(record: Record, began: datetime, bars: Iterable[Bar]) -> Iterator[Mark]:
    yield Mark("started", began, "deployment began")
    if (failed := _first_failure(record.entries, bars)) is not None:
        yield failed
    turns = [_gave_up(record.entries)]
    turns += [(name, _first_in(record.entries, statuses), text) for name, statuses, text in _STATUSES]
    yield from (Mark(name, at, text) for name, at, text in turns if at is not None)
    end = next((each for each in reversed(record.entries) if isinstance(each.event, Outcome)), None)
    if end is not None and isinstance(end.event, Outcome):
        words = end.event.verdict.replace("-", " ") or ("done" if end.event.ok else "failed")
        if words not in [text for _, at, text in turns if at is not None]:
            yield Mark("done", end.at, words)


def _first_failure(entries: Iterable[Entry], bars: Iterable[Bar]) -> Mark | None:
    """Return the first failure of a task: when it began to stop, or else when it was told of."""
    cards = [(entry.at, entry.event) for entry in entries if isinstance(entry.event, FailureCard)]
    stopped = [(at, each.task) for each in bars if each.failed and (at := each.stopped) is not None]
    if not stopped and not cards:
        return None
    at, task = min(stopped) if stopped else (cards[0][0], cards[0][1].task)
    return Mark("first-failure", at, f"first failure, of task {task[:8]}")


def _gave_up(entries: Iterable[Entry]) -> tuple[MarkName, datetime | None, str]:
    """Return when this run gave the deployment up; else, when it was first seen that somebody had it stopped."""
    at = next((entry.at for entry in entries if isinstance(entry.event, GaveUp)), None)
    if at is not None:
        return "gave-up", at, "gave up"
    return "gave-up", _first_in(entries, frozenset({"STOP_REQUESTED", "ROLLBACK_REQUESTED"})), "rollback requested"


def _first_in(entries: Iterable[Entry], statuses: frozenset[str]) -> datetime | None:
    return next((e.at for e in entries if isinstance(e.event, RolloutState) and e.event.status in statuses), None)
