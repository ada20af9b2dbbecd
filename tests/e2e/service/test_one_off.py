"""Release commands and single commands, in real containers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.service.project import Project, get, open_project

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

RUN = uuid.uuid4().hex[:8]
SERVER = """
const { ANSWER = 'served' } = process.env;
require('node:http').createServer((request, response) => response.end(ANSWER)).listen(3000, '0.0.0.0');
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, node_base_image: str) -> Iterator[Project]:
    folder, home = tmp_path_factory.mktemp("one-off"), tmp_path_factory.mktemp("sandbox")
    with open_project(folder, home, node_base_image, SERVER) as project:
        yield project


def configure(project: Project, *, answer: str, script: str = "") -> None:
    """Have a config whose service gives this answer, and whose release command runs this script, if any."""
    release = f"""[release]\ncommand = ["node", "-e", "{script}"]\n""" if script else ""
    task = f'[task]\nport = 3000\nenvironment = {{ ANSWER = "{answer}" }}\n'
    project.configure(f'app = "one-off-{RUN}"\nregion = "us-east-1"\n{project.image}{task}{release}')


def served(project: Project) -> str:
    """Return what the service answers, where `status` says that it does."""
    listed: Any = project.sandbox.client("ecs").list_tasks(cluster=f"one-off-{RUN}", serviceName=f"one-off-{RUN}")
    tasks = project.sandbox.client("ecs").describe_tasks(cluster=f"one-off-{RUN}", tasks=listed["taskArns"])["tasks"]
    (eni,) = {
        detail["value"]
        for task in tasks
        for attachment in task["attachments"]
        for detail in attachment["details"]
        if detail["name"] == "networkInterfaceId"
    }
    ec2 = project.sandbox.client("ec2")
    found: Any = ec2.describe_network_interfaces(NetworkInterfaceIds=[eni])["NetworkInterfaces"]
    return get(found[0]["Association"]["PublicIp"], 3000)


def test_a_release_and_what_runs_beside_it(project: Project) -> None:
    configure(project, answer="old")
    assert project.run("deploy").returncode == 0

    configure(project, answer="new", script="console.log('no such table'); process.exit(3)")
    failed = project.run("deploy")
    assert (failed.returncode, failed.stdout) == (5, ""), failed.stderr
    assert "  | no such table\n" in failed.stderr
    assert "error: The release command ended with exit code 3.\n  The service was not touched." in failed.stderr
    assert served(project) == "old"

    configure(project, answer="new", script="console.log('migrated for ' + process.env.ANSWER)")
    mended = project.run("deploy")
    assert mended.returncode == 0, mended.stderr
    assert "  | migrated for new\n" in mended.stderr
    host = urlsplit(mended.stdout.strip()).hostname
    assert host is not None
    assert get(host, 3000) == "new"

    again = project.run("deploy")
    assert again.returncode == 0
    assert "migrated" not in again.stderr


def test_a_command_ends_with_its_own_exit_code(project: Project) -> None:
    configure(project, answer="served")
    assert project.run("deploy").returncode == 0

    script = "console.log('asked by ' + process.env.ANSWER); console.error('and failed'); process.exit(7)"
    ran = project.run("run", "--", "node", "-e", script)
    # The Engine reads the two streams side by side: which comes first is not said.
    assert (ran.returncode, sorted(ran.stdout.splitlines())) == (7, ["and failed", "asked by served"]), ran.stderr
    missing = project.run("run", "--", "no-such-program")
    assert missing.returncode == 127, missing.stderr
    assert "no-such-program" in missing.stdout  # the init process says so
