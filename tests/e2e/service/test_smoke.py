"""`[smoke]` against real containers: a version that answers wrongly goes back, and the old one answers again."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest

from tests.e2e.service.project import Project, get, open_project

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

APP = f"smoke-{uuid.uuid4().hex[:8]}"
SERVER = """
const { VERSION, BROKEN } = process.env;
require('node:http').createServer((request, response) => {
  if (request.url === '/health') {
    response.statusCode = BROKEN ? 500 : 200;
    response.end(JSON.stringify({ status: BROKEN ? 'no database' : 'ok', version: VERSION }));
  } else {
    response.end(BROKEN ? 'new' : 'old');
  }
}).listen(3000, '0.0.0.0');
"""
SCRIPT = """#!/bin/sh
env | cut -d= -f1 | grep -E 'AWS_(ACCESS|SECRET|SESSION)' && exit 9
test "$1" = 1 && echo "asked $ECSDEPLOY_URL"
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, node_base_image: str) -> Iterator[Project]:
    folder, home = tmp_path_factory.mktemp("smoke"), tmp_path_factory.mktemp("sandbox")
    with open_project(folder, home, node_base_image, SERVER) as project:
        (folder / "smoke.sh").write_text(SCRIPT)
        (folder / "smoke.sh").chmod(0o755)
        yield project


def config(project: Project, *, broken: str = "", smoke: str = "") -> str:
    """Return a config whose health check passes, whatever /health says."""
    return f"""\
app = "{APP}"
region = "us-east-1"
{project.image}
[task]
port = 3000
environment = {{ VERSION = "{{commit}}"{broken} }}
health_check = {{ command = ["CMD", "node", "--version"], interval = 5 }}
[service]
count = 2
[smoke]
timeout = "3s"
{smoke}
[[smoke.requests]]
path = "/health"
json = {{ status = "ok", version = "{{commit}}" }}
"""


def test_only_what_answers_as_expected_is_deployed(project: Project) -> None:
    project.configure(config(project, smoke='command = ["./smoke.sh", "1"]'))
    first = project.run("deploy")
    assert first.returncode == 0, first.stderr
    assert re.search(r"^  \| asked http://127\.64\.\d+\.\d+:3000\nSmoke test: passed$", first.stderr, re.MULTILINE)

    project.configure(config(project, broken=', BROKEN = "yes"'))
    ran = project.run("deploy")

    assert (ran.returncode, ran.stdout) == (13, ""), ran.stderr
    assert f"{APP}:2 was deployed, and failed its smoke test.\n" in ran.stderr
    answer = r'GET http://127\.64\.\d+\.\d+:3000/health answered 500, expected 200: {"status":"no database",'
    assert re.search(rf"^  reason: {answer}.+\. Rolled back to {APP}:1\.$", ran.stderr, re.MULTILINE), ran.stderr
    assert f"  now in service: {APP}:1, 2 of 2 tasks run\n" in ran.stderr
    assert [get(host, 3000) for host in hosts(project)] == ["old", "old"]

    project.configure(config(project, smoke='command = ["./smoke.sh", "2"]'))
    ran = project.run("deploy")

    assert ran.returncode == 13, ran.stderr
    assert f"reason: ./smoke.sh ended with exit code 1. Rolled back to {APP}:1.\n" in ran.stderr
    assert [get(host, 3000) for host in hosts(project)] == ["old", "old"]


def hosts(project: Project) -> list[str]:
    """Return the addresses of the tasks that run."""
    told = project.run("status")
    return sorted(set(re.findall(r"http://(127\.64\.\d+\.\d+):3000", told.stdout)))
