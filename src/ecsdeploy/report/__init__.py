"""Events become text: plain lines, a terminal, JSON lines, GitHub Actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol, TextIO

from ecsdeploy.errors import EcsdeployError
from ecsdeploy.events import Report

OutputMode = Literal["auto", "plain", "rich", "json"]


class Reporter(Report, Protocol):
    """A report that can also show an error and ask a question."""

    def error(self, error: EcsdeployError) -> None:
        """Show why the command failed."""
        ...

    def ask(self, question: str, expects: str = "") -> bool | None:
        """Ask a yes-or-no question, or for `expects` to be typed; None: nobody can answer."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was found."""
        ...


def choose_reporter(
    mode: OutputMode, out: TextIO, err: TextIO, environ: Mapping[str, str], *, no_color: bool = False
) -> Reporter:
    """Return the reporter for `mode`; `auto` means colours on a terminal, and plain lines elsewhere."""
    if mode == "json":
        from ecsdeploy.report.json_lines import JsonReporter

        return JsonReporter(out)
    runner = on_github(environ)
    if runner and mode == "auto":
        from ecsdeploy.report.github import GitHubReporter

        return GitHubReporter(out, err)
    if mode == "rich" or (mode == "auto" and err.isatty() and environ.get("TERM") != "dumb"):
        from ecsdeploy.report.terminal import TerminalReporter

        return TerminalReporter(out, err, colour=not (no_color or environ.get("NO_COLOR")), runner=runner)
    from ecsdeploy.report.plain import PlainReporter

    return PlainReporter(out, err, runner=runner)


def on_github(environ: Mapping[str, str]) -> bool:
    """Return whether GitHub's runner reads along."""
    return environ.get("GITHUB_ACTIONS") == "true"
