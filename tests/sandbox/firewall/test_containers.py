"""Security groups on the way to real containers, and between them."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ecsdeploy.sandbox.runtime.clean import remove_leftovers
from tests.sandbox.conftest import REAL_SPEED, RunningSandbox, running_sandbox
from tests.sandbox.firewall.clients import asked, knock
from tests.sandbox.operations.furnished import wait_for
from tests.sandbox.runtime.tiny_registry import TinyRegistry, busybox_layer

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(os.geteuid() != 0, reason="to enter a task's network takes root"),
]

PORT = 8080
SERVE = ["sh", "-c", f"mkdir /w; echo hello > /w/index.html; exec httpd -f -h /w -p {PORT}"]


class Place:
    """A cluster, an image and security groups."""

    def __init__(self, sandbox: RunningSandbox, image: str) -> None:
        self.sandbox = sandbox
        self.image = image
        self.ecs, self.ec2 = sandbox.client("ecs"), sandbox.client("ec2")
        self.ecs.create_cluster(clusterName="c")
        found = self.ec2.describe_subnets()["Subnets"][0]
        self.subnet, self.vpc = found["SubnetId"], found["VpcId"]

    def group(self, name: str) -> str:
        made = self.ec2.create_security_group(GroupName=name, Description="of a test", VpcId=self.vpc)
        return str(made["GroupId"])

    def allow(self, group: str, **peer: Any) -> None:
        rule = {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, **peer}
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])

    def run(self, family: str, command: list[str], *groups: str) -> str:
        """Run one task until it is RUNNING, and return its ARN."""
        self.ecs.register_task_definition(
            family=family,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[
                {"name": "app", "image": self.image, "command": command, "portMappings": [{"containerPort": PORT}]}
            ],
        )
        network = {"subnets": [self.subnet], "assignPublicIp": "ENABLED", "securityGroups": list(groups)}
        task = self.ecs.run_task(
            cluster="c",
            taskDefinition=family,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
        )["tasks"][0]["taskArn"]
        wait_for(lambda: self.now(task)["lastStatus"] == "RUNNING", f"{family} runs")
        return str(task)

    def now(self, task: str) -> Any:
        return self.ecs.describe_tasks(cluster="c", tasks=[task])["tasks"][0]

    def address(self, task: str) -> str:
        details = {one["name"]: one["value"] for one in self.now(task)["attachments"][0]["details"]}
        found = self.ec2.describe_network_interfaces(NetworkInterfaceIds=[details["networkInterfaceId"]])
        return str(found["NetworkInterfaces"][0]["Association"]["PublicIp"])

    def dropped(self, task: str) -> list[dict[str, Any]]:
        found = self.sandbox.sandbox.status()["security_groups"]
        assert found["enforced"], found
        return [each for each in found["dropped"] if each["task"] == task]

    def inside(self, task: str) -> str:
        """Return a task's address for other tasks."""
        from docker import APIClient

        engine = APIClient()
        label = f"ecsdeploy.task={task}"
        found = [each for each in engine.containers(filters={"label": label}) if each["NetworkSettings"]["Networks"]]
        [address] = [network["IPAddress"] for each in found for network in each["NetworkSettings"]["Networks"].values()]
        engine.close()
        return str(address)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    registry = TinyRegistry()
    image = registry.add("busybox", busybox_layer(), Env=["PATH=/bin"])
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), runtime="docker", speed=REAL_SPEED) as running:
        yield Place(running, image)
    remove_leftovers(running.sandbox.settings.name, registry.host)
    registry.close()


def answers(address: str) -> Callable[[], bool]:
    return lambda: knock(address, PORT).endswith("200 OK")


def test_a_closed_port_times_out_and_opens_while_the_task_runs(place: Place) -> None:
    group = place.group("web")
    task = place.run("web", SERVE, group)
    address = place.address(task)
    assert knock(address, PORT) == "TimeoutError", "neither refused nor accepted: that would be something else than AWS"
    [loss] = place.dropped(task)
    assert (loss["port"], loss["source"], loss["security_groups"]) == (PORT, "internet", [group])
    assert loss["attempts"] >= 1
    assert loss["text"].endswith(f"from the Internet: no rule of {group} (web) allowed it.")

    place.allow(group, IpRanges=[{"CidrIp": "0.0.0.0/0"}])
    wait_for(answers(address), "an answer")
    connection = socket.create_connection((address, PORT), timeout=30)
    rule = {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    place.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])
    wait_for(lambda: knock(address, PORT) == "TimeoutError", "it is closed again")
    assert asked(connection) == "HTTP/1.1 200 OK", "what was connected goes on"


def test_a_task_without_a_group_has_the_default_one(place: Place) -> None:
    task = place.run("plain", SERVE)
    assert knock(place.address(task), PORT) == "TimeoutError"
    assert "(default)" in place.dropped(task)[0]["text"]


def test_a_task_reaches_another_whose_group_names_its_own(place: Place) -> None:
    database, web = place.group("database"), place.group("frontend")
    server = place.run("database", SERVE, database)
    get = f"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 2 {place.inside(server)} {PORT}"
    client = place.run("frontend", ["sh", "-c", f"while true; do {get}; sleep 0.2; done"], web)

    def lost() -> list[str]:
        return [each["source"] for each in place.dropped(server)]

    wait_for(lambda: lost() == ["task"], "what the other task sent is dropped")
    place.allow(database, UserIdGroupPairs=[{"GroupId": web}])
    wait_for(lambda: "hello" in _said(place, client), "the other task is let in")
    assert knock(place.address(server), PORT) == "TimeoutError", "the Internet is not"


def _said(place: Place, task: str) -> str:
    from docker import APIClient

    engine = APIClient()
    found = engine.containers(filters={"label": [f"ecsdeploy.task={task}", "ecsdeploy.container=app"]})
    try:
        return str(engine.logs(found[0]["Id"]).decode()) if found else ""
    finally:
        engine.close()
