"""What is quoted of a command line that is not valid."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.clocks import ToolClock
from tests.support.world import run_inside
from tests.unit.report.hostile import Hostile
from tests.unit.report.test_hostile_text import escaping, obeyed, runner_lines


def said(*arguments: str) -> str:
    ran = run_inside(Path(), arguments, {"GITHUB_ACTIONS": "true"}, ToolClock(lambda seconds: seconds))
    assert ran.code == 2
    return ran.out + ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "--x##[add-path]/evil"),
        ("plan", "a\n::add-mask::b"),
        ("::add-mask::x", "y"),
        ("scale", "##[add-path]/evil"),
        ("plan", "--output", "##[add-path]/evil"),
        ("--x##[add-path]/evil",),
        ("sandbox", "x\n##[group]y\x1b[2J"),
    ],
    ids=str,
)
def test_a_mistake_on_the_command_line_commands_nobody(arguments: tuple[str, ...]) -> None:
    lines = runner_lines(said(*arguments))

    assert [line for line in lines if obeyed(line) or escaping(line)] == []


def test_whatever_it_is() -> None:
    hostile = Hostile(4)

    for _ in range(150):
        text = hostile.text().replace("\x00", "").encode(errors="replace").decode()
        for arguments in (("plan", f"--{text}"), ("plan", f"a{text}"), (f"x{text}",)):
            assert [line for line in runner_lines(said(*arguments)) if obeyed(line) or escaping(line)] == []
