"""The action as the runner unpacks it, and a sandbox that other processes reach."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.world import World, open_world

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def action(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what the action needs of its commit, and nothing of this checkout's beside."""
    folder = tmp_path_factory.mktemp("_actions") / "acme" / "ecsdeploy"
    (folder / "requirements").mkdir(parents=True)
    for name in ("action.yml", "requirements/tool.txt"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="session")
def temp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the runner gives a job; the jobs here share one, so that they install once."""
    return tmp_path_factory.mktemp("_temp")


@contextmanager
def passing_world(home: Path) -> Iterator[World]:
    """Give a sandbox whose time passes while others wait for it, and a project whose image is in its registry."""
    over = threading.Event()
    with open_world(home) as fresh:
        fresh.release()
        passing = threading.Thread(target=_pass_time, args=(fresh, over))
        passing.start()
        try:
            yield fresh
        finally:
            over.set()
            passing.join()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give such a world to one test."""
    with passing_world(tmp_path) as fresh:
        yield fresh


def _pass_time(world: World, over: threading.Event) -> None:
    while not over.wait(0.02):
        world.clock.pass_time(2.0)
