"""Time that tests hold: it passes where something waits, and not because the machine is slow."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WORKERS = ("ecs-scheduler", "simulated-tasks")
"""The sandbox's threads that do what is due."""
A_CALL = 0.001
"""Seconds that an API call takes, so that no two things happen at the same time."""
A_WHILE = 20.0
"""Seconds in which whatever a test waits for is due; a stopped task is forgotten after a longer time."""
BESIDE = "probe"
"""The tool's thread that asks the service while the command goes on."""
A_ROUND = 0.002
"""Real seconds between two of its requests."""
SIDE_BY_SIDE = 0.01
"""The part of its time that a wait really takes in a thread that is one of several."""

Pass = Callable[[float], float]
"""Lets so many seconds pass; returns the time then, in seconds since the epoch."""


class FakeClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self, at: float = 0.0) -> None:
        self.seconds = at
        self.slept: list[float] = []

    def now(self) -> datetime:
        """Return the time."""
        return datetime(2026, 11, 23, 9, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """Return the seconds that were slept."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.slept.append(seconds)
        self.seconds += seconds


class FakeSandboxClock:
    """The sandbox's time, which passes only while somebody waits. Two threads must not wait on it at once."""

    def __init__(self, at: float = 1_800_000_000.0) -> None:
        self.seconds = at

    def now(self) -> float:
        """Return seconds since the epoch."""
        return self.seconds

    def wait(self, event: threading.Event, seconds: float | None) -> bool:
        """Let `seconds` pass, unless `event` is set already; without an end, wait for it in real time."""
        if seconds is None:
            return event.wait()
        if event.is_set():
            return True
        self.seconds += max(seconds, 0.0)
        return False


@dataclass(frozen=True)
class _Wait:
    event: threading.Event
    until: float

    def due(self, now: float) -> bool:
        return now >= self.until or self.event.is_set()

    def wake(self) -> None:
        with _condition(self.event):
            _condition(self.event).notify_all()


def _condition(event: threading.Event) -> threading.Condition:
    found = event._cond  # type: ignore[attr-defined]
    assert isinstance(found, threading.Condition)
    return found


class SteppedClock:
    """The clock of a sandbox with simulated tasks; time passes when somebody calls `pass_time`.

    It goes from one moment at which something is due to the next, and no further before the sandbox's threads have
    done what was due: what happens, and in what order, is the same on a slow machine and a fast one.
    """

    def __init__(self) -> None:
        self._now = time.time()
        self._turn = threading.Condition()
        self._waits: dict[str, _Wait] = {}
        self._stopped = False

    def now(self) -> float:
        """Return the time; to who calls the sandbox, a little later than the last time."""
        with self._turn:
            if threading.current_thread().name not in WORKERS:
                self._go_to(max(self._now + 1e-6, min(self._now + A_CALL, self._next()) if self._rests() else 0.0))
            return self._now

    def wait(self, event: threading.Event, seconds: float | None) -> bool:
        """Wait for `event` or that time; a connection's thread does so in real time, since its client waits there."""
        name = threading.current_thread().name
        if name not in WORKERS:
            return event.wait(seconds)
        with self._turn:
            wait = self._waits[name] = _Wait(event, float("inf") if seconds is None else self._now + seconds)
            self._turn.notify_all()
        with _condition(event):
            _condition(event).wait_for(lambda: wait.due(self._now))
        with self._turn:
            del self._waits[name]
        return event.is_set()

    def pass_time(self, seconds: float) -> float:
        """Let time pass, and let all that falls into it be done; return the time then. From any thread."""
        with self._turn:
            until = self._now + seconds
            while not self._stopped:
                self._turn.wait_for(self._rests)
                following = self._next()
                self._go_to(min(following, until))
                if following > until:
                    break
            return self._now

    def quiet(self) -> float:
        """Return in how many seconds the next thing is due."""
        with self._turn:
            self._turn.wait_for(self._rests)
            return self._next() - self._now

    def stop(self) -> None:
        """Let no time pass, whoever waits for it."""
        with self._turn:
            self._stopped = True

    def go_on(self) -> None:
        """Let time pass again."""
        with self._turn:
            self._stopped = False

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let no time pass meanwhile."""
        self.stop()
        try:
            yield
        finally:
            self.go_on()

    def _rests(self) -> bool:
        """Return whether nothing is left to do before time goes on."""
        return all(name in self._waits and not self._waits[name].due(self._now) for name in WORKERS)

    def _next(self) -> float:
        return min((wait.until for wait in self._waits.values()), default=float("inf"))

    def _go_to(self, moment: float) -> None:
        if self._stopped:
            moment = min(moment, self._now + 1e-6)
        self._now = max(self._now, moment)
        for wait in self._waits.values():
            if wait.due(self._now):
                wait.wake()


@contextmanager
def running(clock: SteppedClock, rate: float = 1.0) -> Iterator[None]:
    """Let time pass as it does, `rate` times as fast, for who does not know of the clock.

    Where nothing is due for a while it stands still: nothing is forgotten before a slow machine has looked at it.
    """
    over = threading.Event()

    def run() -> None:
        last = time.monotonic()
        while not over.wait(0.01):
            last, before = time.monotonic(), last
            if (quiet := clock.quiet()) <= A_WHILE:
                clock.pass_time(min((last - before) * rate, quiet))

    thread = threading.Thread(target=run, name="running")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class ToolClock:
    """The tool's clock. It stands while the tool works; what the tool waits passes for the sandbox as well.

    Belongs to the thread that made it. Other threads' waits pass side by side. The thread that asks the service
    beside the command gets at least one turn in each wait.
    """

    def __init__(self, pass_time: Pass) -> None:
        self._pass = pass_time
        self._owner = threading.current_thread()
        self._turn = threading.Condition()
        self._waited = 0.0
        self._rounds: Counter[threading.Thread] = Counter()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._pass(0), UTC)

    def monotonic(self) -> float:
        """Return the seconds that the tool has waited."""
        return self._waited

    def sleep(self, seconds: float) -> None:
        until = self._waited + max(0.0, seconds)
        thread = threading.current_thread()
        if thread.name == BESIDE:
            time.sleep(A_ROUND)  # noqa: TID251 - what it waits for is the command, not the time
            with self._turn:
                self._rounds[thread] += 1
                self._turn.notify_all()
            return
        if thread is self._owner:
            self._let_ask()
        else:
            time.sleep(max(0.0, seconds) * SIDE_BY_SIDE)  # noqa: TID251 - lets others begin their waits
        with self._turn:
            missing = until - self._waited
            self._waited = max(self._waited, until)
        if missing > 0:
            self._pass(missing)

    def _let_ask(self) -> None:
        """Wait until each thread that asks beside the command has done so once more."""
        asking = [thread for thread in threading.enumerate() if thread.name == BESIDE]
        with self._turn:
            before = Counter(self._rounds)
            for thread in asking:
                while thread.is_alive() and self._rounds[thread] == before[thread]:
                    self._turn.wait(A_ROUND)


class Door:
    """Lets processes pass a clock's time: each line that comes is a number of seconds, the answer the time then."""

    def __init__(self, clock: SteppedClock) -> None:
        self._clock = clock
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, name="clock-door", daemon=True).start()

    def close(self) -> None:
        """Let nobody in any more."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(connection,), name="clock-guest", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rw") as lines:
            for line in lines:
                lines.write(f"{self._clock.pass_time(float(line))!r}\n")
                lines.flush()


class FarTime:
    """The other end of a `Door`; from any thread."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lock = threading.Lock()
        self._connection: socket.socket | None = None

    def pass_time(self, seconds: float) -> float:
        """Let time pass in the other process; return the time then."""
        with self._lock:
            if self._connection is None:
                self._connection = socket.create_connection(("127.0.0.1", self._port))
            try:
                self._connection.sendall(f"{seconds!r}\n".encode())
                return float(self._connection.recv(100))
            except BaseException:
                self.close()  # its answer would be taken for that to the next question
                raise

    def close(self) -> None:
        """Ask for no more time."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
