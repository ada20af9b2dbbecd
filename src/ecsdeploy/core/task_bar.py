"""One task as a bar of phases, from what was seen of it.

ECS's own times of a task are exact. Where it gives none (health, the end of draining), it is the moment at which the
change was seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from ecsdeploy.events import TaskState

PhaseName = Literal["provisioning", "pull", "start", "running", "unhealthy", "healthy", "draining", "stopping"]

APART = timedelta(seconds=30)
"""How far this machine's clock may be ahead of ECS's, which says when a deployment's tasks were created."""
REPLACED = "Scaling activity initiated by"
"""How the stopped reason begins where a deployment replaces a task (Developer Guide, stopped task error messages)."""
_LIVE: dict[str, PhaseName] = {
    "PROVISIONING": "provisioning",
    "PENDING": "pull",
    "ACTIVATING": "start",
    "RUNNING": "running",
}
_HEALTH: dict[str, PhaseName] = {"HEALTHY": "healthy", "UNHEALTHY": "unhealthy"}
_OVER = frozenset({"STOPPING", "DEPROVISIONING", "STOPPED"})

Turn = tuple[datetime, PhaseName]


@dataclass(frozen=True)
class Phase:
    """What a task did from `begin` to `end` (UTC); what goes on at the record's end ends there."""

    name: PhaseName
    begin: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        """Return how long it took."""
        return (self.end - self.begin).total_seconds()


@dataclass(frozen=True)
class Bar:
    """One task: its id, its revision (`family:number`), and its phases in order, without gaps.

    `new` says that it is one of the deployment's own; `failed` that it is, and was stopped by anything but a
    deployment. `note` is why it stopped.
    """

    task: str
    revision: str
    new: bool
    failed: bool
    phases: tuple[Phase, ...]
    note: str = ""

    @property
    def begin(self) -> datetime:
        """Return when its first phase began."""
        return self.phases[0].begin

    @property
    def end(self) -> datetime:
        """Return when its last phase ended."""
        return self.phases[-1].end

    @property
    def stopped(self) -> datetime | None:
        """Return when it began to stop; None if it did not."""
        return next((each.begin for each in self.phases if each.name in ("draining", "stopping")), None)


@dataclass(frozen=True)
class Seen:
    """A task as it was shown at one moment."""

    at: datetime
    task: TaskState

    @property
    def created(self) -> datetime:
        """Return when it was created, or else when this was seen."""
        return self.task.created_at or self.at


def on_our_clock(seen: Sequence[Seen]) -> Sequence[Seen]:
    """Return what was seen with ECS's times on this machine's clock: nothing can be seen before it happens."""
    nothing = timedelta(0)
    ahead = max((at - each.at for each in seen for at in _moments(each.task).values()), default=nothing)
    if ahead <= nothing:
        return seen
    return tuple(replace(each, task=_earlier(each.task, ahead)) for each in seen)


def by_task(seen: Sequence[Seen]) -> list[list[Seen]]:
    """Return what was seen of each task, in order; each time that is known stays known."""
    found: dict[str, list[Seen]] = {}
    for each in seen:
        before = found.setdefault(each.task.task, [])
        known = _moments(before[-1].task) if before else {}
        before.append(replace(each, task=_with(each.task, {**known, **_moments(each.task)})))
    return list(found.values())


def bar(seen: Sequence[Seen], began: datetime, ended: datetime, deployed: str) -> Bar | None:
    """Return a task's bar between two moments; None if nothing of it lies there.

    `seen` is in order, and its last one knows all times. `deployed` is the deployment's revision, "" if not known.
    """
    last = seen[-1].task
    new = seen[-1].created >= began - APART and deployed in ("", last.revision)
    over = last.stopped_at or next((each.at for each in seen if each.task.status == "STOPPED"), ended)
    phases = tuple(_phases(sorted(_turns(seen, began), key=lambda turn: turn[0]), began, min(over, ended)))
    if not phases:
        return None
    failed = new and bool(last.note) and not last.note.startswith(REPLACED)
    return Bar(last.task, last.revision, new, failed, phases, last.note)


def _turns(seen: Sequence[Seen], began: datetime) -> Iterator[Turn]:
    """Yield the moments at which the task's phases begin."""
    last = seen[-1].task
    stop = last.stopping_at or next((each.at for each in seen if _stops(each.task)), None)
    yield seen[0].created, "provisioning"
    exact: dict[PhaseName, datetime | None] = {
        "pull": last.pull_started_at,
        "start": last.pull_stopped_at,
        "running": last.started_at,
    }
    yield from ((at, name) for name, at in exact.items() if at is not None and (stop is None or at <= stop))
    for each in seen:
        if stop is not None and each.at >= stop:
            break
        name = _LIVE.get(each.task.status)
        if name in exact and not any(exact.values()):
            yield each.at, name
    yield from _health(seen, began, stop)
    if stop is not None:
        yield from _stopping(seen, stop)


def _health(seen: Sequence[Seen], began: datetime, stop: datetime | None) -> Iterator[Turn]:
    """Yield the changes of its health; what an older task is when it is first seen, it was before."""
    before: PhaseName = "running"
    for number, each in enumerate(seen):
        now = _HEALTH.get(each.task.health, before)
        if each.task.status != "RUNNING" or now == before or (stop is not None and each.at >= stop):
            continue
        before = now
        older = number == 0 and each.created < began
        yield max(began, each.task.started_at or began) if older else each.at, now


def _stopping(seen: Sequence[Seen], stop: datetime) -> Iterator[Turn]:
    if any(each.task.status == "DEACTIVATING" for each in seen):
        yield stop, "draining"
        yield from ((max(each.at, stop), "stopping") for each in seen if each.task.status in _OVER)
    else:
        yield stop, "stopping"


def _stops(task: TaskState) -> bool:
    return task.status in _OVER or task.status == "DEACTIVATING" or bool(task.note)


def _phases(turns: Sequence[Turn], began: datetime, ended: datetime) -> Iterator[Phase]:
    """Yield the phases between two moments, joining those that only go on."""
    name, begin = turns[0][1], turns[0][0]
    for at, following in (*turns[1:], (ended, None)):
        if following == name:
            continue
        if (first := max(begin, began)) < (last := min(at, ended)):
            yield Phase(name, first, last)
        name, begin = following or name, at


def _moments(task: TaskState) -> dict[str, datetime]:
    """Return the task's exact times by their names."""
    found: dict[str, datetime | None] = {
        "created_at": task.created_at,
        "pull_started_at": task.pull_started_at,
        "pull_stopped_at": task.pull_stopped_at,
        "started_at": task.started_at,
        "stopping_at": task.stopping_at,
        "execution_stopped_at": task.execution_stopped_at,
        "stopped_at": task.stopped_at,
    }
    return {name: at for name, at in found.items() if at is not None}


def _with(task: TaskState, moments: dict[str, datetime]) -> TaskState:
    return replace(task, **moments)  # type: ignore[arg-type]


def _earlier(task: TaskState, ahead: timedelta) -> TaskState:
    return _with(task, {name: at - ahead for name, at in _moments(task).items()})
