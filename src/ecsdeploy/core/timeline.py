"""A run as a picture: a bar for each task, with its phases, and marks for what happened to the deployment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

PhaseName = Literal["provisioning", "pull", "start", "running", "unhealthy", "healthy", "draining", "stopping"]
MarkName = Literal["started", "first-failure", "gave-up", "rolling-back", "rolled-back", "done"]


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

    `new` says that it was created by the deployment; `failed` that it was, and stopped. `note` is why it stopped.
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
