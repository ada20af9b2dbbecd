"""What a live tail has yet to look at."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecsdeploy.sandbox.logs.records import Event

_WAITING = 50_000


class Inbox:
    """Events of one group on their way to one live tail, oldest dropped first when nobody reads them.

    `offer` is called while the store is locked, so it only keeps references; the tail's own thread does the matching.
    """

    def __init__(self, group: str, wanted: Callable[[str], bool]) -> None:
        self.group = group
        self._wanted = wanted
        self._waiting: deque[Event] = deque(maxlen=_WAITING)

    def offer(self, events: Sequence[Event]) -> None:
        """Take in the events of one stream, if that stream is tailed."""
        if self._wanted(events[0].stream):
            self._waiting.extend(events)

    def drain(self) -> list[Event]:
        """Return what has come since the last call."""
        waiting = self._waiting
        return [waiting.popleft() for _ in range(len(waiting))]
