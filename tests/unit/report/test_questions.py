"""What a person at a terminal is asked, and what counts as consent."""

from __future__ import annotations

import io

import pytest

from ecsdeploy.report.json_lines import JsonReporter
from ecsdeploy.report.plain import PlainReporter
from ecsdeploy.report.terminal import TerminalReporter


class Screen(io.StringIO):
    """A terminal that remembers what it showed."""

    def isatty(self) -> bool:
        return True


def answered(typed: str, expects: str, monkeypatch: pytest.MonkeyPatch) -> tuple[bool | None, str]:
    """Return the answer, and what was shown."""
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    screen = Screen()
    return TerminalReporter(io.StringIO(), screen, colour=False).ask("Delete it?", expects), screen.getvalue()


@pytest.mark.parametrize(
    ("typed", "consent"),
    [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("hello\n", False), ("", None)],
)
def test_yes_or_no(typed: str, consent: bool | None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answered(typed, "", monkeypatch) == (consent, "Delete it? [y/N] ")


@pytest.mark.parametrize(
    ("typed", "consent"),
    [
        ("hello\n", True),
        ("  hello \n", True),
        ("y\n", False),
        ("Hello\n", False),
        ("hello-staging\n", False),
        ("\n", False),
        ("", None),
    ],
)
def test_a_word_that_has_to_be_typed(typed: str, consent: bool | None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answered(typed, "hello", monkeypatch) == (consent, "Delete it?\nType hello to confirm: ")


def test_nobody_answers_where_there_is_no_terminal() -> None:
    for report in (PlainReporter(io.StringIO(), io.StringIO()), JsonReporter(io.StringIO())):
        assert report.ask("Delete it?", "hello") is None
