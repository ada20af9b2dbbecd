"""Sandboxes and projects to measure in."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.session import Session

BIN = Path(sys.executable).parent
ECSDEPLOY = str(BIN / "ecsdeploy")


@contextmanager
def sandbox(*, runtime: str, speed: float) -> Iterator[dict[str, str]]:
    """Give the environment of a sandbox of our own."""
    name = f"bench-{os.getpid()}"
    up = [ECSDEPLOY, "sandbox", "up", "--name", name, "--port", "0", "--speed", str(speed), "--runtime", runtime, "-d"]
    subprocess.run(up, check=True, capture_output=True)
    try:
        told = subprocess.run(
            [ECSDEPLOY, "sandbox", "run", "--name", name, "--", "env", "-0"], check=True, capture_output=True
        )
        env = dict(line.split("=", 1) for line in told.stdout.decode().split("\0") if "=" in line)
        yield {**env, "BENCH_SANDBOX": name}
    finally:
        subprocess.run([ECSDEPLOY, "sandbox", "down", "--name", name], check=False, capture_output=True)


@contextmanager
def project() -> Iterator[Path]:
    """Give a clean clone of this repository, whose config deploys the example."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "hello-service"
        subprocess.run(["git", "clone", "--quiet", ".", str(source)], check=True)
        yield source


def commit(source: Path, text: str) -> None:
    """Change the example's code, so that its image has to be built, and commit that."""
    with (source / "examples/hello-service/app.js").open("a") as code:
        code.write(f"// {text}\n")
    who = ["-c", "user.name=Bench", "-c", "user.email=bench@example.invalid"]
    subprocess.run(["git", *who, "add", "-A"], cwd=source, check=True)
    subprocess.run(["git", *who, "commit", "--quiet", "--message", text], cwd=source, check=True)


def client(service: str, env: dict[str, str]) -> Any:
    """Return a botocore client of the sandbox."""
    return Session().create_client(
        service,
        region_name=env["AWS_REGION"],
        endpoint_url=env["AWS_ENDPOINT_URL"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
    )
