"""Every log group of the sandbox, in memory.

Memory is bounded: over `max_bytes` the group that holds most loses its oldest eighth, so that a noisy service pushes
out its own past and nobody else's. One lock guards the whole store and is held for microseconds: searches copy
references under it and match outside it.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from ecsdeploy.sandbox.clock import Clock
from ecsdeploy.sandbox.logs.inbox import Inbox
from ecsdeploy.sandbox.logs.records import BILLED_PER_EVENT, Event, Group, Stream, billed

NO_GROUP = "The specified log group does not exist."
NO_STREAM = "The specified log stream does not exist."

_DRIVER_MOST = 262_144 - BILLED_PER_EVENT


class LogStore:
    """The groups by name; implements `ecsdeploy.sandbox.runtime.base.LogSink`.

    `max_bytes` bounds the memory that events take, text and bookkeeping.
    """

    def __init__(self, clock: Clock, *, max_bytes: int = 128 * 1024 * 1024) -> None:
        self.clock = clock
        self.closing = threading.Event()
        self._groups: dict[str, Group] = {}
        self._lock = threading.Lock()
        self._arrivals = itertools.count(1)
        self._max_bytes = max_bytes
        self._held = 0

    def close(self) -> None:
        """End every live tail."""
        self.closing.set()

    def now(self) -> int:
        """Return milliseconds since the epoch."""
        return int(self.clock.now() * 1000)

    @contextmanager
    def locked(self) -> Iterator[dict[str, Group]]:
        """Give the groups by name, for as long as nobody else may touch them: keep it short."""
        with self._lock:
            yield self._groups

    @contextmanager
    def group(self, name: str) -> Iterator[Group]:
        """Give one group, locked, what its retention policy no longer keeps dropped. Raises `LookupError`."""
        with self._lock:
            group = self._groups.get(name)
            if group is None:
                raise LookupError(NO_GROUP)
            before = group.held
            group.expire(self.now())
            try:
                yield group
            finally:
                self._held += group.held - before

    def create_group(
        self, name: str, *, tags: dict[str, str], log_class: str, protected: bool, kms_key: str | None = None
    ) -> bool:
        """Create a group; return False where the name is taken."""
        with self._lock:
            if name in self._groups:
                return False
            self._groups[name] = Group(
                name, self.now(), tags=tags, log_class=log_class, protected=protected, kms_key=kms_key
            )
            return True

    def delete_group(self, name: str) -> None:
        """Drop a group and everything in it. Raises `LookupError`."""
        with self._lock:
            if name not in self._groups:
                raise LookupError(NO_GROUP)
            self._held -= self._groups.pop(name).held

    def add(self, group: Group, stream: Stream, events: Iterable[tuple[int, str]]) -> None:
        """Append events (milliseconds, text) to a stream of a group that is locked by the caller."""
        now = self.now()
        # Sorted by time alone: events of the same millisecond stay in the order in which they came.
        arrived = sorted(events, key=lambda event: event[0])
        new = [Event(timestamp, now, next(self._arrivals), text, stream.name) for timestamp, text in arrived]
        if new:
            group.add(stream, new)

    def shed(self) -> None:
        """Bring the memory taken under the bound again."""
        with self._lock:
            while self._held > self._max_bytes:
                biggest = max(self._groups.values(), key=lambda group: group.held)
                before = biggest.held
                biggest.drop(max(1, len(biggest.events) // 8))
                self._held += biggest.held - before

    def ensure_stream(self, group: str, stream: str, *, create_group: bool) -> None:
        """Create the stream. Raises `LookupError` where the group is missing and may not be created."""
        if create_group:
            self.create_group(group, tags={}, log_class="STANDARD", protected=False)
        with self.group(group) as found:
            if stream not in found.streams:
                found.streams[stream] = Stream(stream, self.now())

    def put(self, group: str, stream: str, events: list[tuple[int, str]]) -> None:
        """Append events (milliseconds since the epoch, text).

        As the awslogs driver does, empty lines are left out and lines of more than 262,118 bytes are split. Events
        for a group or stream that has been deleted meanwhile are lost, as they are on AWS.
        """
        lines = [(at, part) for at, text in events if text for part in _parts(text)]
        try:
            with self.group(group) as found:
                if stream in found.streams:
                    self.add(found, found.streams[stream], lines)
        except LookupError:
            return
        self.shed()

    def subscribe(self, names: Iterable[str], wanted: Callable[[str], bool]) -> list[Inbox]:
        """Return an inbox for each group, filled from now on with streams that are `wanted`. Raises `LookupError`."""
        inboxes = [Inbox(name, wanted) for name in names]
        with self._lock:
            if any(inbox.group not in self._groups for inbox in inboxes):
                raise LookupError(NO_GROUP)
            for inbox in inboxes:
                self._groups[inbox.group].inboxes.append(inbox)
        return inboxes

    def unsubscribe(self, inboxes: Iterable[Inbox]) -> None:
        """Stop filling the inboxes."""
        with self._lock:
            for inbox in inboxes:
                group = self._groups.get(inbox.group)
                if group and inbox in group.inboxes:
                    group.inboxes.remove(inbox)


def _parts(text: str) -> list[str]:
    if len(text) * 4 <= _DRIVER_MOST or billed(text) - BILLED_PER_EVENT <= _DRIVER_MOST:
        return [text]
    raw = text.encode(errors="replace")
    return [raw[at : at + _DRIVER_MOST].decode(errors="replace") for at in range(0, len(raw), _DRIVER_MOST)]
