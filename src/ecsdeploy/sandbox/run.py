"""A command in the sandbox's environment."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import IO, Protocol

NOT_EXECUTABLE = 126
NOT_FOUND = 127
LINGERING = 5.0
"""Seconds for which output is awaited that a process of the command, left behind, may still write."""


class Stream(Protocol):
    """Where bytes are written."""

    def write(self, data: bytes, /) -> object:
        """Write all of `data`."""
        ...

    def flush(self) -> object:
        """Let it be seen."""
        ...


def run_command(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `command` on this process's terminal, through no shell; return its exit code.

    As shells have it: 128 + N where signal N ended it, 127 where there is no such command, 126 where it cannot be
    executed. Ctrl-C is the command's alone to handle; a SIGTERM is passed on.
    """
    try:
        process = subprocess.Popen(list(command), env=dict(environ))
    except FileNotFoundError:
        return NOT_FOUND
    except OSError:
        return NOT_EXECUTABLE
    return _exit_code(process)


def run_shown(
    command: Sequence[str], environ: Mapping[str, str], shown: Callable[[bytes], bytes], out: Stream, err: Stream
) -> int:
    """Do what `run_command` does, but write each line of the command's output as `shown` has it."""
    try:
        process = subprocess.Popen(list(command), env=dict(environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except FileNotFoundError:
        return NOT_FOUND
    except OSError:
        return NOT_EXECUTABLE
    assert process.stdout is not None
    assert process.stderr is not None
    copies = [
        threading.Thread(target=_copy, args=(source, shown, target), daemon=True)
        for source, target in ((process.stdout, out), (process.stderr, err))
    ]
    for copy in copies:
        copy.start()
    code = _exit_code(process)
    for copy in copies:
        copy.join(LINGERING)
    return code


def _copy(source: IO[bytes], shown: Callable[[bytes], bytes], target: Stream) -> None:
    # Whoever read it has gone, or has no room: the command is told so by its own pipe.
    with source, suppress(OSError):
        for line in source:
            target.write(shown(line))
            target.flush()


def _exit_code(process: subprocess.Popen[bytes]) -> int:
    def forward(number: int, _frame: FrameType | None) -> None:
        process.send_signal(number)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, forward),
    }
    try:
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 - code if code < 0 else code
