"""Commands as processes, with the streams, limits, language and folder that a user's may have.

`make test` tries each with one command or two, `make hard` with all.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.world import World
from tests.tool.hostile.judge import fault
from tests.tool.hostile.machine import COMMANDS, MACHINE, Machine

ROWS = list(enumerate(MACHINE))
each_machine = pytest.mark.parametrize(("number", "row"), ROWS, ids=[row.id for _, row in ROWS])


def faults(world: World, place: Path, row: Machine, commands: list[tuple[str, ...]]) -> list[str]:
    """Run the commands there; return what is wrong."""
    if row.needs and (os.geteuid() != 0 or sys.platform != "linux" or shutil.which(row.needs) is None):
        pytest.skip(f"needs root, Linux and {row.needs}")
    env = {**os.environ, **world.env, "HOME": str(place / "home"), "PLACE": str(place / "files")}
    env |= {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
    found = []
    for command in commands:
        done = subprocess.run(
            ["bash", "-c", row.line, "bash", sys.executable, "-m", "ecsdeploy", *command],
            cwd=world.project, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=100, check=False,
        )  # fmt: skip
        if wrong := fault(done.returncode, done.stderr.decode(errors="replace"), told=row.told):
            found.append(f"{' '.join(command)}: {wrong}")
    return found


@each_machine
def test_no_machine_is_called_a_bug(town: World, place: Path, number: int, row: Machine) -> None:
    one_more = [COMMANDS[number // 2 % len(COMMANDS)]] if number % 2 == 0 else []
    assert faults(town, place, row, [("status",), *one_more]) == []


@pytest.mark.hard
@each_machine
def test_no_command_on_any_machine_ends_as_a_bug(town: World, place: Path, number: int, row: Machine) -> None:
    assert faults(town, place, row, [("status",), *COMMANDS]) == []
