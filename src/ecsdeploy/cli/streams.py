"""Output that may fail: a reader that goes away, a disk that is full.

`ecsdeploy deploy | head` has a deployment to finish: a command that changes something continues silently. One that only
shows something has nothing left to do.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import Any, TextIO, cast

from ecsdeploy.errors import EcsdeployError


class Unwritable(EcsdeployError):
    """What a command has to show cannot be written anywhere."""


class _Stream:
    """A stream whose failures are ignored (`patient`) or reported in a sentence; a reader that left is neither."""

    def __init__(self, stream: TextIO, *, patient: bool) -> None:
        self._stream = stream
        self._patient = patient
        self.problem = ""
        """Why nothing is written any more, unless the reader only went away."""

    def write(self, text: str) -> int:
        """Write `text`, if possible."""
        with suppress(ValueError):
            try:
                return self._stream.write(text)
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


def guarded(stream: TextIO, *, patient: bool) -> TextIO:
    """Return `stream`, wrapped so that a failed write does not end a command with a traceback.

    A `patient` one falls silent, whatever happens; another raises `Unwritable`, or `BrokenPipeError` for a reader that
    went away.
    """
    return cast(TextIO, _Stream(stream, patient=patient))


def is_full(error: OSError) -> bool:
    """Return whether there is no room left where something was to be written."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT}


def problem_of(stream: TextIO) -> str:
    """Return why a guarded `stream` fell silent, "" if it did not, or only its reader went away."""
    return str(getattr(stream, "problem", ""))
