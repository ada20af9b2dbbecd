"""A service with more than one TCP port and a log group of its own, in real containers: deployed, asked, broken."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

import pytest

from ecsdeploy.sandbox.runtime.clean import remove_leftovers
from tests.sandbox.conftest import REAL_SPEED, RunningSandbox, running_sandbox
from tests.support.world import git

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

APP = f"needs-{uuid.uuid4().hex[:8]}"
PORT, METRICS, DNS = 3000, 9090, 5353
SERVER = """
const http = require('node:http');
const dgram = require('node:dgram');
if (process.env.BROKEN) {
  // What gunicorn logs if a worker cannot be loaded: the cause first, then much that follows from it. Which of its
  // processes ends first, and so with which code, is up to chance.
  const lines = Array.from({ length: 75 }, (_, n) => `[INFO] setting ${n}`);
  lines.push('Traceback (most recent call last):', '  File "/app/wsgi.py", line 3', '    def broken(:');
  lines.push('SyntaxError: invalid syntax');
  for (let n = lines.length; n < 111; n += 1) lines.push(`[INFO] Worker exiting (${n})`);
  lines.push('[INFO] Shutting down: Master');
  process.stdout.write(lines.join('\\n') + '\\n', () => process.exit(Date.now() % 2 ? 3 : 1));
} else {
  for (const [port, text] of [[3000, 'service'], [9090, 'metrics']]) {
    http.createServer((request, response) => response.end(text)).listen(port, '0.0.0.0');
  }
  const echo = dgram.createSocket('udp4');
  echo.on('message', (message, from) => echo.send(message, from.port, from.address));
  echo.bind(5353, '0.0.0.0');
  console.log('serving');
}
"""


def config(base_image: str, group: str, *, environment: str = "") -> str:
    """Return the service's config; what it opens is up to the security group."""
    return f"""\
app = "{APP}"
region = "us-east-1"

[image]
args = {{ BASE_IMAGE = {json.dumps(base_image)} }}

[task]
port = {PORT}
environment = {{ {environment} }}

[[task.raw.containerDefinitions]]
name = "{APP}"
portMappings = [
  {{ containerPort = {PORT}, name = "http", appProtocol = "http" }},
  {{ containerPort = {METRICS}, name = "metrics", hostPort = {METRICS} }},
  {{ containerPort = {DNS}, protocol = "udp" }},
  {{ containerPortRange = "8000-8002" }},
]
logConfiguration = {{ options = {{ awslogs-group = "/shared/apps", awslogs-stream-prefix = "team/web" }} }}

[network]
security_groups = ["{group}"]
"""


@dataclass(frozen=True)
class Project:
    """A project in a git repository, and a sandbox to deploy it to."""

    sandbox: RunningSandbox
    folder: Path
    base_image: str
    group: str

    def configure(self, **changed: str) -> None:
        """Write the config and commit it."""
        (self.folder / "ecsdeploy.toml").write_text(config(self.base_image, self.group, **changed))
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


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, node_base_image: str) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("needs")
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "Dockerfile").write_text(
        'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nCOPY server.js /\nCMD ["node", "/server.js"]\n'
    )
    (folder / ".dockerignore").write_text("*\n!server.js\n")
    (folder / "server.js").write_text(SERVER)
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), runtime="docker", speed=REAL_SPEED) as sandbox:
        sandbox.client("logs").create_log_group(logGroupName="/shared/apps")
        ec2 = sandbox.client("ec2")
        vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        group = ec2.create_security_group(GroupName="mine", Description="mine", VpcId=vpc)["GroupId"]
        everybody = [{"CidrIp": "0.0.0.0/0"}]
        for protocol, port in (("tcp", PORT), ("tcp", METRICS), ("udp", DNS)):
            rule = {"IpProtocol": protocol, "FromPort": port, "ToPort": port, "IpRanges": everybody}
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
        yield Project(sandbox, folder, node_base_image, group)
    remove_leftovers(sandbox.sandbox.settings.name, sandbox.registry)
    built = subprocess.run(["docker", "images", "--quiet", APP], capture_output=True, text=True, timeout=60, check=True)
    subprocess.run(["docker", "rmi", "--force", *built.stdout.split()], capture_output=True, timeout=60, check=True)


def get(host: str, port: int) -> str:
    with build_opener(ProxyHandler({})).open(f"http://{host}:{port}/", timeout=5) as answer:
        return str(answer.read().decode())


def echo(host: str, port: int, text: bytes) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.sendto(text, (host, port))
        return client.recvfrom(100)[0]


def test_every_port_answers_and_nothing_changes_by_itself(project: Project) -> None:
    project.configure()
    first = project.run("deploy")
    assert first.returncode == 0, first.stderr
    host = urlsplit(first.stdout.strip()).hostname
    assert host is not None
    assert (get(host, PORT), get(host, METRICS)) == ("service", "metrics")
    assert echo(host, DNS, b"ping") == b"ping"

    again = project.run("deploy")
    assert again.returncode == 0, again.stderr
    assert f"= task definition {APP}:1: unchanged\n= service {APP}: unchanged\n" in again.stderr
    assert f"{APP} | serving\n" in project.run("logs").stdout


def test_a_long_log_is_one_card_with_the_cause(project: Project) -> None:
    project.configure(environment='BROKEN = "yes"')
    ran = project.run("deploy")
    assert ran.returncode in (4, 5), ran.stderr
    assert ran.stderr.count("  last log lines:\n") == 1
    card = re.split(r"\n  fix: ", ran.stderr.partition("  last log lines:\n")[2])[0]
    assert "    | SyntaxError: invalid syntax\n" in card
    assert '    |   File "/app/wsgi.py", line 3\n' in card
    assert re.search(r"^    \| \.\.\. \d+ lines left out$", card, re.MULTILINE)
    assert card.endswith("    | [INFO] Shutting down: Master")
    assert len(card.splitlines()) <= 24
