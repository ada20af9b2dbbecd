"""`ecsdeploy run`, as a user sees it: every failure of its own ends with 125."""

from __future__ import annotations

import json

import pytest

from tests.support.world import World


def deployed(world: World) -> None:
    world.release()
    assert world.run("deploy").code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run",), "Error: Missing argument 'COMMAND...'.\n"),
        (("run", "--no-such-option", "--", "true"), "Error: No such option: --no-such-option"),
        (("run", "--timeout", "soon", "--", "true"), "error: --timeout 'soon' is not a duration.\n"),
        (("run", "--", ""), "error: There is no command to run.\n"),
        (("run", "--config", "nowhere.toml", "--", "true"), "nowhere.toml"),
        (("run", "--", "true"), "error: There is no service hello in the cluster hello.\n"),
    ],
)
def test_what_does_not_run_ends_with_125(world: World, arguments: tuple[str, ...], words: str) -> None:
    ran = world.run(*arguments)
    assert (ran.code, ran.out) == (125, "")
    assert words in ran.err


def test_the_command_begins_where_the_first_word_is(world: World) -> None:
    deployed(world)
    ran = world.run("run", "sh", "-c", "echo hello; exit 3")
    assert (ran.code, ran.out) == (3, "hello\n")


def test_a_command_that_is_too_long_is_refused_before_the_call(world: World) -> None:
    deployed(world)
    ran = world.run("run", "--debug", "--", "echo", "x" * 9000)
    assert (ran.code, ran.writes) == (125, {})
    assert "error: The command is too long for ECS.\n" in ran.err


def test_a_program_is_told_the_same(world: World) -> None:
    deployed(world)
    ran = world.run("run", "--output", "json", "--", "sh", "-c", "echo hello; exit 3")
    events = [json.loads(line) for line in ran.out.splitlines()]
    (line,) = (event for event in events if event["event"] == "LogLine")
    assert (line["text"], line["container"], line["shown"]) == ("hello", "hello", "output")
    assert ran.code == 3
    refused = world.run("run", "--output", "json", "--revision", "9", "--", "true")
    assert json.loads(refused.out.splitlines()[-1])["exit_code"] == refused.code == 125
