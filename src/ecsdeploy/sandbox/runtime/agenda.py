"""What is due later: one thread and one heap, however many tasks there are."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable

from ecsdeploy.sandbox.clock import Clock

Action = Callable[[], None]


class Agenda:
    """Runs actions when they are due, one after another, on a thread of its own.

    Actions that are due at the same time run in the order in which they were asked for. An action must be quick
    and must not raise.
    """

    def __init__(self, clock: Clock, name: str) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._due: list[tuple[float, int, Action]] = []
        self._numbers = itertools.count()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def after(self, seconds: float, action: Action) -> None:
        """Run `action` in `seconds`; 0 is as soon as what is due already has run."""
        when = self._clock.now() + seconds
        with self._lock:
            if self._closed:
                return
            entry = (when, next(self._numbers), action)
            heapq.heappush(self._due, entry)
            first = self._due[0] is entry
        if first:
            self._woken.set()

    def close(self) -> None:
        """Forget what is due; return when the action that runs has ended."""
        with self._lock:
            self._closed = True
            self._due.clear()
        self._woken.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _work(self) -> None:
        while True:
            with self._lock:
                if self._closed:
                    return
                now = self._clock.now()
                action = heapq.heappop(self._due)[2] if self._due and self._due[0][0] <= now else None
                delay = self._due[0][0] - now if self._due and action is None else None
                if action is None:
                    self._woken.clear()
            if action is not None:
                action()
            else:
                self._clock.wait(self._woken, delay)
