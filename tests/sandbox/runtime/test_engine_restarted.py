"""The Docker Engine itself is killed under a service, and started again."""

from __future__ import annotations

import base64
import gc
import os
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from docker import APIClient

from ecsdeploy.sandbox.runtime.reasons import ENGINE_RESTARTED, NETWORK_GONE
from tests.sandbox.conftest import REAL_SPEED, RunningSandbox, running_sandbox
from tests.sandbox.firewall.clients import knock, opened
from tests.sandbox.operations.furnished import wait_for
from tests.sandbox.runtime.second_engine import SecondEngine
from tests.sandbox.runtime.tiny_registry import busybox_layer

pytestmark = [
    pytest.mark.docker,
    # docker-py leaves a socket that could not be connected to the garbage collector.
    pytest.mark.filterwarnings("ignore:.*unclosed <socket:pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

AWAY = "the Docker Engine of this machine does not answer"
SERVE = ["sh", "-c", "trap 'exit 0' TERM; httpd -p 8080 -h /www; while true; do sleep 0.1; done"]


class Scene:
    """A sandbox on an Engine of its own, with a service of two tasks."""

    def __init__(self, running: RunningSandbox, engine: SecondEngine, client: APIClient) -> None:
        self.engine = engine
        self.name = running.sandbox.settings.name
        self._client = client
        self.ecs, self._ec2 = running.client("ecs"), running.client("ec2")
        subnet = self._ec2.describe_subnets()["Subnets"][0]
        self._group = opened(self._ec2, subnet["VpcId"], 8080)
        place = {"subnets": [subnet["SubnetId"]], "securityGroups": [self._group], "assignPublicIp": "ENABLED"}
        self._network = {"awsvpcConfiguration": place}
        self._image = self._push(running)

    def _push(self, running: RunningSandbox) -> str:
        ecr = running.client("ecr")
        repository = str(ecr.create_repository(repositoryName="web")["repository"]["repositoryUri"])
        self._client.import_image_from_data(busybox_layer(), repository, "v1", changes=["ENV PATH=/bin"])
        token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        user, _, password = base64.b64decode(token).decode().partition(":")
        said = self._client.push(repository, "v1", auth_config={"username": user, "password": password})
        assert "error" not in said, said
        return f"{repository}:v1"

    def serve(self) -> None:
        self.ecs.create_cluster(clusterName="c")
        web = {"name": "web", "image": self._image, "command": SERVE, "portMappings": [{"containerPort": 8080}]}
        self.ecs.register_task_definition(
            family="web",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            executionRoleArn="arn:aws:iam::123456789012:role/execution",
            containerDefinitions=[web],
        )
        self.ecs.create_service(
            cluster="c",
            serviceName="web",
            taskDefinition="web",
            desiredCount=2,
            launchType="FARGATE",
            networkConfiguration=self._network,
        )
        self.steady()

    def run_task(self) -> str:
        asked = {"taskDefinition": "web", "launchType": "FARGATE", "networkConfiguration": self._network}
        return str(self.ecs.run_task(cluster="c", **asked)["tasks"][0]["taskArn"])

    def steady(self) -> None:
        def is_steady() -> bool:
            [service] = self.ecs.describe_services(cluster="c", services=["web"])["services"]
            return bool(service["runningCount"] == 2 and service["deployments"][0]["rolloutState"] == "COMPLETED")

        wait_for(is_steady, "two tasks")

    def tasks(self) -> set[str]:
        return set(self.ecs.list_tasks(cluster="c", serviceName="web")["taskArns"])

    def described(self, *arns: str) -> list[Any]:
        return list(self.ecs.describe_tasks(cluster="c", tasks=list(arns))["tasks"])

    def ends(self, *arns: str) -> set[tuple[str, str, int | None]]:
        """Return how tasks ended, once all have: stop code, reason, exit code of the container."""
        wait_for(lambda: all(one["lastStatus"] == "STOPPED" for one in self.described(*arns)), "the end")
        return {
            (one["stopCode"], one["stoppedReason"], one["containers"][0].get("exitCode"))
            for one in self.described(*arns)
        }

    def answers(self) -> list[bytes]:
        """Return what every running task of the service serves."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        said = []
        for address in self.addresses():
            with opener.open(f"http://{address}:8080/", timeout=10) as answer:
                said.append(answer.read())
        return said

    def addresses(self) -> list[str]:
        """Return the address of every running task of the service."""
        details = [
            {one["name"]: one["value"] for one in task["attachments"][0]["details"]}
            for task in self.described(*self.tasks())
        ]
        ids = [each["networkInterfaceId"] for each in details]
        found = self._ec2.describe_network_interfaces(NetworkInterfaceIds=ids)["NetworkInterfaces"]
        return [each["Association"]["PublicIp"] for each in found]

    def shut(self) -> None:
        """Let nobody in any more."""
        [group] = self._ec2.describe_security_groups(GroupIds=[self._group])["SecurityGroups"]
        self._ec2.revoke_security_group_ingress(GroupId=self._group, IpPermissions=group["IpPermissions"])

    def unheard(self) -> bool:
        """Say whether a client of each task hears nothing."""
        return {knock(address, 8080) for address in self.addresses()} == {"TimeoutError"}

    def left(self) -> list[str]:
        filters = {"label": f"ecsdeploy.sandbox={self.name}"}
        return [
            *[found["Id"] for found in self._client.containers(all=True, filters=filters)],
            *[found["Name"] for found in self._client.networks(filters=filters)],
            *[found["Id"] for found in self._client.images(filters=filters)],
        ]


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Iterator[SecondEngine]:
    if os.geteuid() != 0:
        pytest.skip("only root can start a second Docker Engine")
    if shutil.which("dockerd") is None:
        pytest.skip("no dockerd in the path")
    before = [path for path in (Path("/sys/class/net/docker0"),) if path.exists()]
    engine = SecondEngine(*getattr(request, "param", ()))
    engine.start()
    yield engine
    engine.close()
    assert all(path.exists() for path in before), "the first Engine's own bridge stays"
    wait_for(lambda: engine.processes() == [], "the end of every process of the Engine's containers")


@pytest.fixture
def scene(engine: SecondEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setenv("DOCKER_HOST", engine.host)
    with closing(engine.client()) as client:
        with running_sandbox(tmp_path / "home", runtime="docker", speed=REAL_SPEED) as running:
            scene = Scene(running, engine, client)
            scene.serve()
            yield scene
        assert scene.left() == []
    gc.collect()


def test_tasks_that_ended_with_the_engine_say_so_and_are_replaced(scene: Scene) -> None:
    before = scene.tasks()
    scene.engine.kill()
    assert scene.tasks() == before, "calls answer, and nothing is said of tasks that nobody can see"
    refused = scene.run_task()
    assert scene.ends(refused) == {("TaskFailedToStart", f"InternalError: {AWAY}", None)}

    scene.engine.start()
    assert scene.ends(*before) == {("InfrastructureHealth", ENGINE_RESTARTED, None)}
    scene.steady()
    assert not scene.tasks() & before
    assert scene.answers() == [b"hello\n"] * 2

    # One that shuts down in order may or may not tell of a container's end before it is gone: either is the truth.
    before = scene.tasks()
    scene.engine.stop()
    scene.engine.start()
    assert scene.ends(*before) <= {
        ("InfrastructureHealth", ENGINE_RESTARTED, None),
        ("InfrastructureHealth", NETWORK_GONE, None),
        ("EssentialContainerExited", "Essential container in task exited", 0),
    }
    scene.steady()
    assert scene.answers() == [b"hello\n"] * 2


@pytest.mark.parametrize("engine", [("--live-restore",)], indirect=True)
def test_tasks_that_outlived_the_engine_go_on(scene: Scene) -> None:
    before = scene.tasks()
    with scene.engine.hung():
        late = scene.run_task()
        assert scene.tasks() == before
    wait_for(lambda: scene.described(late)[0]["lastStatus"] == "RUNNING", "what was asked for meanwhile")
    scene.engine.kill()
    scene.engine.start()
    gone = scene.run_task()
    wait_for(lambda: scene.described(gone)[0]["lastStatus"] == "RUNNING", "a new task")
    assert scene.tasks() == before
    assert scene.answers() == [b"hello\n"] * 2

    scene.shut()
    wait_for(scene.unheard, "the security group closes them")
    scene.engine.kill()
    scene.engine.start()
    late = scene.run_task()
    wait_for(lambda: scene.described(late)[0]["lastStatus"] == "RUNNING", "a new task")
    wait_for(scene.unheard, "they stay closed, whoever listens for them now")
