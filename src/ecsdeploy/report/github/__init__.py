"""GitHub Actions: plain lines, warnings as annotations, and the long parts of the log folded.

What the command leaves for GitHub when it has ended is in `ending`.
"""

from __future__ import annotations

from typing import TextIO

from ecsdeploy.errors import EcsdeployError
from ecsdeploy.events import (
    BuildLine,
    Event,
    FailureCard,
    LayerProgress,
    Outcome,
    Output,
    RolloutState,
    ServiceMessage,
    TaskState,
    Warn,
)
from ecsdeploy.facts import Check
from ecsdeploy.report.github.cause import completed, told
from ecsdeploy.report.github.commands import END_GROUP, annotation, group
from ecsdeploy.report.plain import PlainReporter

WARNINGS = 10
"""So many annotations of a kind GitHub shows for a step; more warnings are plain lines."""


class GitHubReporter(PlainReporter):
    """Plain lines that GitHub's runner also reads; after a run that failed, one error that names the cause.

    What the build prints, what is pushed, and how the rollout goes on are folded; notes, warnings, failure cards and
    the end never are.
    """

    def __init__(self, out: TextIO, err: TextIO) -> None:
        super().__init__(out, err, runner=True)
        self._group = ""
        self._warnings = 0
        self._card: FailureCard | None = None
        self._end: Outcome | EcsdeployError | None = None
        self._marked = False

    def __call__(self, *events: Event) -> None:
        """Show `events`."""
        for event in events:
            self._fold(_group(event, self._group))
            if isinstance(event, FailureCard):
                self._card = completed(self._card, event)
            elif isinstance(event, Outcome):
                self._end = None if event.ok else event
            if isinstance(event, Warn) and self._warnings < WARNINGS:
                self._warnings += 1
                self._command(annotation("warning", "ecsdeploy", event.text))
            else:
                super().__call__(event)
            if isinstance(event, Check):
                self._mark(event)

    def error(self, error: EcsdeployError) -> None:
        """Show why the command failed."""
        self._fold("")
        self._end = error
        super().error(error)

    def close(self) -> None:
        """End what is folded, and mark the job with what ended it, unless each problem has marked it already."""
        self._fold("")
        end, self._end = self._end, None
        if end is not None and not (self._marked and isinstance(end, Outcome)):
            self._command(_error(end, self._card))

    def _mark(self, check: Check) -> None:
        """Mark the job with a problem, and a file with what is wrong in it."""
        if check.status == "problem":
            self._marked = True
            self._command(annotation("error", check.text, _said(check), file=check.file, line=check.line))
        elif check.status == "warning" and check.file and self._warnings < WARNINGS:
            self._warnings += 1
            self._command(annotation("warning", check.text, _said(check), file=check.file, line=check.line))

    def _fold(self, title: str) -> None:
        if title == self._group:
            return
        if self._group:
            self._command(END_GROUP)
        self._group = title
        if title:
            self._command(group(title))

    def _command(self, line: str) -> None:
        self._err.write(line + "\n")
        self._err.flush()


def _said(check: Check) -> str:
    return "\n".join(part for part in (check.why, check.fix) if part)


def _group(event: Event, now: str) -> str:
    """Return the group of an event, "" if it is not folded; one that prints nothing leaves open what is open `now`."""
    match event:
        case Output() | LayerProgress(current=int()):
            return now
        case BuildLine():
            return "Build"
        case LayerProgress():
            return "Push"
        case RolloutState() | TaskState() | ServiceMessage():
            return "Rollout"
        case _:
            return ""


def _error(end: Outcome | EcsdeployError, card: FailureCard | None) -> str:
    """Return the one error of a run: the verdict as its title, then the cause and what to do."""
    said: tuple[str, ...] = told(card)
    if isinstance(end, EcsdeployError):
        title, said = end.what, (*said, end.why, end.fix)
    else:
        title, said = end.text, said if card is not None else _facts(end, "reason", "next")
    return annotation("error", title, "\n".join(part for part in said if part))


def _facts(end: Outcome, *names: str) -> tuple[str, ...]:
    return tuple(end.facts.get(name, "") for name in names)
