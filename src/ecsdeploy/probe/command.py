"""A command of the user's that judges a running service: it gets no credentials, and is never left running."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from ecsdeploy.image.process import end, start, without_credentials

AFTER_SECONDS = 0.5
"""How long output is read on when the command has ended: what left its group may hold the pipe for ever."""
LONGEST_LINE = 4096
"""Characters of a line; more is another line."""


def safe_environment(environ: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` and `more`, without what signs in to AWS or GitHub, also by files or the machine's role."""
    closed = {
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return without_credentials(environ) | closed | dict(more)


def missing(argv: Sequence[str], folder: Path, environ: Mapping[str, str]) -> str:
    """Return why the command cannot be started in `folder`, "" if it can."""
    program = argv[0]
    if os.sep not in program:
        found = shutil.which(program, path=environ.get("PATH", os.defpath))
        return "" if found else "there is no such program in PATH"
    path = folder / program
    if not path.is_file():
        return f"there is no file {program} beside the config"
    return "" if os.access(path, os.X_OK) else f"{program} is not executable: chmod +x {program}"


def run(
    argv: Sequence[str], *, env: Mapping[str, str], folder: Path, seconds: float, say: Callable[[str], None]
) -> int:
    """Run the command without a shell and without input; return its exit code, negative if a signal ended it.

    Each line that it prints is passed to `say`, from another thread, but not after this has returned. The command and
    all that it started have ended then, also when this is interrupted.
    Raises `TimeoutError` if it has not ended by itself after `seconds`, another `OSError` if it cannot be started.
    """
    process = start(argv, env=env, cwd=folder)
    assert process.stdout is not None
    told = _Told(process.stdout, say)
    reader = threading.Thread(target=told.read, daemon=True)
    reader.start()
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    finally:
        end(process)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # what it left in the background
        reader.join(AFTER_SECONDS)
        told.over()


class _Told:
    """Passes lines on until it is over."""

    def __init__(self, output: IO[str], say: Callable[[str], None]) -> None:
        self._output, self._say = output, say
        self._turn, self._over = threading.Lock(), False

    def read(self) -> None:
        """Pass on each line as it comes."""
        with self._output:
            while line := self._output.readline(LONGEST_LINE):
                with self._turn:
                    if self._over:
                        return
                    self._say(line.rstrip("\r\n"))

    def over(self) -> None:
        """Pass nothing on any more."""
        with self._turn:
            self._over = True
