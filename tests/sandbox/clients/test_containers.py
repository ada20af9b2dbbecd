"""Containers of every kind, from `docker push` to what DescribeTasks says of them: nothing but other people's clients.

The images come in through the AWS CLI's login and Docker's own push; the tasks are real.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest
from docker import APIClient

from ecsdeploy.probe.http import find
from ecsdeploy.sandbox.runtime.clean import remove_leftovers
from ecsdeploy.sandbox.runtime.engine import connect
from ecsdeploy.workflow.reach import refuses
from tests.sandbox.clients.conftest import Shell
from tests.sandbox.conftest import REAL_SPEED, RunningSandbox, running_sandbox
from tests.sandbox.firewall.clients import opened
from tests.sandbox.operations.furnished import wait_for
from tests.sandbox.runtime.tiny_registry import busybox_layer, layer, pause_layer

pytestmark = pytest.mark.docker

ROLE = "arn:aws:iam::123456789012:role/execution"
LOGS = {"awslogs-group": "/ecs/kinds", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "kind"}
SERVE = ["httpd", "-f", "-h", "/www", "-p"]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), runtime="docker", speed=REAL_SPEED) as running:
        running.client("ecs").create_cluster(clusterName="c")
        running.client("logs").create_log_group(logGroupName="/ecs/kinds")
        yield running
    remove_leftovers(running.sandbox.settings.name, running.registry)


class Images:
    """Small images, pushed by the command line of Docker."""

    def __init__(self, shell: Shell, engine: APIClient) -> None:
        self._shell = shell
        self._engine = engine
        self._config = str(shell.home / "docker")
        password = shell.ok("aws", "ecr", "get-login-password")
        self.docker("login", "--username", "AWS", "--password-stdin", shell.sandbox.registry, stdin=password)

    def docker(self, *arguments: str, stdin: str = "") -> str:
        return self._shell.ok("docker", "--config", self._config, *arguments, stdin=stdin)

    def push(self, name: str, content: bytes, *changes: str) -> str:
        """Push an image of one layer and return its reference by digest, as ECR has it."""
        self._shell.sandbox.client("ecr").create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
        reference = f"{self._shell.sandbox.registry}/{name}"
        self._engine.import_image_from_data(content, repository=reference, tag="v1", changes=list(changes))
        pushed = re.search(r"digest: (sha256:[0-9a-f]{64})", self.docker("push", f"{reference}:v1"))
        digest = self._shell.aws(
            *("ecr", "describe-images", "--repository-name", name, "--image-ids", "imageTag=v1"),
            query="imageDetails[0].imageDigest",
        )
        assert pushed is not None
        assert pushed[1] == digest
        self.docker("image", "rm", f"{reference}:v1")
        return f"{reference}@{digest}"


@pytest.fixture(scope="module")
def images(shell: Shell) -> Iterator[Images]:
    if shutil.which("docker") is None:
        pytest.skip("no docker command line")
    with closing(connect()) as engine:
        yield Images(shell, engine)


@pytest.fixture(scope="module")
def busybox(images: Images) -> str:
    return images.push("busybox", busybox_layer(), "ENV PATH=/bin")


class Tasks:
    """Starts tasks and tells what ECS says of them."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.ecs = sandbox.client("ecs")
        self._ec2 = sandbox.client("ec2")
        self._logs = sandbox.client("logs")
        subnet = self._ec2.describe_subnets()["Subnets"][0]
        groups = [opened(self._ec2, subnet["VpcId"], 8080)]
        self.network = {
            "awsvpcConfiguration": {
                "subnets": [subnet["SubnetId"]],
                "securityGroups": groups,
                "assignPublicIp": "ENABLED",
            }
        }

    def register(self, family: str, *containers: dict[str, Any]) -> None:
        logs = {"logDriver": "awslogs", "options": LOGS}
        self.ecs.register_task_definition(
            family=family,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            executionRoleArn=ROLE,
            containerDefinitions=[{"name": "app", "logConfiguration": logs, **one} for one in containers],
        )

    def run(self, family: str, *containers: dict[str, Any]) -> str:
        """Start one task and return its ARN."""
        self.register(family, *containers)
        started = self.ecs.run_task(
            cluster="c", taskDefinition=family, launchType="FARGATE", networkConfiguration=self.network
        )
        return str(started["tasks"][0]["taskArn"])

    def now(self, arn: str) -> Any:
        return self.ecs.describe_tasks(cluster="c", tasks=[arn])["tasks"][0]

    def when(self, arn: str, status: str) -> Any:
        """Return the task once it has that status."""
        wait_for(lambda: self.now(arn)["lastStatus"] in (status, "STOPPED"), f"{status} of {arn}")
        return self.now(arn)

    def end(self, arn: str) -> tuple[str, int | None, str]:
        """Return a task's end: stop code, its first container's exit code, and the error that a reason begins with."""
        task = self.when(arn, "STOPPED")
        container = task["containers"][0]
        error = re.match(r"(\w+Error):", container.get("reason") or task["stoppedReason"])
        return task["stopCode"], container.get("exitCode"), error[1] if error else ""

    def lines(self, arn: str, container: str = "app") -> list[str]:
        return [event["message"] for event in self.events(arn, container)]

    def events(self, arn: str, container: str = "app") -> list[Any]:
        stream = f"kind/{container}/{arn.rpartition('/')[2]}"
        if not self._logs.describe_log_streams(logGroupName="/ecs/kinds", logStreamNamePrefix=stream)["logStreams"]:
            return []
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName="/ecs/kinds", logStreamNames=[stream]
        )
        return [event for page in pages for event in page["events"]]

    def address(self, arn: str) -> str:
        """Return the task's public address."""
        details = {one["name"]: one["value"] for one in self.now(arn)["attachments"][0]["details"]}
        found = self._ec2.describe_network_interfaces(NetworkInterfaceIds=[details["networkInterfaceId"]])
        return str(found["NetworkInterfaces"][0]["Association"]["PublicIp"])


@pytest.fixture(scope="module")
def tasks(sandbox: RunningSandbox) -> Tasks:
    return Tasks(sandbox)


def test_every_way_to_end(images: Images, busybox: str, tasks: Tasks) -> None:
    """All at once: each ends as on Fargate, and says so in the same fields."""
    big = layer({"bin/busybox": busybox_program(), "big": os.urandom(64_000_000)})
    kinds: dict[str, dict[str, Any]] = {
        "exits-0": {"image": busybox, "command": ["true"]},
        "exits-7": {"image": busybox, "command": ["sh", "-c", "exit 7"]},
        "no-entry-point": {"image": busybox, "command": ["/no/such/program"]},
        "out-of-memory": {"image": busybox, "command": ["tail", "/dev/zero"], "memory": 32},
        "read-only-root": {"image": busybox, "command": ["touch", "/x"], "readonlyRootFilesystem": True},
        "another-user": {"image": busybox, "command": ["sh", "-c", "id -u; id -g; touch /x"], "user": "1234:99"},
        "no-shell": {"image": images.push("bare", pause_layer()), "entryPoint": ["/pause"], "stopTimeout": 2},
        "big-image": {"image": images.push("big", big), "command": ["/bin/busybox", "true"]},
        "no-image": {"image": f"{busybox.partition('@')[0]}:v2"},
    }
    arns = {name: tasks.run(name, kind) for name, kind in kinds.items()}
    tasks.when(arns["no-shell"], "RUNNING")
    tasks.ecs.stop_task(cluster="c", task=arns["no-shell"])
    exited = "EssentialContainerExited"
    assert {name: tasks.end(arn) for name, arn in arns.items()} == {
        "exits-0": (exited, 0, ""),
        "exits-7": (exited, 7, ""),
        "no-entry-point": ("TaskFailedToStart", None, "CannotStartContainerError"),
        "out-of-memory": (exited, 137, "OutOfMemoryError"),
        "read-only-root": (exited, 1, ""),
        "another-user": (exited, 1, ""),
        "no-shell": ("UserInitiated", 137, ""),
        "big-image": (exited, 0, ""),
        "no-image": ("TaskFailedToStart", None, "CannotPullContainerError"),
    }
    # What goes to standard error has no order with what goes to standard output.
    assert {"1234", "99"} <= set(tasks.lines(arns["another-user"]))
    assert "Read-only file system" in tasks.lines(arns["read-only-root"])[0]


def busybox_program() -> bytes:
    from tests.sandbox.runtime.tiny_registry import busybox

    return busybox()


def test_ten_thousand_lines_a_second(busybox: str, tasks: Tasks) -> None:
    script = "for s in 1 2 3; do seq 10000; sleep 1; done"
    arn = tasks.run("flood", {"image": busybox, "command": ["sh", "-c", script]})
    assert tasks.end(arn)[1] == 0
    assert tasks.lines(arn) == [str(number) for number in range(1, 10_001)] * 3


def test_one_container_waits_for_the_health_of_another(busybox: str, tasks: Tasks) -> None:
    check = {"command": ["CMD", "cat", "/ready"], "interval": 5, "timeout": 2, "retries": 10}
    slow = "trap 'exit 0' TERM; sleep 2; echo ready > /ready; echo ready; while true; do sleep 0.1; done"
    database = {"name": "db", "image": busybox, "command": ["sh", "-c", slow], "healthCheck": check}
    waits = [{"containerName": "db", "condition": "HEALTHY"}]
    arn = tasks.run(
        "pair", {"image": busybox, "command": ["echo", "up"], "dependsOn": waits}, {**database, "essential": False}
    )
    assert tasks.end(arn) == ("EssentialContainerExited", 0, "")
    assert {one["name"]: one.get("exitCode") for one in tasks.now(arn)["containers"]} == {"app": 0, "db": 0}
    [ready], [up] = tasks.events(arn, "db"), tasks.events(arn)
    assert (ready["message"], up["message"]) == ("ready", "up")
    assert ready["timestamp"] <= up["timestamp"]


def test_who_listens_on_the_loopback_interface_only_is_not_reached(busybox: str, tasks: Tasks) -> None:
    ports = [{"containerPort": 8080}]
    closed = {"image": busybox, "command": [*SERVE, "127.0.0.1:8080"], "portMappings": ports}
    opened = {"image": busybox, "command": [*SERVE, "8080"], "portMappings": ports}
    inside, outside = tasks.run("closed", closed), tasks.run("opened", opened)
    for arn in (inside, outside):
        assert tasks.when(arn, "RUNNING")["lastStatus"] == "RUNNING"
    wait_for(lambda: answer(tasks.address(outside)).endswith(" 200 OK"), "an answer")
    assert answer(tasks.address(inside)) == ""
    assert find(f"http://{tasks.address(outside)}:8080", 5.0) == ""
    assert refuses(find(f"http://{tasks.address(inside)}:8080", 5.0)), "by this `deploy` knows that it has to say so"
    for arn in (inside, outside):
        tasks.ecs.stop_task(cluster="c", task=arn)


def answer(address: str) -> str:
    """Return the first line of an HTTP answer, or nothing where nobody gives one."""
    try:
        with socket.create_connection((address, 8080), timeout=5) as connection:
            connection.sendall(b"GET /index.html HTTP/1.0\r\n\r\n")
            return connection.recv(1000).decode().partition("\r\n")[0]
    except OSError:
        return ""


@pytest.mark.skipif(os.geteuid() != 0, reason="to listen in a task's network takes root")
def test_a_container_that_asks_for_its_metadata(sandbox: RunningSandbox, busybox: str, tasks: Tasks) -> None:
    paths = ["", "/task", "/stats", "/task/stats", "/nothing"]
    script = "".join(f"wget -q -O - $ECS_CONTAINER_METADATA_URI_V4{path} || echo none; echo; " for path in paths)
    script += "echo $ECS_CONTAINER_METADATA_URI_V4; sleep 600"
    arn = tasks.run("curious", {"image": busybox, "command": ["sh", "-c", script], "memory": 64, "stopTimeout": 2})
    wait_for(lambda: any(line.startswith("http") for line in tasks.lines(arn)), "the answers")
    *said, address = [line for line in tasks.lines(arn) if not line.startswith("wget: ")]
    own, task, stats, all_stats = (json.loads(line) for line in said[:4])
    assert said[4] == "none"

    described = tasks.now(arn)
    told = described["containers"][0]
    details = {one["name"]: one["value"] for one in described["attachments"][0]["details"]}
    assert (own["DockerId"], own["ContainerARN"]) == (told["runtimeId"], told["containerArn"])
    assert {name: own[name] for name in ("Name", "Image", "KnownStatus", "Limits", "LogDriver", "Type")} == {
        "Name": "app",
        "Image": busybox,
        "KnownStatus": "RUNNING",
        "Limits": {"CPU": 2, "Memory": 64},
        "LogDriver": "awslogs",
        "Type": "NORMAL",
    }
    assert own["LogOptions"]["awslogs-stream"] == f"kind/app/{arn.rpartition('/')[2]}"
    assert own["Networks"][0]["IPv4Addresses"] == [details["privateIPv4Address"]]
    assert (task["Containers"], task["TaskARN"], task["Cluster"]) == ([own], arn, described["clusterArn"])
    assert (task["Family"], task["Limits"], task["LaunchType"]) == ("curious", {"CPU": 0.25, "Memory": 512}, "FARGATE")
    assert task["AvailabilityZone"] == described["availabilityZone"]
    assert stats["memory_stats"]["limit"] == 64 * 1024 * 1024
    assert list(all_stats) == [told["runtimeId"]]

    opener = build_opener(ProxyHandler({}))
    with pytest.raises(OSError, match="refused"), opener.open(address, timeout=5):
        pytest.fail("it is reached from outside of the task")
    tasks.ecs.stop_task(cluster="c", task=arn)


def test_a_service_whose_health_check_never_passes(busybox: str, tasks: Tasks) -> None:
    check = {"command": ["CMD", "false"], "interval": 5, "timeout": 2, "retries": 1}
    tasks.register("unwell", {"image": busybox, "command": ["sleep", "600"], "healthCheck": check, "stopTimeout": 2})
    threshold = {"type": "COUNT", "value": 1}
    breaker = {"enable": True, "rollback": False, "thresholdConfiguration": threshold}
    tasks.ecs.create_service(
        cluster="c",
        serviceName="unwell",
        taskDefinition="unwell",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration=tasks.network,
        deploymentConfiguration={"deploymentCircuitBreaker": breaker},
    )

    def state() -> str:
        found = tasks.ecs.describe_services(cluster="c", services=["unwell"])["services"][0]
        return str(found["deployments"][0]["rolloutState"])

    wait_for(lambda: state() == "FAILED", "the circuit breaker")
    arns = tasks.ecs.list_tasks(cluster="c", serviceName="unwell", desiredStatus="STOPPED")["taskArns"]
    task = tasks.now(arns[0])
    assert (task["healthStatus"], "ailed container health checks" in task["stoppedReason"]) == ("UNHEALTHY", True)
    tasks.ecs.delete_service(cluster="c", service="unwell", force=True)


def test_a_pull_by_digest_and_a_tag_that_is_taken(images: Images, shell: Shell, busybox: str, tmp_path: Path) -> None:
    assert "Downloaded newer image" in (said := images.docker("pull", busybox)) or "up to date" in said
    tag = f"{busybox.partition('@')[0]}:v1"
    images.docker("tag", busybox, tag)
    done = shell.run("docker", "--config", str(shell.home / "docker"), "push", tag)
    assert done.returncode == 1
    assert (
        "tag invalid: The image tag 'v1' already exists in the 'busybox' repository and cannot be overwritten because "
        "the tag is immutable." in done.stderr
    )
    images.docker("image", "rm", "--force", tag)
