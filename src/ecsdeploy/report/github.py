"""GitHub Actions: plain lines, plus annotations for what went wrong and the job's outputs.

Workflow commands and files: docs.github.com, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from ecsdeploy.errors import EcsdeployError
from ecsdeploy.events import Event, FailureCard, Outcome, Result, Warn
from ecsdeploy.report.clean import clean, clean_lines, defused
from ecsdeploy.report.line import Line
from ecsdeploy.report.plain import PlainReporter


class GitHubReporter(PlainReporter):
    """Plain lines that GitHub's runner also reads: annotations, outputs, a step summary."""

    def __init__(self, out: TextIO, err: TextIO, environ: Mapping[str, str]) -> None:
        super().__init__(out, err, runner=True)
        self._outputs = environ.get("GITHUB_OUTPUT")
        self._summary = environ.get("GITHUB_STEP_SUMMARY")

    def __call__(self, *events: Event) -> None:
        """Show `events`."""
        super().__call__(*events)
        for event in events:
            if isinstance(event, Warn):
                self._command("warning", "ecsdeploy", event.text)
            elif isinstance(event, FailureCard):
                self._command("error", event.cause, f"{event.stopped_reason}\n{event.fix}")
            elif isinstance(event, Result):
                self._output(event.name, event.value)
            elif isinstance(event, Outcome):
                self._summarise(event)
                if not event.ok:
                    self._command("error", event.text, event.facts.get("reason", ""))

    def error(self, error: EcsdeployError) -> None:
        """Show why the command failed, and annotate the job with it."""
        super().error(error)
        self._command("error", error.what, "\n".join(part for part in (error.why, error.fix) if part))

    def _command(self, name: str, title: str, message: str) -> None:
        self._err.write(f"::{name} title={_property(title)}::{_data(message or title)}\n")
        self._err.flush()

    def _output(self, name: str, value: str) -> None:
        if self._outputs is None:
            return
        fence = secrets.token_hex(16)
        self._append(self._outputs, f"{name}<<{fence}\n{clean(value)}\n{fence}\n")

    def _summarise(self, outcome: Outcome) -> None:
        if self._summary is None:
            return
        rows = "".join(f"| {_cell(name)} | {_cell(value)} |\n" for name, value in outcome.facts.items())
        table = f"\n| | |\n|---|---|\n{rows}" if rows else ""
        self._append(self._summary, f"### {'✅' if outcome.ok else '❌'} {_cell(outcome.text)}\n{table}\n")

    def _append(self, path: str, text: str) -> None:
        """Add to a file of the runner's; if it cannot be written, the deployment still counts."""
        try:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            self._write(self._err, Line(clean(f"warning: {path} can't be written: {error.strerror}")))


def _data(text: str) -> str:
    return "\n".join(map(defused, clean_lines(text))).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    """Return `text` for a cell of a Markdown table: no markup, no HTML."""
    plain = clean(text).replace("&", "&amp;").replace("<", "&lt;")
    return "".join("\\" + char if char in "\\`*_{}[]()#+-!|>~" else char for char in plain)
