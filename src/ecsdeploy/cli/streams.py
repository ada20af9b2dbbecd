"""Output that may fail: a reader that goes away, a disk that is full.

`ecsdeploy deploy | head` has a deployment to finish: a command that changes something continues silently. One that only
shows something has nothing left to do.
"""

from __future__ import annotations

import io
import os
import stat
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

from ecsdeploy.errors import Refused
from ecsdeploy.hidden import Hidden


def prepare() -> None:
    """Make the standard streams take any text, and exist: closed ones (`>&-`) become /dev/null.

    A closed one would leave its number to the next file or connection that is opened, which then gets our output.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    sys.stdin = sys.stdin or os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what the terminal's language has no letter for is spelled out
            stream.reconfigure(errors="backslashreplace")


class Unwritable(Refused):
    """What a command that changes nothing has to show cannot be written anywhere."""


class _Stream:
    """A stream whose failures are ignored (`patient`) or reported in a sentence; a reader that left is neither."""

    def __init__(self, stream: TextIO, *, patient: bool, hidden: Hidden) -> None:
        self._stream = stream
        self._hidden = hidden
        self._patient = patient
        self.problem = ""
        """Why nothing is written any more, unless the reader only went away."""

    def write(self, text: str) -> int:
        """Write `text`, if possible, less the secrets of the run."""
        with suppress(ValueError):
            try:
                return self._stream.write(self._hidden.redacted(text))
            except OSError as error:
                self._failed(error)
        return len(text)

    def flush(self) -> None:
        """Flush what was written, if possible."""
        try:
            self._stream.flush()
        except OSError as error:
            self._failed(error)

    def _failed(self, error: OSError) -> None:
        if isinstance(error, BrokenPipeError):
            if not self._patient:
                raise error
        else:
            self.problem = error.strerror or str(error)
        self._fall_silent()
        if not self._patient:
            raise Unwritable(
                "The output cannot be written.", why=f"{self.problem}.", fix="Write it elsewhere, or free some space."
            )

    def _fall_silent(self) -> None:
        # What is left in the buffer has to go somewhere, or the interpreter complains at exit.
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def guarded(stream: TextIO, *, patient: bool, hidden: Hidden) -> TextIO:
    """Return `stream`, wrapped so that a failed write does not end a command with a traceback.

    A `patient` one falls silent, whatever happens; another raises `Unwritable`, or `BrokenPipeError` for a reader that
    went away. What is `hidden` is written to neither.
    """
    return cast(TextIO, _Stream(stream, patient=patient, hidden=hidden))


def announced(secret: str) -> None:
    """Let GitHub's runner, which reads through a pipe, hide `secret` in its log.

    A file would keep the line that says so, and a terminal would show it: then none is written.
    """
    from ecsdeploy.report.github.commands import mask

    with suppress(OSError, ValueError):
        if not _is_read_by_people(sys.stderr):
            sys.stderr.write(mask(secret) + "\n")
            sys.stderr.flush()


def _is_read_by_people(stream: TextIO) -> bool:
    try:
        mode = os.fstat(stream.fileno()).st_mode
        return stat.S_ISREG(mode) or stat.S_ISCHR(mode)
    except (OSError, ValueError):  # a stream in memory
        return False


def problem_of(stream: TextIO) -> str:
    """Return why a guarded `stream` fell silent, "" if it did not, or only its reader went away."""
    return str(getattr(stream, "problem", ""))
