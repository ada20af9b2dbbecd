"""The task metadata endpoint: what it says, and to whom."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from ecsdeploy.sandbox.runtime.metadata import task_metadata
from ecsdeploy.sandbox.runtime.metadata_server import MetadataServer
from tests.sandbox.runtime.witnesses import container, task

ARN = "arn:aws:ecs:us-east-1:123456789012:task/c/0"
TASK = {
    "attachments": [
        {
            "details": [
                {"name": "privateIPv4Address", "value": "172.31.0.9"},
                {"name": "macAddress", "value": "02:00:00:00:00:01"},
                {"name": "privateDnsName", "value": "ip-172-31-0-9.ec2.internal"},
            ]
        }
    ],
    "availabilityZone": "us-east-1a",
    "clusterArn": "arn:aws:ecs:us-east-1:123456789012:cluster/c",
    "containers": [{"name": "app", "containerArn": "arn:1"}, {"name": "later", "containerArn": "arn:2"}],
    "desiredStatus": "RUNNING",
    "group": "service:web",
    "pullStartedAt": datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC),
    "subnetCidr": "172.31.0.0/20",
}
INSPECTED = {
    "app": {
        "Id": "0" * 64,
        "Image": "sha256:1",
        "Created": "2026-01-02T03:04:06.1Z",
        "State": {"Status": "running", "StartedAt": "2026-01-02T03:04:07.2Z", "ExitCode": 0},
    }
}


def test_a_task_of_a_service_whose_second_container_waits() -> None:
    plain = {"name": "later", "image": "repo@sha256:2", "cpu": 64, "memoryReservation": 32}
    spec = task(container("repo@sha256:1"), plain, arn=ARN, id="0", cpu=512, memory=1024)
    labels = {
        "com.amazonaws.ecs.cluster": TASK["clusterArn"],
        "com.amazonaws.ecs.task-arn": ARN,
        "com.amazonaws.ecs.task-definition-family": "hello",
        "com.amazonaws.ecs.task-definition-version": "1",
    }
    network = {
        "NetworkMode": "awsvpc",
        "IPv4Addresses": ["172.31.0.9"],
        "AttachmentIndex": 0,
        "MACAddress": "02:00:00:00:00:01",
        "IPv4SubnetCIDRBlock": "172.31.0.0/20",
        "PrivateDNSName": "ip-172-31-0-9.ec2.internal",
        "SubnetGatewayIpv4Address": "172.31.0.1/20",
    }
    assert task_metadata(TASK, spec, INSPECTED) == {
        "Cluster": TASK["clusterArn"],
        "TaskARN": ARN,
        "Family": "hello",
        "Revision": "1",
        "ServiceName": "web",
        "DesiredStatus": "RUNNING",
        "KnownStatus": "NONE",
        "Limits": {"CPU": 0.5, "Memory": 1024},
        "PullStartedAt": "2026-01-02T03:04:05.600000Z",
        "AvailabilityZone": "us-east-1a",
        "LaunchType": "FARGATE",
        "Containers": [
            {
                "DockerId": "0" * 64,
                "Name": "app",
                "DockerName": "app",
                "Image": "repo@sha256:1",
                "ImageID": "sha256:1",
                "Labels": labels | {"com.amazonaws.ecs.container-name": "app"},
                "DesiredStatus": "RUNNING",
                "KnownStatus": "RUNNING",
                "Limits": {"CPU": 2},
                "CreatedAt": "2026-01-02T03:04:06.1Z",
                "StartedAt": "2026-01-02T03:04:07.2Z",
                "Type": "NORMAL",
                "LogDriver": "awslogs",
                "LogOptions": {
                    "awslogs-group": "/ecs/test",
                    "awslogs-region": "us-east-1",
                    "awslogs-stream": "ecs/app/0",
                },
                "ContainerARN": "arn:1",
                "Networks": [network],
                "Snapshotter": "overlayfs",
            },
            {
                "Name": "later",
                "DockerName": "later",
                "Image": "repo@sha256:2",
                "Labels": labels | {"com.amazonaws.ecs.container-name": "later"},
                "DesiredStatus": "RUNNING",
                "KnownStatus": "NONE",
                "Limits": {"CPU": 64, "Memory": 32},
                "Type": "NORMAL",
                "ContainerARN": "arn:2",
                "Networks": [network],
                "Snapshotter": "overlayfs",
            },
        ],
    }


def told(arn: str, container: str, asked: str) -> Mapping[str, Any] | None:
    if asked == "stats":
        raise ConnectionError
    return None if asked == "nothing" else {"task": arn, "container": container, "asked": asked}


@pytest.fixture
def server() -> Iterator[MetadataServer]:
    """One to which every task's namespace is that of this machine."""
    server = MetadataServer(told, lambda _namespace: socket.create_server(("127.0.0.1", 0)))
    yield server
    server.close()


def get(address: str, path: str = "") -> tuple[int, Any]:
    parts = urlsplit(address)
    with closing(http.client.HTTPConnection(parts.netloc, timeout=10)) as connection:
        connection.request("GET", parts.path + path)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def test_each_container_is_told_of_itself(server: MetadataServer) -> None:
    assert server.address_for("t", "app") is None, "nothing listens yet"
    server.serve("t", "")
    server.serve("u", "")
    app, other = server.address_for("t", "app"), server.address_for("u", "app")
    assert app is not None
    assert other is not None
    assert server.address_for("t", "app") == app, "a container that is started again asks where it asked before"
    assert get(app) == (200, {"task": "t", "container": "app", "asked": ""})
    assert get(other, "/task") == (200, {"task": "u", "container": "app", "asked": "task"})
    assert get(app, "/task/stats?x=1")[1]["asked"] == "task/stats"
    assert get(app, "/stats") == (500, "the Docker Engine does not answer")
    assert get(app, "/nothing") == (404, "404 page not found")
    assert get(app[:-1])[0] == 404
    server.forget("t")
    assert server.address_for("t", "app") is None
    assert get(other)[0] == 200


def test_a_namespace_that_may_not_be_entered_is_no_harm() -> None:
    server = MetadataServer(told)
    server.serve("t", "nowhere/to/be/found")
    assert server.address_for("t", "app") is None
