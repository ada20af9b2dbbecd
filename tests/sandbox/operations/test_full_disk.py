"""A disk that is full: the sandbox says so, goes on with what needs no room, and comes down."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from ecsdeploy.cli.sandbox import sandbox_app
from ecsdeploy.sandbox.env import sandbox_environment
from ecsdeploy.sandbox.lifecycle import running
from tests.sandbox.operations.furnished import definition, push_blob


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no small file system can be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def sandbox(state: Path, command: str, *arguments: str) -> Result:
    named = [command, "--name", f"full-{os.getpid()}", *arguments]
    return CliRunner().invoke(sandbox_app, named, env={"XDG_STATE_HOME": str(state)})


def up(state: Path) -> Result:
    return sandbox(state, "up", "--port", "0", "--runtime", "simulated", "--detach")


def fill(folder: Path) -> None:
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            return


def client(state: Path, service: str) -> Any:
    from botocore.config import Config
    from botocore.session import Session

    found = running(f"full-{os.getpid()}", {"XDG_STATE_HOME": str(state)})
    exports, _ = sandbox_environment(found.endpoint(), found.region, {})
    return Session().create_client(
        service,
        region_name=found.region,
        endpoint_url=found.endpoint(),
        aws_access_key_id=exports["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=exports["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


def test_a_disk_that_fills_up(small: Path) -> None:
    came_up = up(small)
    assert came_up.exit_code == 0, came_up.output
    ecr, ecs = client(small, "ecr"), client(small, "ecs")
    ecr.create_repository(repositoryName="web")
    push_blob(ecr, "web", b"small")
    with pytest.raises(ClientError, match="The sandbox cannot store the layer: No space left on device"):
        push_blob(ecr, "web", os.urandom(5_000_000))
    push_blob(ecr, "web", b"what did not fit was removed")
    fill(small)
    with pytest.raises(ClientError, match="No space left on device"):
        push_blob(ecr, "web", os.urandom(50_000))
    (small / "filler").unlink()
    push_blob(ecr, "web", b"there is room again")
    ecs.create_cluster(clusterName="c")
    ecs.register_task_definition(**definition("web"))
    assert sandbox(small, "status").exit_code == 0
    down = sandbox(small, "down")
    assert (down.exit_code, down.stderr) == (0, f"Sandbox full-{os.getpid()} is down.\n")


def test_a_disk_that_is_full_already(small: Path) -> None:
    fill(small)
    result = up(small)
    assert result.exit_code == 3
    assert "No space left on device" in result.stderr
    assert "Make room there, or set XDG_STATE_HOME to a folder that has some." in result.stderr
