"""A step's log as the runner shows it: what the job has masked is `***`, and the line that masks it is left out.

GitHub Docs, "Workflow commands for GitHub Actions": `::add-mask::VALUE`, and `::stop-commands::TOKEN`, after which
no command counts until `::TOKEN::`. The runner obeys a mask and prints nothing in its place.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable

HIDDEN = b"***"
_COMMAND = re.compile(rb"\s*::(add-mask|stop-commands)::(.*)")
_ESCAPES = ((b"%0D", b"\r"), (b"%0A", b"\n"), (b"%25", b"%"))


class Masks:
    """The values that one job has masked, in whichever stream it said so; from any thread."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._values: list[bytes] = []
        self._resumed_by = b""
        for value in values:
            self._add(value.encode())

    def shown(self, line: bytes) -> bytes:
        """Return a line as the log has it, and note what it masks; "" for a line that does nothing else."""
        with self._lock:
            text = line.strip()
            command = _COMMAND.fullmatch(text) if not self._resumed_by else None
            if self._resumed_by and text == b"::%b::" % self._resumed_by:
                self._resumed_by = b""
            elif command and command[1] == b"stop-commands":
                self._resumed_by = command[2]
            elif command:
                self._add(_unescaped(command[2]))
                return b""
            for value in self._values:
                line = line.replace(value, HIDDEN)
            return line

    def _add(self, value: bytes) -> None:
        # Whole, and each of its lines: a log has no other way to show a value of several.
        found = {value, *value.splitlines(), *self._values}
        self._values = sorted((each for each in found if each.strip()), key=len, reverse=True)


def _unescaped(value: bytes) -> bytes:
    for escape, character in _ESCAPES:
        value = value.replace(escape, character)
    return value
