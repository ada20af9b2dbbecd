"""The example: its own tests, its config, and what its image is like."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "hello-service"


def node_major() -> int:
    """Return the version of this machine's Node; 0 without one."""
    if shutil.which("node") is None:
        return 0
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    found = re.match(r"v(\d+)\.", answer)
    return int(found[1]) if found else 0


@pytest.mark.skipif(node_major() < 18, reason="no Node 18 or later here; the image's build runs the example's tests")
def test_its_own_tests_pass() -> None:
    done = subprocess.run(["node", "--test"], cwd=EXAMPLE, capture_output=True, text=True, timeout=100, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dockerfile_needs_nothing_that_a_plain_engine_lacks() -> None:
    dockerfile = (EXAMPLE / "Dockerfile").read_text()

    assert "syntax=" not in dockerfile  # it would be fetched from a registry before the build begins
    assert "RUN --mount" not in dockerfile
    assert re.findall(r"^ARG .*", dockerfile, re.MULTILINE) == ["ARG BASE_IMAGE=node:22-slim"]
    assert re.findall(r"^USER .*", dockerfile, re.MULTILINE) == ["USER 1000:1000"]


def test_only_what_is_named_reaches_the_build() -> None:
    rules = [line for line in (EXAMPLE / ".dockerignore").read_text().splitlines() if not line.startswith("#")]

    assert rules == ["*", "!package.json", "!*.js", "!test"]


@pytest.mark.docker
def test_the_image_serves_as_an_unprivileged_user_and_stops_in_order(node_base_image: str) -> None:
    build = ["docker", "build", "--quiet", "--target", "runtime", "--build-arg", f"BASE_IMAGE={node_base_image}"]
    image = docker([*build, str(EXAMPLE)])
    container = docker(["docker", "create", "--env", "APP_VERSION=v7", "--read-only", image])
    try:
        docker(["docker", "start", container])
        docker(["docker", "exec", container, "node", "-e", WAIT_FOR_HEALTH])
        assert docker(["docker", "exec", container, "id", "-u"]) == "1000"
        assert docker(["docker", "exec", container, "ls"]).split() == [
            "app.js", "healthcheck.js", "package.json", "server.js",
        ]  # fmt: skip
        docker(["docker", "stop", "--time", "20", container])
        assert docker(["docker", "inspect", "--format", "{{.State.ExitCode}}", container]) == "0"
        assert '"event":"stopped"' in docker(["docker", "logs", container])
    finally:
        docker(["docker", "rm", "--force", "--volumes", container])
        docker(["docker", "rmi", image])


# The health check itself has one try; a container that has just been started needs a few.
WAIT_FOR_HEALTH = """
const { spawnSync } = require('node:child_process');
for (let tries = 50; tries > 0; tries -= 1) {
  if (spawnSync('node', ['healthcheck.js']).status === 0) process.exit(0);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
}
process.exit(1);
"""


def docker(command: list[str]) -> str:
    """Return what a docker command printed; fail with its words when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return done.stdout.strip()
