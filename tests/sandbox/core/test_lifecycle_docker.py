"""A detached sandbox with real containers: killed with tasks running, up again, down, and nothing left."""

from __future__ import annotations

import base64
import os
import signal
import threading
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session
from docker import APIClient

from ecsdeploy.sandbox.lifecycle import start_detached, take_down
from ecsdeploy.sandbox.lifecycle_errors import CannotStartError, LeftBehindError
from ecsdeploy.sandbox.runtime.engine import connect, socket_path
from ecsdeploy.sandbox.state import State, home_of, is_up
from ecsdeploy.sandbox.wish import Wish
from tests.sandbox.conftest import QUICK
from tests.sandbox.firewall.clients import opened
from tests.sandbox.runtime.proxy import Proxy
from tests.sandbox.runtime.tiny_registry import busybox_layer

pytestmark = pytest.mark.docker

SERVE = ["sh", "-c", "mkdir -p /www; echo hello > /www/index.html; exec httpd -f -p 8080 -h /www"]


class Machine:
    """A machine with a Docker Engine, and what a sandbox of one name left on it."""

    def __init__(self, state: Path) -> None:
        self.name = f"test-{uuid.uuid4().hex[:8]}"
        self.environ = {**os.environ, "XDG_STATE_HOME": str(state)}
        self.docker: APIClient = connect()

    def up(self) -> State:
        return start_detached(Wish(name=self.name, port=0, speed=50), self.environ)

    def down(self) -> bool:
        return take_down(self.name, self.environ)

    def kill(self, state: State) -> None:
        os.kill(state.pid, signal.SIGKILL)
        while is_up(home_of(self.name, self.environ)):
            threading.Event().wait(0.01)

    def left(self, state: State) -> list[str]:
        """Return what carries the sandbox's label, and the images of its registry."""
        filters = {"label": f"ecsdeploy.sandbox={self.name}"}
        images = [name for image in self.docker.images() for name in image.get("RepoTags") or []]
        return [
            *[found["Names"][0] for found in self.docker.containers(all=True, filters=filters)],
            *[found["Name"] for found in self.docker.networks(filters=filters)],
            *[found["Id"] for found in self.docker.images(filters=filters)],
            *[name for name in images if name.startswith(f"127.0.0.1:{state.port}/")],
        ]

    def push(self, state: State) -> str:
        """Push a small image to the sandbox's registry and return its reference."""
        ecr = client(state, "ecr")
        repository = ecr.create_repository(repositoryName="hello")["repository"]["repositoryUri"]
        self.docker.import_image_from_data(busybox_layer(), repository, "v1", changes=['CMD ["sh"]'])
        token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        user, _, password = base64.b64decode(token).decode().partition(":")
        said = self.docker.push(repository, "v1", auth_config={"username": user, "password": password})
        assert "error" not in said, said
        return f"{repository}:v1"


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    machine.down()
    machine.docker.close()


def client(state: State, service: str) -> Any:
    return Session().create_client(
        service,
        region_name=state.region,
        endpoint_url=state.endpoint(),
        aws_access_key_id="AKIASANDBOX000000000",
        aws_secret_access_key="sandbox",
        config=Config(proxies={}),
    )


def serve(state: State, image: str) -> str:
    """Run a service of that image until it is steady; return its address."""
    ecs, ec2 = client(state, "ecs"), client(state, "ec2")
    ecs.create_cluster(clusterName="c")
    ecs.register_task_definition(
        family="web",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn="arn:aws:iam::123456789012:role/execution",
        containerDefinitions=[
            {"name": "web", "image": image, "command": SERVE, "portMappings": [{"containerPort": 8080}]}
        ],
    )
    subnet = ec2.describe_subnets()["Subnets"][0]
    ecs.create_service(
        cluster="c",
        serviceName="web",
        taskDefinition="web",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": [subnet["SubnetId"]],
                "securityGroups": [opened(ec2, subnet["VpcId"], 8080)],
                "assignPublicIp": "ENABLED",
            }
        },
    )
    ecs.get_waiter("services_stable").wait(cluster="c", services=["web"], WaiterConfig=QUICK)
    found = ec2.describe_network_interfaces()["NetworkInterfaces"]
    return f"http://{found[0]['Association']['PublicIp']}:8080/"


def says_hello(address: str) -> bool:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=10) as answer:
        return bool(answer.read() == b"hello\n")


def test_killed_with_tasks_running_up_again_and_down(machine: Machine) -> None:
    first = machine.up()
    assert says_hello(serve(first, machine.push(first)))

    machine.kill(first)
    assert machine.left(first) != []

    second = machine.up()
    assert [name for name in machine.left(first) if "pause" not in name and not name.startswith("sha256:")] == []
    assert machine.down()
    assert (machine.left(first), machine.left(second)) == ([], [])


def test_down_after_a_kill_cleans_without_another_up_and_leaves_the_sandbox_beside_it(
    machine: Machine, tmp_path: Path
) -> None:
    beside = Machine(tmp_path)
    try:
        first, second = machine.up(), beside.up()
        serve(first, machine.push(first))
        address = serve(second, beside.push(second))
        machine.kill(first)
        before = beside.left(second)
        assert machine.down() is False
        assert machine.left(first) == []
        assert says_hello(address)
        assert beside.left(second) == before
    finally:
        beside.down()
        beside.docker.close()


def test_down_while_the_engine_is_away_says_what_stays_and_cleans_later(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Proxy(tmp_path / "engine.sock", socket_path())
    monkeypatch.setenv("DOCKER_HOST", f"unix://{proxy.path}")
    machine.environ["DOCKER_HOST"] = f"unix://{proxy.path}"
    state = machine.up()
    machine.docker.create_network(f"{machine.name}-made", labels={"ecsdeploy.sandbox": machine.name})
    proxy.down()
    with pytest.raises(LeftBehindError, match="its containers may still be in the Docker Engine") as caught:
        machine.down()
    assert caught.value.fix == f"When it does again: ecsdeploy sandbox down --name {machine.name}"
    with pytest.raises(LeftBehindError):
        machine.down()
    with pytest.raises(CannotStartError, match="cannot run tasks as real containers here"):
        machine.up()
    proxy.up()
    assert machine.left(state) == [f"{machine.name}-made"]
    assert machine.down() is False
    assert machine.left(state) == []
    assert not home_of(machine.name, machine.environ).exists()
    proxy.down()
