"""200,000 hostile texts, in every text that an event or an error has: none commands a runner or a terminal."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TextIO

import pyte
import pytest

from ecsdeploy import events as e
from ecsdeploy.errors import EcsdeployError
from ecsdeploy.report import Reporter
from ecsdeploy.report.github import WARNINGS, GitHubReporter
from ecsdeploy.report.json_lines import JsonReporter
from ecsdeploy.report.plain import PlainReporter
from ecsdeploy.report.terminal import TerminalReporter
from tests.unit.report.hostile import Hostile, enough

TEXTS = 34_000
"""For each of the six channels: 204,000 in all."""
_OURS = re.compile(
    r"::endgroup::|::group::(?P<group>Build|Push|Rollout)"
    r"|::(?P<kind>warning|error) title=(?P<title>[^:,\r\n]*)(,file=(?P<file>[^:,\r\n]*),line=\d+)?::(?P<data>[^\r\n]*)"
)
_PAINT = re.compile(r"\x1b\[[0-9;]*m")
_LIVE = re.compile(r"\x1b\[\?25[lh]|\x1b\[1A|\x1b\[2K|\r(?=\x1b)")


class Tty(io.StringIO):
    """A terminal, as far as a reporter asks."""

    def isatty(self) -> bool:
        """Return that it is one."""
        return True


def obeyed(line: str) -> str:
    """Return the name of the command that GitHub's runner finds in a line, "" for none.

    Port of actions/runner's ActionCommand.cs (TryParseV2, then TryParse), which takes any name that is registered;
    here every name is.
    """
    trimmed = line.strip()
    if trimmed.startswith("::") and (end := trimmed.find("::", 2)) >= 0:
        return trimmed[2:end].split(" ")[0] or "::"
    start = line.find("##[")
    end = line.find("]", start)
    return line[start + 3 : end].split(" ")[0] or "##[" if 0 <= start < end else ""


def unescaped(data: str) -> str:
    """Return what the runner shows of an annotation: it undoes our escapes, and then prints the lines."""
    return data.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",").replace("%25", "%")


def runner_lines(text: str) -> list[str]:
    """Return the lines in which the runner reads what a step printed (.NET's StreamReader.ReadLine)."""
    return re.split(r"\r\n|\r|\n", text)


def told(hostile: Hostile, make: Callable[[TextIO, TextIO], Reporter], stream: TextIO) -> str:
    """Return all that a reporter writes of hostile events, and of an error after each hundred."""
    for events in _hundreds(enough(hostile, TEXTS)):
        reporter = make(stream, stream)
        reporter(*events)
        reporter.error(EcsdeployError(hostile.text(), why=hostile.text(), fix=hostile.text()))
        reporter.close()
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def say(figure: str) -> None:
    """Print what was measured, for whoever runs this with `-s`."""
    sys.stdout.write(figure + "\n")


def _hundreds(events: Iterable[e.Event]) -> Iterator[list[e.Event]]:
    kept: list[e.Event] = []
    for event in events:
        kept.append(event)
        if len(kept) == 100:
            yield kept
            kept = []


def escaping(text: str) -> list[str]:
    """Return the characters with which a terminal is controlled, line ends and tabs aside."""
    return re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u206f\ud800-\udfff]", text)


ON_A_RUNNER: dict[str, Callable[[TextIO, TextIO], Reporter]] = {
    "plain": lambda out, err: PlainReporter(out, err, runner=True),
    "rich": lambda out, err: TerminalReporter(out, err, colour=True, runner=True),
    "json": lambda out, _: JsonReporter(out),
}


@pytest.mark.parametrize("name", ON_A_RUNNER)
def test_on_a_runner_no_text_is_a_command(name: str) -> None:
    hostile = Hostile(1)

    lines = runner_lines(told(hostile, ON_A_RUNNER[name], io.StringIO()))

    assert [line for line in lines if obeyed(line)] == []
    assert [line for line in lines if escaping(line)] == []
    assert hostile.made >= TEXTS
    say(f"{name}: 0 commands and 0 control characters of {hostile.made} hostile texts, in {len(lines)} lines")


def test_on_github_no_text_is_a_command_but_ours() -> None:
    hostile = Hostile(2)

    lines = runner_lines(told(hostile, GitHubReporter, io.StringIO()))

    ours = [found for line in lines if obeyed(line) for found in [_OURS.fullmatch(line)] if found]
    assert len(ours) == sum(1 for line in lines if obeyed(line))
    assert [line for line in lines if escaping(line)] == []
    shown = [unescaped(text) for found in ours for text in found.groupdict("").values()]
    inside = [line for text in shown for line in runner_lines(text)]
    assert [line for line in inside if obeyed(line) or escaping(line)] == []
    runs = sum(1 for found in ours if found["kind"] == "error")
    assert sum(1 for found in ours if found["kind"] == "warning") <= runs * WARNINGS
    assert hostile.made >= TEXTS
    say(f"github: 0 commands but our {len(ours)}, of {hostile.made} hostile texts, in {len(lines)} lines")


TERMINALS: dict[str, Callable[[TextIO, TextIO], Reporter]] = {
    "plain": PlainReporter,
    "rich": lambda out, err: TerminalReporter(out, err, colour=True),
}


@pytest.mark.parametrize("name", TERMINALS)
def test_on_a_terminal_no_text_is_a_control_sequence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a terminal gets is characters, and the paint and the redrawing that are ours."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    hostile = Hostile(3)

    text = told(hostile, TERMINALS[name], Tty())

    assert ("\x1b[" in text) == (name == "rich")
    assert "\x1b[38;5;196" not in text
    assert escaping(_LIVE.sub("", _PAINT.sub("", text))) == []
    assert Noting.noted(text[:200_000]) == []
    assert hostile.made >= TEXTS
    say(f"{name} on a terminal: 0 control sequences but ours, of {hostile.made} hostile texts")


class Noting(pyte.Screen):
    """A terminal that notes what no text may do to it."""

    def __init__(self) -> None:
        super().__init__(100, 40)
        self.notes: list[str] = []

    @classmethod
    def noted(cls, text: str) -> list[str]:
        """Return what the terminal noted when it got `text`."""
        screen = cls()
        pyte.Stream(screen).feed(text.replace("\n", "\r\n"))
        return screen.notes

    def set_title(self, param: str) -> None:
        """Note it."""
        self.notes.append(f"title {param}")

    def set_icon_name(self, param: str) -> None:
        """Note it."""
        self.notes.append(f"icon {param}")

    def bell(self, *args: Any) -> None:
        """Note it."""
        self.notes.append("bell")

    def erase_in_display(self, how: int = 0, *args: Any, **kwargs: Any) -> None:
        """Note it."""
        self.notes.append("erase")

    def report_device_status(self, mode: int) -> None:
        """Note it."""
        self.notes.append("status")


def test_the_judges_are_awake() -> None:
    raw = [Hostile(seed).text() for seed in range(2000)]
    lines = [line for text in raw for line in runner_lines(text)]

    assert sum(1 for line in lines if obeyed(line)) > 100
    assert sum(1 for line in lines if escaping(line)) > 100
    assert {note.split(" ")[0] for note in Noting.noted("\n".join(raw))} >= {"title", "bell", "erase", "status"}
