"""From the Engine's log stream to log events, as Docker's awslogs driver cuts them.

Source: Engine API ("Stream format" of attach; timestamps are RFC 3339 with nine digits), moby's
`daemon/logger/awslogs`: an event holds at most 262,144 bytes less 26 of overhead, empty lines make no event, each byte
that is no text counts and comes out as U+FFFD, and lines of a multi-line event are joined until the pattern matches
again or five seconds have passed. With the ring buffer of `mode=non-blocking` the driver gets the 16 KiB pieces into
which a long line is read, and makes an event of each (moby/moby#41794).
"""

from __future__ import annotations

import codecs
import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

MAX_EVENT_BYTES = 262_144 - 26
MULTILINE_SECONDS = 5.0

Event = tuple[int, str]
"""Milliseconds since the epoch, and the message."""

_HEADER = 8
_LARGEST_CHARACTER = 4
_TIMESTAMP = 30
_LATE_SECONDS = 1


class Frames:
    """Cuts the Engine's multiplexed stream into frames; with a terminal (`tty`) there are only lines."""

    def __init__(self, *, tty: bool = False) -> None:
        self._tty = tty
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield (1 for stdout or 2 for stderr, payload) for every frame that is complete."""
        self._buffer += chunk
        start = 0
        while (end := self._end(start)) is not None:
            if self._tty:
                yield 1, bytes(self._buffer[start:end])
            else:
                yield self._buffer[start], bytes(self._buffer[start + _HEADER : end])
            start = end
        del self._buffer[:start]

    def _end(self, start: int) -> int | None:
        if self._tty:
            newline = self._buffer.find(b"\n", start)
            return newline + 1 if newline >= 0 else None
        if len(self._buffer) - start < _HEADER:
            return None
        end = start + _HEADER + int.from_bytes(self._buffer[start + 4 : start + _HEADER], "big")
        return end if end <= len(self._buffer) else None


@dataclass
class Mark:
    """How far one stream was read: the last timestamp, and how many frames carried it."""

    timestamp: bytes = b""
    frames: int = 0


@dataclass
class Place:
    """How far a log was read, stream by stream.

    The Engine copies stdout and stderr side by side (moby, daemon/logger/copier.go): it may take the time of one's
    line before, and write it down after, later lines of the other. Only within a stream are times in order.
    """

    marks: dict[int, Mark] = field(default_factory=dict)

    def since(self) -> str:
        """Return the Engine's `since` parameter: early enough for a line that was written down late."""
        newest = max((mark.timestamp for mark in self.marks.values()), default=b"")
        return f"{_seconds(newest[:19]) - _LATE_SECONDS}.{newest[20:29].decode()}" if newest else "0"


@dataclass
class Lines:
    """Puts lines together and gives them their time; reading may be taken up again at `place`.

    The Engine cuts lines at 16 KiB; a piece that does not end the line lacks the line feed. `pieces` leaves them apart.
    """

    place: Place = field(default_factory=Place)
    pieces: bool = False
    _seen: dict[int, Mark] = field(default_factory=dict)
    _parts: dict[int, tuple[bytes, bytearray]] = field(default_factory=dict)

    def again(self) -> None:
        """The log begins anew a little before `place`: what was seen since comes once more."""
        self._seen = {stream: replace(mark) for stream, mark in self.place.marks.items()}

    def frame(self, stream: int, payload: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield (timestamp, line without its line feed) for what this frame completes."""
        timestamp, text = payload[:_TIMESTAMP], payload[_TIMESTAMP + 1 :]
        if not self._is_new(stream, timestamp):
            return
        if self.pieces:
            if line := text.removesuffix(b"\n"):
                yield timestamp, line
            return
        first, part = self._parts.pop(stream, (timestamp, bytearray()))
        part += text
        whole = text.endswith(b"\n")
        if whole:
            del part[-1:]
        while len(part) > MAX_EVENT_BYTES:
            cut = _boundary(part)
            yield first, bytes(part[:cut])
            del part[:cut]
        if not whole:
            self._parts[stream] = (first, part)
        elif part:
            yield first, bytes(part)

    def rest(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield what was never ended by a line feed."""
        for first, part in self._parts.values():
            if part:
                yield first, bytes(part)
        self._parts.clear()

    def _is_new(self, stream: int, timestamp: bytes) -> bool:
        seen = self._seen.get(stream)
        if seen is not None:
            if timestamp < seen.timestamp:
                return False
            if timestamp == seen.timestamp and seen.frames:
                seen.frames -= 1
                return False
            del self._seen[stream]
        mark = self.place.marks.setdefault(stream, Mark())
        if timestamp == mark.timestamp:
            mark.frames += 1
        else:
            mark.timestamp, mark.frames = timestamp, 1
        return True


class Events:
    """Makes events of lines: one each, or several lines each where a multi-line pattern says where one begins."""

    def __init__(self, pattern: re.Pattern[str] | None = None) -> None:
        self._pattern = pattern
        self._pending: list[str] = []
        self._size = 0
        self._at = 0
        self._second = (b"", 0)

    def line(self, timestamp: bytes, line: bytes) -> Iterator[Event]:
        """Yield the events that this line completes."""
        at, text = self._milliseconds(timestamp), line.decode(errors=_EACH_BYTE)
        if self._pattern is None:
            for event in _of_size(text):
                yield at, event
            return
        if self._pending and (self._pattern.search(text) or self._size + len(line) >= MAX_EVENT_BYTES):
            yield from self.flush()
        if not self._pending:
            self._at, self._size = at, 0
        self._pending.append(text)
        self._size += len(line) + 1

    def flush(self, *, before: float | None = None) -> Iterator[Event]:
        """Yield the event that waits for more lines, if it began before `before` (seconds since the epoch)."""
        if self._pending and (before is None or self._at < before * 1000):
            for event in _of_size("\n".join(self._pending)):
                yield self._at, event
            self._pending = []

    def _milliseconds(self, timestamp: bytes) -> int:
        if timestamp[:19] != self._second[0]:
            self._second = (timestamp[:19], _seconds(timestamp[:19]))
        return self._second[1] * 1000 + int(timestamp[20:23])


def _seconds(timestamp: bytes) -> int:
    return int(datetime.datetime.fromisoformat(timestamp.decode() + "+00:00").timestamp())


def _of_size(text: str) -> Iterator[str]:
    """Yield a text in pieces that an event has room for: what stands for bad bytes may have made it too long."""
    if len(text) * _LARGEST_CHARACTER <= MAX_EVENT_BYTES:
        yield text
        return
    whole = bytearray(text.encode())
    while len(whole) > MAX_EVENT_BYTES:
        cut = _boundary(whole)
        yield whole[:cut].decode()
        del whole[:cut]
    yield whole.decode()


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """Replace each bad byte for itself, as Go does; Python would take an unfinished character for one."""
    assert isinstance(error, UnicodeDecodeError)
    return "\N{REPLACEMENT CHARACTER}" * (error.end - error.start), error.end


_EACH_BYTE = "replace-each-byte"
codecs.register_error(_EACH_BYTE, _replaced)


def _boundary(part: bytearray) -> int:
    cut = MAX_EVENT_BYTES
    while part[cut] & 0xC0 == 0x80:
        cut -= 1
    return cut
