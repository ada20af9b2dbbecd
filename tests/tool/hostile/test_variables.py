"""Every command in every environment that variables and files make: none calls it a bug.

`make test` tries each environment with the commands that it concerns most and one more, another each time; `make hard`
tries all with all.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from typer.main import get_command

from ecsdeploy.cli import app
from ecsdeploy.errors import Refused
from ecsdeploy.image.engine import connect
from tests.support.world import World, run_inside
from tests.tool.hostile.commands import BUILDING, COMMANDS, CONCERNED, RUNNING
from tests.tool.hostile.conftest import deployed
from tests.tool.hostile.environment import Hostile, Place
from tests.tool.hostile.judge import fault
from tests.tool.hostile.rows import VARIABLES

ROWS = list(enumerate(VARIABLES.rows))
each_environment = pytest.mark.parametrize(("number", "row"), ROWS, ids=[row.id for _, row in ROWS])
NO_PROGRAM = (126, 127)
NO_ENGINE = "unix:///nowhere/docker.sock"


def faults(world: World, folder: Path, row: Hostile, commands: list[tuple[str, ...]]) -> list[str]:
    """Run the commands there; return what is wrong."""
    place = Place(folder / "files", world.project)
    env: dict[str, str | None] = {
        **world.env,
        "HOME": str(folder / "home"),
        "DOCKER_HOST": NO_ENGINE,
        **row.make(place),
    }
    found = []
    for command in commands:
        if env["DOCKER_HOST"] is None and command in BUILDING:
            continue  # it would build on this machine's own Engine, if there is one
        ran = run_inside(world.project, command, env, world.tool_clock())
        if command in RUNNING and ran.code in NO_PROGRAM:
            continue  # as a shell has it
        if wrong := fault(ran.code, ran.err):
            found.append(f"{' '.join(command)}: {wrong}")
        if command[0] == "destroy" and ran.code == 0:
            deployed(world)
        if command[:2] == ("sandbox", "up") and ran.code == 0 and not any("down" in each for each in commands):
            left = "real" if "real" in command else "default"  # a process of its own, which nothing else would end
            assert run_inside(world.project, ("sandbox", "down", "--name", left), env, world.tool_clock()).code == 0
    return found


@each_environment
def test_no_environment_is_called_a_bug(town: World, place: Path, number: int, row: Hostile) -> None:
    one_more = COMMANDS[number % len(COMMANDS)]
    assert faults(town, place, row, [*CONCERNED[row.area], one_more]) == []


@pytest.mark.parametrize("row", [row for _, row in ROWS if row.area == "docker"], ids=lambda row: row.id)
def test_an_engine_is_found_or_told_why_not(town: World, place: Path, row: Hostile) -> None:
    made = row.make(Place(place / "files", town.project))
    env = {name: value for name, value in {"HOME": str(place / "home"), **made}.items() if value is not None}
    with suppress(Refused):
        connect(env).client.close()


@pytest.mark.hard
@each_environment
def test_no_command_in_any_environment_ends_as_a_bug(town: World, place: Path, number: int, row: Hostile) -> None:
    assert faults(town, place, row, list(COMMANDS)) == []


def test_every_command_of_the_command_line_is_tried() -> None:
    commands = getattr(get_command(app), "commands")  # noqa: B009 - Typer's class is private
    assert {name for name in commands if name != "sandbox"} <= {command[0] for command in COMMANDS}
    assert set(commands["sandbox"].commands) <= {command[1] for command in COMMANDS if command[0] == "sandbox"}
