"""JSON lines on stdout: one object per event, for programs.

The first line is the format's version, which a program has to know before anything else; if there is nothing to write,
the output is empty.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TextIO

from ecsdeploy import __version__
from ecsdeploy.errors import EcsdeployError
from ecsdeploy.events import Event, Fact, Snapshot

VERSION = 1
"""The format's version. It is raised when a program that follows `docs/json.md` could break."""


@dataclass(frozen=True)
class Stream:
    """The first line: `version` is that of the format, `ecsdeploy` that of the tool."""

    version: int = VERSION
    ecsdeploy: str = __version__


@dataclass(frozen=True)
class Error:
    """Why the command failed (`what`, `why`), what to do (`fix`), and the process's exit code."""

    what: str
    why: str
    fix: str
    exit_code: int


Record = Stream | Event | Fact | Error


class JsonReporter:
    """Every event as `{"event": <its name>, ...}`; an error as `{"event": "Error", ...}`.

    A snapshot is written as its facts, one object each; one that looks like the last is not written again.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._begun = False
        self._shown: Snapshot | None = None

    def __call__(self, *events: Event) -> None:
        """Write `events`."""
        for event in events:
            if not isinstance(event, Snapshot):
                self._write(event)
            elif event != self._shown:
                self._shown = event
                for fact in event.facts:
                    self._write(fact)

    def error(self, error: EcsdeployError) -> None:
        """Write why the command failed."""
        self._write(Error(error.what, error.why, error.fix, int(error.exit_code)))

    def ask(self, question: str, expects: str = "") -> bool | None:
        """Return None: a program cannot be asked."""
        return None

    def close(self) -> None:
        """Leave the stream as it was found."""

    def _write(self, record: Record) -> None:
        if not self._begun:
            self._begun = True
            self._write(Stream())
        self._out.write(line(record) + "\n")
        self._out.flush()


def line(record: Record) -> str:
    """Return `record` as one line of JSON, without its end."""
    # ASCII only: control characters stay escaped, so that a line is one line for any reader. `##[`, which GitHub's
    # runner obeys anywhere in a line, only ever stands inside a string.
    told = {"event": type(record).__name__, **asdict(record)}
    return json.dumps(told, default=_plain).replace("##[", r"#\u0023[")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)
