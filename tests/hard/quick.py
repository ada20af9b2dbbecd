"""Clocks that hurry: a wait takes a part of its time, and the hour that was not waited is counted all the same."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class QuickClock:
    """The tool's clock. `monotonic` grows by what was asked for, so that a deadline means what it says.

    Where several threads sleep at once, their waits pass side by side.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._skipped = 0.0
        self._began = time.monotonic()
        self._lock = threading.Lock()

    @property
    def elapsed(self) -> float:
        """Return the seconds that a run without hurry would have taken so far."""
        return self.monotonic() - self._began

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._skipped)

    def monotonic(self) -> float:
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        seconds = max(0.0, seconds)
        until = self.monotonic() + seconds
        time.sleep(seconds / self._rate)  # noqa: TID251 - a part of the time
        with self._lock:
            self._skipped = max(self._skipped, until - time.monotonic())


class ElasticClock:
    """The sandbox's clock: `rate` times as fast as the machine's, and it can be stopped."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._base = time.time()
        self._mark = time.monotonic()
        self._runs = threading.Event()
        self._runs.set()

    def now(self) -> float:
        return self._base + (time.monotonic() - self._mark) * self._rate if self._runs.is_set() else self._base

    def wait(self, event: threading.Event, seconds: float | None) -> bool:
        if seconds is None:
            return event.wait()
        if self._runs.is_set():
            return event.wait(seconds / self._rate)
        return event.wait(0.002)  # what is due is not due before time goes on

    def stop(self) -> None:
        """Let no time pass."""
        self._base = self.now()
        self._runs.clear()

    def go_on(self) -> None:
        """Let time pass again."""
        if self._runs.is_set():
            return
        self._mark = time.monotonic()
        self._runs.set()
