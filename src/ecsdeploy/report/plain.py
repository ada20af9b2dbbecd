"""Plain lines: one per event, for CI, pipes and logs."""

from __future__ import annotations

from typing import TextIO

from ecsdeploy.errors import EcsdeployError
from ecsdeploy.events import Event, LayerProgress, Result, Snapshot
from ecsdeploy.report.clean import clean, defused
from ecsdeploy.report.line import Line
from ecsdeploy.report.text import data, error_lines, lines


class PlainReporter:
    """Progress on `err`, data (results and log lines) on `out`.

    What a program printed goes to a file or a pipe as it was written. `runner` says that GitHub's runner reads
    along: then no line may hold a workflow command.
    """

    def __init__(self, out: TextIO, err: TextIO, *, runner: bool = False) -> None:
        self._out = out
        self._err = err
        self._runner = runner
        self._shown: Snapshot | None = None

    def __call__(self, *events: Event) -> None:
        """Show `events`."""
        for event in events:
            if isinstance(event, LayerProgress) and event.current is not None:
                continue  # byte counts are for a terminal; a log keeps the steps
            if isinstance(event, Snapshot) and not self._is_news(event):
                continue
            if isinstance(event, Result):
                self._write(self._out, Line(clean(event.value)))
            else:
                stream = self._out if data(event) else self._err
                for line in lines(event, as_written=not self._runner and not stream.isatty()):
                    self._write(stream, line)

    def error(self, error: EcsdeployError) -> None:
        """Show why the command failed."""
        for line in error_lines(error):
            self._write(self._err, line)

    def ask(self, question: str, expects: str = "") -> bool | None:
        """Return None: nobody is there to answer."""
        return None

    def close(self) -> None:
        """Leave the streams as they were found."""

    def _is_news(self, now: Snapshot) -> bool:
        """Return whether a snapshot differs from the one before; an empty line separates them."""
        before, self._shown = self._shown, now
        if before is not None and before != now:
            self._write(self._out, Line(""))
        return before != now

    def _write(self, stream: TextIO, line: Line) -> None:
        stream.write((defused(line.text) if self._runner else line.text) + "\n")
        stream.flush()
