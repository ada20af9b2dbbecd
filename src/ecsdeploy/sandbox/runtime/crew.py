"""A few threads that do the steps of many tasks: one task's steps in order, different tasks' side by side."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable

Step = Callable[[], None]

_STACK_BYTES = 512 * 1024
_stack_lock = threading.Lock()


def spawn(name: str, work: Callable[[], None]) -> threading.Thread:
    """Start a daemon thread with a small stack: a sandbox may need one for every container."""
    thread = threading.Thread(target=work, name=name, daemon=True)
    with _stack_lock:
        usual = threading.stack_size(_STACK_BYTES)
        try:
            thread.start()
        finally:
            threading.stack_size(usual)
    return thread


class Crew:
    """Does steps: those of one key one after another in the order of `post`, those of different keys in parallel.

    A step must not raise.
    """

    def __init__(self, name: str, size: int) -> None:
        self._lock = threading.Lock()
        self._steps: dict[str, deque[Step]] = {}
        self._ready: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._closed = False
        self._threads = [spawn(f"{name}-{number}", self._work) for number in range(size)]

    def post(self, key: str, step: Step) -> None:
        """Do `step` after what was posted for `key` before; forgotten once the crew is closed."""
        with self._lock:
            if self._closed:
                return
            waiting = self._steps.get(key)
            if waiting is not None:
                waiting.append(step)
                return
            self._steps[key] = deque((step,))
        self._ready.put(key)

    def close(self, seconds: float) -> None:
        """Forget the steps that wait; return when those that run have ended, or after `seconds` each."""
        with self._lock:
            self._closed = True
            for waiting in self._steps.values():
                waiting.clear()
        for _ in self._threads:
            self._ready.put(None)
        for thread in self._threads:
            thread.join(seconds)

    def _work(self) -> None:
        while (key := self._ready.get()) is not None:
            with self._lock:
                step = self._steps[key].popleft() if self._steps[key] else None
            if step is not None:
                step()
            with self._lock:
                if not self._steps[key]:
                    del self._steps[key]
                    continue
            self._ready.put(key)
