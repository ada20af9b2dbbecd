"""A command in the sandbox's environment."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping, Sequence
from types import FrameType

NOT_EXECUTABLE = 126
NOT_FOUND = 127


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
