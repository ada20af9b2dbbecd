"""Ctrl-C, SIGTERM and SIGHUP: a command hears of the first at once, and is over soon after it, whatever it does.

Python runs a signal's handler in the main thread, between two of its instructions: never while that thread is inside
a call that waits for something else, such as a name server. So the system also writes each signal into a pipe, which
a thread reads: if the command is not over in time, that thread sees to the last words and ends the process.

GitHub's runner sends SIGINT, SIGTERM 7.5 s later, and kills 2.5 s after that (actions/runner, ProcessInvoker.cs).
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from ecsdeploy.errors import ExitCode

END_SECONDS = 1.5
"""So long a command may take to come to its end after the first signal."""
AGAIN_SECONDS = 0.3
"""So long after the second: somebody insists."""
LAST_WORDS_SECONDS = 1.0
"""So long the last words and what is left behind may take, where nobody may be reading them."""


class Terminated(BaseException):
    """SIGTERM arrived. Not an Exception: nothing but the boundary may catch it."""


class HungUp(BaseException):
    """SIGHUP arrived: the terminal is gone. Not an Exception: nothing but the boundary may catch it."""


Stop = type[BaseException]
STOPS: dict[signal.Signals, tuple[Stop, str, ExitCode]] = {
    signal.SIGINT: (KeyboardInterrupt, "Interrupted.", ExitCode.INTERRUPTED),
    signal.SIGTERM: (Terminated, "Terminated.", ExitCode.TERMINATED),
    signal.SIGHUP: (HungUp, "The terminal was closed.", ExitCode.HUNG_UP),
}


def told_of(stop: BaseException) -> tuple[str, ExitCode]:
    """Return what to say of what stopped a command, and the exit code."""
    return next((words, code) for kind, words, code in STOPS.values() if isinstance(stop, kind))


class Signals:
    """From `open` to `close`, a signal raises its exception in the main thread, once for each time it is sent.

    `last_words` are said, from another thread, if the command does not come to its end; None: it may take its time.
    After `calm`, nothing is raised any more: the command is at its own last words.
    """

    def __init__(self, last_words: Callable[[BaseException], None] | None) -> None:
        self._last_words = last_words
        self._calm = False
        self._before: dict[signal.Signals, object] = {}
        self._writes = self._fd_before = -1

    def open(self) -> None:
        """Begin. A signal that whoever started this process has it ignore (`nohup`, `&`) stays ignored."""
        if self._last_words is not None:
            self._begin_guard(self._last_words)
        for number in STOPS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._raise)

    def _begin_guard(self, last_words: Callable[[BaseException], None]) -> None:
        reads, self._writes = os.pipe()
        os.set_blocking(self._writes, False)
        self._fd_before = signal.set_wakeup_fd(self._writes, warn_on_full_buffer=False)
        with suppress(RuntimeError):  # the machine allows no further thread
            threading.Thread(target=_guard, args=(reads, last_words), name="signals", daemon=True).start()

    def calm(self) -> None:
        """From now on, raise nothing."""
        self._calm = True

    def close(self) -> None:
        """Leave everything as it was found."""
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        if self._writes >= 0:
            signal.set_wakeup_fd(self._fd_before)
            os.close(self._writes)  # the thread ends, and closes the other end

    def _raise(self, number: int, _frame: FrameType | None) -> None:
        if not self._calm:
            raise STOPS[signal.Signals(number)][0]


def _guard(reads: int, last_words: Callable[[BaseException], None]) -> None:
    """Wait for signals; end the process where the command does not, until the pipe's other end is closed."""
    first, deadline = None, float("inf")
    while (left := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select([reads], [], [], None if first is None else left)
        sent = os.read(reads, 64) if ready else b""
        if ready and not sent:
            os.close(reads)
            return
        for number in (each for each in sent if each in STOPS):
            again = first is not None
            first = first or signal.Signals(number)
            deadline = min(deadline, time.monotonic() + (AGAIN_SECONDS if again else END_SECONDS))
    _end(*STOPS[first or signal.SIGTERM][::2], last_words)


def _end(stop: Stop, code: ExitCode, last_words: Callable[[BaseException], None]) -> NoReturn:
    words = threading.Thread(target=last_words, args=(stop(),), daemon=True)
    with suppress(RuntimeError):
        words.start()
        words.join(LAST_WORDS_SECONDS)
    os._exit(code)
