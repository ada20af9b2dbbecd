"""Log groups, streams and events as they are kept in memory.

A group holds one list of its events in AWS's order (timestamp, ingestion time, arrival), each stream another one of
the same objects: both are searched by bisection, and in the usual case of events that come in order both only grow
at their end. An event costs about 220 bytes beside its text, an empty stream about 400.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ecsdeploy.sandbox.logs.inbox import Inbox

BILLED_PER_EVENT = 26
"""Bytes that AWS adds to each event's text when it counts (PutLogEvents, "maximum batch size")."""

HELD_PER_EVENT = 220
DAY = 86_400_000


class Event(NamedTuple):
    """One line of a log; times are milliseconds since the epoch. Compares in AWS's order."""

    timestamp: int
    ingestion: int
    arrival: int
    message: str
    stream: str

    @property
    def position(self) -> int:
        """Return the event's place in its group as one number; it grows in AWS's order."""
        return (self.timestamp << 144) | (self.ingestion << 96) | (self.arrival << 32)

    @property
    def id(self) -> str:
        """Return the event's id in AWS's form: 56 digits."""
        return f"{self.position:056d}"


def key_of(position: int) -> tuple[int, int, int]:
    """Return the start of the event tuple that stands at `position`."""
    return position >> 144, (position >> 96) & (1 << 48) - 1, (position >> 32) & (1 << 64) - 1


def index_at(events: Sequence[Event], timestamp: int) -> int:
    """Return the index of the first event at or after `timestamp` (milliseconds)."""
    return bisect.bisect_left(events, (timestamp,))


def index_of(events: Sequence[Event], position: int) -> int:
    """Return the index of the first event at or after `position`."""
    return bisect.bisect_left(events, key_of(position))


def billed(message: str) -> int:
    """Return how many bytes AWS counts for a message."""
    return (len(message) if message.isascii() else len(message.encode(errors="replace"))) + BILLED_PER_EVENT


def merge(into: list[Event], new: list[Event]) -> None:
    """Add sorted events to sorted events; costs what stands after the first new one."""
    at = len(into) if not into or into[-1] < new[0] else bisect.bisect_left(into, new[0])
    tail = into[at:]
    into[at:] = new if not tail else sorted(tail + new)


@dataclass(slots=True)
class Stream:
    """One log stream; times are milliseconds since the epoch."""

    name: str
    created: int
    events: list[Event] = field(default_factory=list)
    first: int | None = None
    last: int | None = None
    ingested: int | None = None

    def add(self, new: list[Event]) -> None:
        """Add sorted events."""
        merge(self.events, new)
        self.first = self.events[0].timestamp
        self.last = max(self.last or 0, new[-1].timestamp)
        self.ingested = new[-1].ingestion


@dataclass(slots=True)
class Group:
    """One log group; `created` is milliseconds since the epoch, `retention` days."""

    name: str
    created: int
    retention: int | None = None
    tags: dict[str, str] = field(default_factory=dict)
    log_class: str = "STANDARD"
    protected: bool = False
    kms_key: str | None = None
    streams: dict[str, Stream] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    size: int = 0
    inboxes: list[Inbox] = field(default_factory=list)

    @property
    def held(self) -> int:
        """Return about how many bytes of memory the events take."""
        return self.size + len(self.events) * HELD_PER_EVENT

    def add(self, stream: Stream, new: list[Event]) -> None:
        """Add sorted events of one stream and hand them to whoever tails the group."""
        stream.add(new)
        merge(self.events, new)
        self.size += sum(billed(event.message) for event in new)
        for inbox in self.inboxes:
            inbox.offer(new)

    def expire(self, now: int) -> None:
        """Drop the events that the retention policy no longer keeps."""
        if self.retention is None or not self.events:
            return
        oldest = now - self.retention * DAY
        if self.events[0].timestamp < oldest:
            self.drop(index_at(self.events, oldest))

    def drop(self, count: int) -> None:
        """Drop the oldest `count` events."""
        gone = self.events[:count]
        del self.events[:count]
        self.size -= sum(billed(event.message) for event in gone)
        for name, lost in Counter(event.stream for event in gone).items():
            if stream := self.streams.get(name):
                del stream.events[:lost]
                stream.first = stream.events[0].timestamp if stream.events else None

    def remove_stream(self, name: str) -> None:
        """Drop a stream and its events."""
        gone = self.streams.pop(name)
        if gone.events:
            self.events = [event for event in self.events if event.stream != name]
            self.size -= sum(billed(event.message) for event in gone.events)

    def select(self, names: Iterable[str] | None, prefix: str | None) -> list[list[Event]]:
        """Return the lists of events that a search has to look at.

        Raises `KeyError` for a name that is not there.
        """
        if names is not None:
            return [self.streams[name].events for name in dict.fromkeys(names)]
        if prefix is not None:
            return [stream.events for name, stream in self.streams.items() if name.startswith(prefix)]
        return [self.events]
