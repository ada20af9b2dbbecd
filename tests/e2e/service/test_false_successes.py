"""Services that run and that nobody is served by, in real containers: none is called deployed."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from ecsdeploy.clock import SystemClock
from tests.e2e.service.project import Project, get, open_project

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

RUN = uuid.uuid4().hex[:8]
SERVER = """
const { HOST = '0.0.0.0', LISTEN = '3000', DIES, ANSWER = 'served' } = process.env;
require('node:http').createServer((request, response) => response.end(ANSWER)).listen(Number(LISTEN), HOST);
if (DIES) {
  setTimeout(() => { console.error('Error: the database went away'); process.exit(1); }, 1000 * Number(DIES));
}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, node_base_image: str) -> Iterator[Project]:
    folder, home = tmp_path_factory.mktemp("false"), tmp_path_factory.mktemp("sandbox")
    with open_project(folder, home, node_base_image, SERVER) as project:
        yield project


def config(project: Project, app: str, *, port: int = 3000, environment: str = "", more: str = "") -> str:
    """Return a config without a health check: ECS knows only that a task runs."""
    task = f"[task]\nport = {port}\nenvironment = {{ {environment} }}\n"
    return f'app = "{app}-{RUN}"\nregion = "us-east-1"\n{project.image}{task}{more}'


def test_a_program_that_listens_where_nobody_gets_in(project: Project) -> None:
    wrong = {"loopback": 'HOST = "127.0.0.1"', "elsewhere": 'LISTEN = "8080"'}
    for app, environment in wrong.items():
        project.configure(config(project, app, environment=environment), f"{app}.toml")

    with ThreadPoolExecutor() as pool:
        deployed = dict(
            zip(wrong, pool.map(lambda app: project.run("deploy", "-c", f"{app}.toml"), wrong), strict=True)
        )

    for app, ran in deployed.items():
        assert (ran.returncode, ran.stdout) == (5, ""), ran.stderr
        assert f"{app}-{RUN}:1 runs, but nobody can reach it.\n" in ran.stderr
        assert re.search(r"  reason: http://127\.64\.\d+\.\d+:3000 refuses connections \(Connection", ran.stderr)


def test_a_program_that_dies_after_its_deployment_succeeded(project: Project) -> None:
    project.configure(config(project, "dies", environment='DIES = "4"'))
    project.run("deploy")
    ecs, stopped = project.sandbox.client("ecs"), {"cluster": f"dies-{RUN}", "desiredStatus": "STOPPED"}
    while len(ecs.list_tasks(**stopped)["taskArns"]) < 2:
        SystemClock().sleep(0.2)

    ran = project.run("deploy")

    assert ran.returncode in (4, 5), ran.stderr
    assert "    | Error: the database went away\n" in ran.stderr
    assert "Unchanged" not in ran.stderr


def test_a_port_that_the_config_changes_is_opened(project: Project) -> None:
    project.configure(config(project, "moves"))
    assert project.run("deploy").returncode == 0

    project.configure(config(project, "moves", port=8080, environment='LISTEN = "8080"'))
    ran = project.run("deploy")

    assert ran.returncode == 0, ran.stderr
    host = urlsplit(ran.stdout.strip()).hostname
    assert host is not None
    assert get(host, 8080) == "served"


def test_a_security_group_that_lets_nobody_in(project: Project) -> None:
    group = project.security_group("closed")
    project.configure(config(project, "closed", more=f'[network]\nsecurity_groups = ["{group}"]\n'))

    ran = project.run("deploy")

    assert ran.returncode == 5, ran.stderr
    assert f":3000 cannot be reached: no rule of {group} (closed) opens TCP port 3000 to anybody\n" in ran.stderr


def test_a_secret_that_is_added_is_granted(project: Project) -> None:
    project.sandbox.client("ssm").put_parameter(Name=f"/{RUN}/answer", Value="a secret", Type="SecureString")
    project.configure(config(project, "secret"))
    assert project.run("deploy").returncode == 0

    project.configure(config(project, "secret", more=f'secrets = {{ ANSWER = "ssm:/{RUN}/answer" }}\n'))
    ran = project.run("deploy")

    assert ran.returncode == 0, ran.stderr
    host = urlsplit(ran.stdout.strip()).hostname
    assert host is not None
    assert get(host, 3000) == "a secret"
