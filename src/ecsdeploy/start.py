"""Where the process begins: it answers a signal at once, while the command line is still being loaded."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import NoReturn

_WORDS = {signal.SIGINT: b"error: Interrupted.\n", signal.SIGTERM: b"error: Terminated.\n"}


def main() -> NoReturn:
    """Run the command line; the process ends with an exit code of `errors.ExitCode`."""
    for number in _WORDS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    from ecsdeploy.cli import main as run

    run()


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    os.write(2, _WORDS[signal.Signals(number)])
    os._exit(128 + number)
