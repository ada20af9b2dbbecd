"""The awslogs driver of real containers: one thread reads the Engine's log of one container into the sink.

The Engine keeps the log (bounded, on disk), so nothing is lost between start and attach, and reading is taken up
again where it broke off; the reader itself holds one chunk of lines at a time.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ecsdeploy.sandbox.clock import Clock
from ecsdeploy.sandbox.goregexp import NotTranslatable
from ecsdeploy.sandbox.runtime import reasons
from ecsdeploy.sandbox.runtime.backend import Refused
from ecsdeploy.sandbox.runtime.base import LogSink, TaskSpec
from ecsdeploy.sandbox.runtime.crew import spawn
from ecsdeploy.sandbox.runtime.engine import EngineError, Stream
from ecsdeploy.sandbox.runtime.lines import MULTILINE_SECONDS, Event, Events, Frames, Lines, Place
from ecsdeploy.sandbox.runtime.multiline import BadOption, multiline_pattern

_RETRY_SECONDS = 0.5
_BATCH = 1_000
_TRUE = ("1", "t", "T", "TRUE", "true", "True")
"""What Go's strconv.ParseBool takes for true (moby, daemon/logger/awslogs)."""


def destination(spec: TaskSpec, definition: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return (log group, log stream `prefix/container/task-id`) of a container with the awslogs driver, or None."""
    configuration = definition.get("logConfiguration") or {}
    options = configuration.get("options") or {}
    if configuration.get("logDriver") != "awslogs" or "awslogs-group" not in options:
        return None
    prefix = options.get("awslogs-stream-prefix")
    stream = f"{prefix}/{definition['name']}/{spec.id}" if prefix else f"{definition['name']}/{spec.id}"
    return options["awslogs-group"], stream


def creates_group(options: Mapping[str, Any]) -> bool:
    """Return whether the driver is to make the log group if it is missing; it reads truth as Go does."""
    return options.get("awslogs-create-group") in _TRUE


def open_streams(spec: TaskSpec, logs: LogSink) -> None:
    """Create the log stream of every container. Raises `Refused` where a log group is missing or a pattern is none."""
    for definition in spec.containers:
        target = destination(spec, definition)
        if target is None:
            continue
        settings = definition["logConfiguration"]["options"]
        try:
            multiline_pattern(settings)
            logs.ensure_stream(*target, create_group=creates_group(settings))
        except BadOption as error:
            raise Refused(reasons.log_options_invalid(str(error))) from None
        except NotTranslatable as error:
            raise Refused(reasons.internal(str(error))) from None
        except LookupError:
            raise Refused(reasons.LOG_GROUP_MISSING) from None


class LogReader:
    """Reads one container's log to its end."""

    def __init__(
        self,
        *,
        version: str,
        runtime_id: str,
        definition: Mapping[str, Any],
        target: tuple[str, str],
        sink: LogSink,
        clock: Clock,
        runs: Callable[[], bool],
        place: Place | None = None,
    ) -> None:
        """`runs` tells whether the container still runs; it raises `OSError` while the Engine can't be asked."""
        self.place = place or Place()
        self._version = version
        self._path = f"/containers/{runtime_id}/logs"
        self._tty = bool(definition.get("pseudoTerminal"))
        self._target = target
        self._sink = sink
        self._clock = clock
        self._runs = runs
        options = definition["logConfiguration"]["options"]
        self._lines = Lines(self.place, pieces=options.get("mode") == "non-blocking")
        self._events = Events(multiline_pattern(options))
        self._lock = threading.Lock()
        self._cut = threading.Event()
        self._stream: Stream | None = None
        self._ended = False
        self._at_end: list[Callable[[], None]] = []
        self._thread = spawn(f"log-{runtime_id[:12]}", self._work)

    def when_ended(self, action: Callable[[], None]) -> None:
        """Do `action` once the last line is in the sink; at once if it is already."""
        with self._lock:
            if not self._ended:
                self._at_end.append(action)
                return
        action()

    def cut(self) -> None:
        """Stop reading, whatever is left; return when the thread has ended."""
        self._cut.set()
        with self._lock:
            stream = self._stream
        if stream is not None:
            stream.cut()
        self._thread.join()

    def _work(self) -> None:
        try:
            while not self._cut.is_set() and not self._read_to_end():
                self._clock.wait(self._cut, _RETRY_SECONDS)
            self._put(event for at, line in self._lines.rest() for event in self._events.line(at, line))
            self._put(self._events.flush())
        finally:
            with self._lock:
                self._ended = True
                actions, self._at_end = self._at_end, []
            for action in actions:
                action()

    def _read_to_end(self) -> bool:
        """Return whether the container has ended and all it wrote was read."""
        try:
            self._read(follow=True)
            if self._runs():
                return False
            # What the Engine wrote between the last read and the container's end is not always followed.
            self._read(follow=False)
        except EngineError as error:
            return error.status == 404
        except OSError:
            return False
        return True

    def _read(self, *, follow: bool) -> None:
        query = {"follow": int(follow), "stdout": 1, "stderr": 1, "timestamps": 1, "since": self.place.since()}
        stream = Stream(self._version, "GET", self._path, query)
        with self._lock:
            self._stream = stream
        if self._cut.is_set():
            stream.close()
            return
        self._lines.again()
        frames = Frames(tty=self._tty)
        for chunk in stream.chunks(seconds=MULTILINE_SECONDS):
            self._put(
                event
                for source, payload in frames.feed(chunk)
                for at, line in self._lines.frame(source, payload)
                for event in self._events.line(at, line)
            )
            self._put(self._events.flush(before=self._clock.now() - MULTILINE_SECONDS))

    def _put(self, events: Iterable[Event]) -> None:
        batch = list(events)
        with contextlib.suppress(LookupError):  # the log group was deleted meanwhile: the driver drops what comes
            for start in range(0, len(batch), _BATCH):
                self._sink.put(*self._target, batch[start : start + _BATCH])
