"""JSON lines on stdout: one object per event, for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TextIO

from ecsdeploy.errors import EcsdeployError
from ecsdeploy.events import Event, Fact, Snapshot


class JsonReporter:
    """Every event as `{"event": <its name>, ...}`; an error as `{"event": "Error", ...}`.

    A snapshot is its facts, each an object of its own; one that looks like the last is not written again.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._shown: Snapshot | None = None

    def __call__(self, *events: Event) -> None:
        """Write `events`."""
        for event in events:
            if not isinstance(event, Snapshot):
                self._write(_record(event))
            elif event != self._shown:
                self._shown = event
                for fact in event.facts:
                    self._write(_record(fact))

    def error(self, error: EcsdeployError) -> None:
        """Write why the command could not be done."""
        fields = {"what": error.what, "why": error.why, "fix": error.fix}
        self._write({"event": "Error", **fields, "exit_code": int(error.exit_code)})

    def ask(self, question: str, expects: str = "") -> bool | None:
        """Return None: a program cannot be asked."""
        return None

    def close(self) -> None:
        """Leave the stream as it was found."""

    def _write(self, record: Mapping[str, object]) -> None:
        # ASCII only: control characters stay escaped, so that a line is one line for any reader. `##[`, which GitHub's
        # runner obeys anywhere in a line, only ever stands inside a string.
        self._out.write(json.dumps(record, default=_plain).replace("##[", r"#\u0023[") + "\n")
        self._out.flush()


def _record(event: Event | Fact) -> Mapping[str, object]:
    return {"event": type(event).__name__, **asdict(event)}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)
