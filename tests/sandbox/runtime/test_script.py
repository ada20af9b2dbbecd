"""What a simulated task does if its command is one of a shell's own."""

from __future__ import annotations

import pytest

from ecsdeploy.sandbox.runtime.script import Script, script_of


@pytest.mark.parametrize(
    ("command", "script"),
    [
        (["true"], Script((), 0, 0)),
        (["false"], Script((), 0, 1)),
        (["echo", "a", "b"], Script(("a b",), 0, 0)),
        (["sleep", "3"], Script((), 3, 0)),
        (["sh", "-c", "exit 7"], Script((), 0, 7)),
        (["/bin/sh", "-c", "echo 'a b'; sleep 2 && sleep 1; false"], Script(("a b",), 3, 1)),
        (["sh", "-c", "echo one; exit 300; echo two"], Script(("one",), 0, 44)),
        (["bash", "-c", ""], Script((), 0, 0)),
    ],
)
def test_a_shells_own_commands_are_played(command: list[str], script: Script) -> None:
    assert script_of(command) == script


@pytest.mark.parametrize(
    "command",
    [
        None,
        [],
        ["node", "server.js"],
        ["sleep", "infinity"],
        ["true", "--debug"],
        ["sh", "-c", "exec node server.js"],
        ["sh", "-c", "echo 'open"],
        ["sh", "-c", "exit $CODE"],
        ["sh", "start.sh"],
    ],
)
def test_everything_else_runs_until_it_is_stopped(command: list[str] | None) -> None:
    assert script_of(command) is None
