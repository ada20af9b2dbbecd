"""A project in a git repository, and a sandbox with real containers to deploy it to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from ecsdeploy.sandbox.runtime.clean import remove_leftovers
from tests.sandbox.conftest import REAL_SPEED, RunningSandbox, running_sandbox
from tests.support.world import git


@dataclass(frozen=True)
class Project:
    """A folder with a program for Node, and the sandbox."""

    sandbox: RunningSandbox
    folder: Path
    base_image: str

    @property
    def image(self) -> str:
        """Return the config's section that says what the image is built on."""
        return f"[image]\nargs = {{ BASE_IMAGE = {json.dumps(self.base_image)} }}\n"

    def configure(self, config: str, file: str = "ecsdeploy.toml") -> None:
        """Write the config and commit it."""
        (self.folder / file).write_text(config)
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "--quiet", "--allow-empty", "--message", "configure")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `ecsdeploy` as a user would."""
        engine = {name: value for name, value in os.environ.items() if name.startswith("DOCKER_")}
        environ = {**self.sandbox.environ(), **engine, "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
        command = [sys.executable, "-m", "ecsdeploy", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=environ, capture_output=True, text=True, timeout=200, check=False
        )

    def security_group(self, name: str, *rules: Mapping[str, object]) -> str:
        """Return the id of a new security group in the default VPC, with `rules` for everybody."""
        ec2 = self.sandbox.client("ec2")
        vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        group: str = ec2.create_security_group(GroupName=name, Description="by hand", VpcId=vpc)["GroupId"]
        for rule in rules:
            everybody = {**rule, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[everybody])
        return group


@contextmanager
def open_sandbox(home: Path) -> Iterator[RunningSandbox]:
    """Give a sandbox with real containers; at the end they are removed, and the images that were built for it."""
    with running_sandbox(home, runtime="docker", speed=REAL_SPEED) as sandbox:
        yield sandbox
        repositories = sandbox.client("ecr").describe_repositories()["repositories"]
    remove_leftovers(sandbox.sandbox.settings.name, sandbox.registry)
    for repository in repositories:
        images = ["docker", "images", "--quiet", repository["repositoryName"]]
        built = subprocess.run(images, capture_output=True, text=True, timeout=60, check=True).stdout.split()
        subprocess.run(["docker", "rmi", "--force", *built], capture_output=True, timeout=60, check=False)


@contextmanager
def open_project(folder: Path, home: Path, base_image: str, server: str) -> Iterator[Project]:
    """Give a project whose image runs `server`; at the end its containers and images are removed."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "Dockerfile").write_text(
        'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nCOPY server.js /\nCMD ["node", "/server.js"]\n'
    )
    (folder / ".dockerignore").write_text("*\n!server.js\n")
    (folder / "server.js").write_text(server)
    with open_sandbox(home) as sandbox:
        yield Project(sandbox, folder, base_image)


def get(host: str, port: int) -> str:
    """Return what is answered at an address."""
    with build_opener(ProxyHandler({})).open(f"http://{host}:{port}/", timeout=5) as answer:
        return str(answer.read().decode())
