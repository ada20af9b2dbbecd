"""A service with more than one TCP port and a log group of its own, in real containers: deployed, asked, broken."""

from __future__ import annotations

import re
import socket
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.e2e.service.project import Project, get, open_project

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


def config(image: str, group: str, *, environment: str = "") -> str:
    """Return the service's config; what it opens is up to the security group."""
    return f"""\
app = "{APP}"
region = "us-east-1"

{image}
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


def configure(project: Project, group: str, *, environment: str = "") -> None:
    """Write the config and commit it."""
    project.configure(config(project.image, group, environment=environment))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, node_base_image: str) -> Iterator[Project]:
    folder, home = tmp_path_factory.mktemp("needs"), tmp_path_factory.mktemp("sandbox")
    with open_project(folder, home, node_base_image, SERVER) as project:
        project.sandbox.client("logs").create_log_group(logGroupName="/shared/apps")
        yield project


@pytest.fixture(scope="module")
def group(project: Project) -> str:
    opened = (("tcp", PORT), ("tcp", METRICS), ("udp", DNS))
    rules = [{"IpProtocol": protocol, "FromPort": port, "ToPort": port} for protocol, port in opened]
    return project.security_group("mine", *rules)


def echo(host: str, port: int, text: bytes) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.sendto(text, (host, port))
        return client.recvfrom(100)[0]


def test_every_port_answers_and_nothing_changes_by_itself(project: Project, group: str) -> None:
    configure(project, group)
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


def test_a_long_log_is_one_card_with_the_cause(project: Project, group: str) -> None:
    configure(project, group, environment='BROKEN = "yes"')
    ran = project.run("deploy")
    assert ran.returncode in (4, 5), ran.stderr
    *shown, card = [re.split(r"\n  fix: ", told)[0] for told in ran.stderr.split("  from its log:\n")[1:]]
    assert len(shown) <= 1, "beside the last word, one card as it happens"
    assert "    | SyntaxError: invalid syntax\n" in card
    assert '    |   File "/app/wsgi.py", line 3\n' in card
    assert re.search(r"^    \| \.\.\. \d+ lines left out$", card, re.MULTILINE)
    assert card.endswith("    | [INFO] Shutting down: Master")
    assert all(len(each.splitlines()) <= 24 for each in [*shown, card])
