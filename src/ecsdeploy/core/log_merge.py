"""Follows a log without gaps and without showing anything twice.

Events reach CloudWatch late and out of order (the awslogs driver sends in batches), so each look goes back a little
over what was seen already, and what was shown is remembered for as long as it can come back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

OVERLAP_MS = 15_000
"""How late an event may arrive and still be shown. The awslogs driver flushes every 5 s; this is three times that."""


class Stamped(Protocol):
    """An event with an id and a time in milliseconds."""

    @property
    def id(self) -> str:
        """Return what is unique in the log group."""
        ...

    @property
    def at(self) -> int:
        """Return milliseconds since the epoch."""
        ...

    @property
    def ingested(self) -> int:
        """Return when CloudWatch took it, likewise."""
        ...


E = TypeVar("E", bound=Stamped)


@dataclass
class Merge:
    """What was shown of a log so far; `since` is where it began (milliseconds since the epoch)."""

    since: int
    newest: int = 0
    _shown: dict[str, int] = field(default_factory=dict, repr=False)

    @property
    def start(self) -> int:
        """Return the time from which to read next."""
        return max(self.since, self.newest - OVERLAP_MS)

    def fresh(self, events: Iterable[E]) -> list[E]:
        """Return what was not shown before, in the order of time; from now on it counts as shown."""
        new = {event.id: event for event in events if event.id not in self._shown and event.at >= self.since}
        for event in new.values():
            self._shown[event.id] = event.at
            # An event may be dated up to two hours ahead (PutLogEvents): those of now must not count as old after it.
            self.newest = max(self.newest, min(event.at, event.ingested))
        return sorted(new.values(), key=lambda event: (event.at, event.id))

    def forget(self) -> None:
        """Drop what can't come back: the memory holds the overlap, not the log."""
        start = self.start
        if any(at < start for at in self._shown.values()):
            self._shown = {id_: at for id_, at in self._shown.items() if at >= start}
