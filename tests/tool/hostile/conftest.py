"""One deployed service for all environments: an environment must not change what another finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.world import CONFIG, World, open_world

GITHUB = '[github]\nrepository = "acme/hello"\nbranches = ["main"]\nrepository_id = 1234\nowner_id = 99\n'


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A sandbox and a project whose service runs."""
    home = tmp_path_factory.mktemp("town")
    for folder in (home, *home.parents[:2]):  # other users' commands run there too
        folder.chmod(0o755)
    with open_world(home, config=CONFIG + GITHUB) as world:
        deployed(world)
        yield world


def deployed(world: World) -> None:
    """See to it that the service runs, from an image with the tag v1; `destroy` may have kept the repository."""
    if world.run("register-task", "--image", "v1").code != 0:
        world.push_image("v1")
    ran = world.run("deploy", "--image", "v1")
    assert ran.code == 0, ran.err


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder for an environment's files, with a home in it that every user can write."""
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    for name in ("home", "files"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o777)
    return tmp_path
