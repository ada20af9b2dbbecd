"""What is registered, and when it is the same."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.changes import Change
from ecsdeploy.core.task_definition import diff, render
from tests.unit.core import builders as a


def rendered(**task: Any) -> dict[str, Any]:
    config = a.config(task=task)
    return render(config, a.names(config), a.facts())


def as_ecs_answers(document: dict[str, Any]) -> dict[str, Any]:
    """Return `document` as DescribeTaskDefinition gives it: defaults filled in, lists in another order."""
    answer = copy.deepcopy(document)
    for container in answer["containerDefinitions"]:
        for port in container.get("portMappings", []):
            if "containerPort" in port:
                port["hostPort"] = port["containerPort"]
        container.setdefault("portMappings", [])
        container |= {"cpu": 0, "mountPoints": [], "volumesFrom": [], "systemControls": []}
        container["environment"] = list(reversed(container["environment"]))
        if not container["secrets"]:
            del container["secrets"]
    return {
        **answer,
        "taskDefinitionArn": "arn",
        "revision": 4,
        "status": "ACTIVE",
        "requiresAttributes": [],
        "compatibilities": ["EC2", "FARGATE"],
        "volumes": [],
        "enableFaultInjection": False,
        "placementConstraints": [],
    }


def test_the_smallest_config_renders_a_whole_task_definition() -> None:
    assert rendered(port=3000, environment={"APP_VERSION": "{commit}"}) == {
        "family": "hello",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": "arn:aws:iam::123456789012:role/hello-execution",
        "taskRoleArn": "arn:aws:iam::123456789012:role/hello-task",
        "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
        "containerDefinitions": [
            {
                "name": "hello",
                "image": f"{a.REPOSITORY}@{a.DIGEST}",
                "essential": True,
                "environment": [{"name": "APP_VERSION", "value": "3f2c1ab"}],
                "secrets": [],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": "/ecs/hello",
                        "awslogs-region": "us-east-1",
                        "awslogs-stream-prefix": "hello",
                    },
                },
                "linuxParameters": {"initProcessEnabled": True},
                "readonlyRootFilesystem": False,
                "stopTimeout": 30,
                "portMappings": [{"containerPort": 3000, "protocol": "tcp"}],
            }
        ],
    }


@pytest.mark.parametrize(
    ("said", "logs"),
    [
        ({}, {"awslogs-group": "/ecs/hello", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "hello"}),
        (
            {"logDriver": "awslogs", "options": {"awslogs-group": "/other", "mode": "non-blocking"}},
            {
                "awslogs-group": "/other",
                "awslogs-region": "us-east-1",
                "awslogs-stream-prefix": "hello",
                "mode": "non-blocking",
            },
        ),
        ({"logDriver": "awsfirelens", "options": {"Name": "http"}}, {"Name": "http"}),
    ],
)
@pytest.mark.parametrize("name", ["hello", "sidecar"])
def test_every_container_logs_where_the_services_own_does(
    name: str, said: dict[str, Any], logs: dict[str, str]
) -> None:
    container = {"name": name, "image": "x"} if name == "sidecar" else {"name": name}
    document = rendered(raw={"containerDefinitions": [{**container, **({"logConfiguration": said} if said else {})}]})
    (found,) = [each for each in document["containerDefinitions"] if each["name"] == name]
    assert found["logConfiguration"] == {"logDriver": said.get("logDriver", "awslogs"), "options": logs}


def test_what_ecs_fills_in_is_no_difference() -> None:
    document = rendered(
        port=3000,
        environment={"B": "2", "A": "1"},
        health_check={"command": ["CMD", "true"]},
        command=["node", "server.js"],
        user="1000",
    )
    assert diff(as_ecs_answers(document), document) == ()


def test_what_ecs_fills_into_raw_parameters_is_no_difference() -> None:
    document = rendered(
        port=3000,
        raw={
            "volumes": [{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}, {"name": "tmp"}],
            "containerDefinitions": [{"name": "hello", "restartPolicy": {"enabled": True}}],
        },
    )
    answer = copy.deepcopy(document)
    answer["volumes"][0]["efsVolumeConfiguration"] |= {"rootDirectory": "/", "transitEncryption": "DISABLED"}
    answer["volumes"][1]["host"] = {}
    answer["trustedExecutionConfiguration"] = {"isolationMode": "SHARED"}
    container = answer["containerDefinitions"][0]
    container["restartPolicy"] |= {"restartAttemptPeriod": 300, "ignoredExitCodes": []}
    container["portMappings"][0]["hostPort"] = 0
    container["versionConsistency"] = "enabled"
    container["linuxParameters"] |= {"capabilities": {"add": [], "drop": []}, "devices": [], "tmpfs": []}
    container["logConfiguration"]["secretOptions"] = []
    container |= {"dnsServers": [], "dockerLabels": {}, "credentialSpecs": [], "privileged": False, "cpu": 0}
    assert diff(answer, document) == ()


def test_a_difference_names_its_place() -> None:
    before = as_ecs_answers(rendered(cpu=256, memory=512, environment={"A": "1", "GONE": "x"}))
    after = rendered(cpu=512, memory=1024, environment={"A": "2"})
    assert diff(before, after) == (
        Change("containerDefinitions.hello.environment.A", "1", "2"),
        Change("containerDefinitions.hello.environment.GONE", "x", None),
        Change("cpu", "256", "512"),
        Change("memory", "512", "1024"),
    )


def test_a_container_added_by_hand_is_a_difference() -> None:
    document = rendered()
    by_hand = as_ecs_answers(document)
    by_hand["containerDefinitions"].append({"name": "sidecar", "image": "x", "essential": False})
    assert {change.path for change in diff(by_hand, document)} >= {"containerDefinitions.sidecar.image"}


def test_the_order_of_commands_and_dependencies_counts() -> None:
    assert diff(rendered(command=["a", "b"]), rendered(command=["b", "a"])) != ()


def test_the_order_of_ports_and_mounts_does_not_count() -> None:
    ports = [{"containerPort": 8125, "protocol": "udp"}, {"containerPort": 8126}]
    mounts = [{"sourceVolume": "a", "containerPath": "/a"}, {"sourceVolume": "b", "containerPath": "/b"}]
    agent = {"name": "agent", "image": "agent:1", "portMappings": ports, "mountPoints": mounts}
    turned = {**agent, "portMappings": ports[::-1], "mountPoints": mounts[::-1]}
    wanted = rendered(raw={"containerDefinitions": [agent]})
    assert diff(rendered(raw={"containerDefinitions": [turned]}), wanted) == ()


def test_the_services_own_port_gets_a_name_and_others_beside_it() -> None:
    more = [
        {"containerPort": 53, "protocol": "udp"},
        {"containerPort": 3000, "name": "http", "appProtocol": "http"},
        {"containerPortRange": "8000-8010"},
    ]
    document = rendered(port=3000, raw={"containerDefinitions": [{"name": "hello", "portMappings": more}]})
    assert document["containerDefinitions"][0]["portMappings"] == [
        {"containerPort": 3000, "protocol": "tcp", "name": "http", "appProtocol": "http"},
        {"containerPort": 53, "protocol": "udp"},
        {"containerPortRange": "8000-8010"},
    ]
    assert diff(as_ecs_answers(document), document) == ()
    renamed = rendered(port=3000, raw={"containerDefinitions": [{"name": "hello", "portMappings": more[:2]}]})
    assert [change.path for change in diff(as_ecs_answers(document), renamed)] == [
        "containerDefinitions.hello.portMappings"
    ]


def test_raw_parameters_are_laid_over_what_is_rendered() -> None:
    document = rendered(
        raw={
            "pidMode": "task",
            "containerDefinitions": [
                {"name": "hello", "dependsOn": [{"containerName": "agent", "condition": "START"}]},
                {"name": "agent", "image": "agent:1"},
            ],
        }
    )
    assert document["pidMode"] == "task"
    assert [c["name"] for c in document["containerDefinitions"]] == ["hello", "agent"]
    assert document["containerDefinitions"][0]["essential"] is True
    assert document["containerDefinitions"][0]["dependsOn"][0]["containerName"] == "agent"


NAMES = st.from_regex(r"[A-Z][A-Z0-9_]{0,10}", fullmatch=True)


@given(
    environment=st.dictionaries(NAMES, st.text(max_size=20), max_size=6),
    port=st.none() | st.integers(1, 65535),
    command=st.none() | st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4),
)
def test_whatever_the_config_says_reading_back_is_no_difference(
    environment: dict[str, str], port: int | None, command: list[str] | None
) -> None:
    allowed = {"environment": environment, "port": port, "command": command, "allow_plain": list(environment)}
    document = rendered(**{key: value for key, value in allowed.items() if value is not None})
    assert diff(as_ecs_answers(document), document) == ()
