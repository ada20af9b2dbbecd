"""Output whose reader may go away: `ecsdeploy deploy | head` has a deployment to finish."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any, TextIO, cast


class _Patient:
    """A stream that falls silent when nobody reads it any more, instead of ending the command."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write `text`, if anybody reads."""
        with suppress(ValueError):
            try:
                return self._stream.write(text)
            except BrokenPipeError:
                self._fall_silent()
        return len(text)

    def flush(self) -> None:
        """Hand on what was written, if anybody reads."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._fall_silent()

    def _fall_silent(self) -> None:
        # What is left in the buffer has to go somewhere, or the interpreter complains about it at its end.
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def patient(stream: TextIO) -> TextIO:
    """Return `stream` as one that does not mind when its reader goes away."""
    return cast(TextIO, _Patient(stream))
