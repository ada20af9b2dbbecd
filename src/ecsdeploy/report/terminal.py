"""A terminal: the same lines in colour, with a live block for what changes in place."""

from __future__ import annotations

import textwrap
import zlib
from collections import deque
from collections.abc import Iterable, Mapping
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from ecsdeploy import events as e
from ecsdeploy.errors import EcsdeployError
from ecsdeploy.facts import Check
from ecsdeploy.report.checked import WIDTH as CHECK_INDENT
from ecsdeploy.report.clean import clean, clean_lines, defused
from ecsdeploy.report.line import Line
from ecsdeploy.report.text import data, error_lines, lines, log_head, rollout_text, task_text

STYLES = {
    "step": "bold",
    "note": "",
    "warn": "yellow",
    "build": "dim",
    "layer": "dim",
    "service": "cyan",
    "created": "green",
    "updated": "yellow",
    "unchanged": "dim",
    "deregistered": "red",
    "deleted": "red",
    "ran": "green",
    "create": "green",
    "update": "yellow",
    "deregister": "red",
    "delete": "red",
    "keep": "dim",
    "unchecked": "dim",
    "good": "bold green",
    "bad": "bold red",
    "error": "bold red",
    "fix": "green",
    "why": "",
    "change": "",
    "fact": "",
}
BUILD_LINES = 8
BAR = 20
TASK_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_cyan", "bright_magenta", "bright_green")


class TerminalReporter:
    """Colour on `err`, data on `out`; a live block while a rollout or a transfer is under way.

    Logs that go to a file or a pipe are written as they are.
    """

    def __init__(self, out: TextIO, err: TextIO, *, colour: bool, runner: bool = False) -> None:
        self._runner = runner
        self._guard = defused if runner else str
        self._file = None if runner or out.isatty() else out
        self._out = Console(file=out, no_color=not colour, highlight=False, markup=False, soft_wrap=True)
        self._err = Console(file=err, no_color=not colour, highlight=False, markup=False)
        self._stdin_answers = err.isatty()
        self._live: Live | None = None
        self._passing = False
        self._shown: e.Snapshot | None = None
        self._layers: dict[str, e.LayerProgress] = {}
        self._build: deque[str] = deque(maxlen=BUILD_LINES)

    def __call__(self, *events: e.Event) -> None:
        """Show `events`."""
        for event in events:
            if self._runner and isinstance(event, e.RolloutState | e.TaskState | e.LayerProgress | e.BuildLine):
                self._tell(event)
            else:
                self._show(event)

    def error(self, error: EcsdeployError) -> None:
        """Show why the command failed."""
        self.close()
        for line in error_lines(error):
            self._print(self._err, line)

    def ask(self, question: str, expects: str = "") -> bool | None:
        """Ask a yes-or-no question, or for `expects` to be typed; None when nobody can answer."""
        self.close()
        if not self._stdin_answers:
            return None
        how = f"\nType {clean(expects)} to confirm: " if expects else " [y/N] "
        self._err.print(Text("\n".join(clean_lines(question)) + how, "bold yellow"), end="")
        try:
            answer = input().strip()
        except EOFError:
            return None
        return answer == expects if expects else answer.lower() in ("y", "yes")

    def close(self) -> None:
        """Stop the live block; its last state stays on the screen."""
        if self._live is not None:
            self._live.stop()
            self._live = None
            self._layers.clear()
            self._build.clear()

    def _show(self, event: e.Event) -> None:
        match event:
            case e.TaskState(note=""):
                pass  # the live block shows it
            case e.RolloutState():
                self._update(_rollout_block(event), passing=False)
            case e.LayerProgress():
                self._layers[event.layer] = event
                self._update(_layer_block(self._layers), passing=True)
            case e.BuildLine():
                self._build.append(self._guard(clean(event.text)))
                self._update(_build_block(self._build), passing=True)
            case e.Result():
                self.close()
                self._out.print(Text(self._guard(clean(event.value))))
            case e.LogLine(shown="progress"):
                self._lines(event)
            case e.LogLine():
                self._log(event)
            case e.Snapshot(live=True):
                self._repaint(event)
            case _:
                if self._passing or isinstance(event, e.Step | e.Outcome):
                    self.close()
                self._lines(event)

    def _tell(self, event: e.Event) -> None:
        """Show what changes in place as lines of their own: a runner's log has nothing that could be drawn over."""
        if not isinstance(event, e.LayerProgress) or event.current is None:
            self._lines(event)

    def _lines(self, event: e.Event) -> None:
        told = lines(event)
        if isinstance(event, e.FailureCard) and self._err.is_terminal:
            told = (part for line in told for part in _wrapped(line, self._err.width))
        if isinstance(event, Check) and self._out.is_terminal:
            told = (part for line in told for part in _check_wrapped(line, self._out.width))
        for line in told:
            self._print(self._out if data(event) else self._err, line)

    def _repaint(self, now: e.Snapshot) -> None:
        """Show a snapshot in place of the last; if that is not possible, below it, if it differs."""
        before, self._shown = self._shown, now
        if not self._out.is_terminal:
            if now != before:
                self._lines(now)
            return
        block = Text("\n", no_wrap=True, overflow="ellipsis").join(map(self._styled, lines(now)))
        if self._live is None:
            self._live = Live(console=self._out, auto_refresh=False, vertical_overflow="ellipsis")
            self._live.start()
        self._live.update(block, refresh=True)

    def _log(self, event: e.LogLine) -> None:
        if self._file is not None:
            self._file.writelines(f"{line.text}\n" for line in lines(event, as_written=True))
            self._file.flush()
            return
        colour = TASK_COLOURS[zlib.crc32(event.task.encode(errors="replace")) % len(TASK_COLOURS)]
        head = log_head(event)
        for line in clean_lines(event.text):
            shown = Text(self._guard(head + line))  # as a whole: a command could begin in one and end in the other
            shown.stylize(colour, 0, len(head))
            self._out.print(shown)

    def _print(self, console: Console, line: Line) -> None:
        console.print(self._styled(line), soft_wrap=True)

    def _styled(self, line: Line) -> Text:
        return Text(self._guard(line.text), style=STYLES.get(line.style, ""))

    def _update(self, block: Text, *, passing: bool) -> None:
        """Show `block` in place of what was live before; a `passing` one is removed when it is over."""
        if self._live is not None and self._passing != passing:
            self.close()
        if self._live is None:
            self._passing = passing
            self._live = Live(console=self._err, refresh_per_second=8, transient=passing, vertical_overflow="crop")
            self._live.start()
        self._live.update(block, refresh=not passing)


def _wrapped(line: Line, width: int) -> list[Line]:
    """Return a line of a card as lines that break between words; what a program printed is left alone."""
    if line.style == "log":
        return [line]
    return _broken(line, width, len(line.text) - len(line.text.lstrip()) + 2)


def _check_wrapped(line: Line, width: int) -> list[Line]:
    """Return a line of a check, broken below its text; what to do is left alone, since commands are copied from it."""
    return [line] if line.style == "fix" else _broken(line, width, CHECK_INDENT)


def _broken(line: Line, width: int, indent: int) -> list[Line]:
    """Return a line as lines that break between words, all but the first with an indent."""
    below = " " * indent
    broken = textwrap.wrap(
        line.text, width, subsequent_indent=below, break_long_words=False, break_on_hyphens=False, tabsize=1
    )
    return [Line(each, line.style) for each in broken]


def _build_block(last: Iterable[str]) -> Text:
    return Text("\n".join(f"  {line}" for line in last), style="dim", no_wrap=True, overflow="ellipsis")


def _rollout_block(state: e.RolloutState) -> Text:
    colour = "red" if "ROLLBACK" in state.status or state.failed else "green"
    # Wrapped here and not by the terminal: a block has to know its own height.
    block = Text(rollout_text(state), style=colour, no_wrap=False, overflow="fold")
    for task in state.tasks:
        block.append("\n  " + task_text(task), style="red" if task.note else "")
    return block


def _layer_block(layers: Mapping[str, e.LayerProgress]) -> Text:
    return Text("\n".join(_layer(layer) for layer in layers.values()), style="dim", no_wrap=True, overflow="ellipsis")


def _layer(event: e.LayerProgress) -> str:
    bar = ""
    if event.current is not None and event.total:
        done = round(min(1.0, event.current / event.total) * BAR)
        bar = f" [{'#' * done}{'.' * (BAR - done)}] {event.total / 1e6:.1f} MB"
    return f"  {clean(event.layer)} {clean(event.status)}{bar}"
