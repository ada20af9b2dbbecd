"""Registering, describing and retiring task definitions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.ecs.small_ecs import SmallEcs, definition, network

WEB = {"name": "web", "image": "app:1"}
ROLE = "arn:aws:iam::123456789012:role/execution"
SIZES = "See the Amazon ECS documentation for the valid values."


def test_what_is_left_out_is_filled_in_as_ecs_does(lab: SmallEcs) -> None:
    container = {
        "name": "web",
        "image": "app:1",
        "portMappings": [{"containerPort": 80}],
        "healthCheck": {"command": ["CMD", "true"]},
    }
    lab.call("RegisterTaskDefinition", **definition("web", [container]), tags=[{"key": "a", "value": "b"}])
    answer = lab.call("DescribeTaskDefinition", taskDefinition="web", include=["TAGS"])
    described = answer["taskDefinition"]
    assert described.pop("registeredAt").timestamp() == lab.clock.now()
    assert described == {
        "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1",
        "family": "web",
        "revision": 1,
        "status": "ACTIVE",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "compatibilities": ["EC2", "MANAGED_INSTANCES", "FARGATE"],
        "cpu": "256",
        "memory": "512",
        "volumes": [],
        "placementConstraints": [],
        "enableFaultInjection": False,
        "requiresAttributes": [
            {"name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"},
            {"name": "ecs.capability.container-health-check"},
            {"name": "ecs.capability.task-eni"},
        ],
        "registeredBy": "arn:aws:iam::123456789012:user/tester",
        "containerDefinitions": [
            {
                "name": "web",
                "image": "app:1",
                "cpu": 0,
                "essential": True,
                "portMappings": [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}],
                "healthCheck": {"command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3},
                "environment": [],
                "mountPoints": [],
                "volumesFrom": [],
                "systemControls": [],
            }
        ],
    }
    assert answer["tags"] == [{"key": "a", "value": "b"}]


def test_a_described_definition_can_be_registered_again_and_is_the_same(lab: SmallEcs) -> None:
    form = definition("web", [{**WEB, "environment": [{"name": "A", "value": "1"}]}])
    first = lab.call("RegisterTaskDefinition", **form)["taskDefinition"]
    own = ("taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt")
    again = {k: v for k, v in first.items() if k not in (*own, "registeredBy")}
    second = lab.call("RegisterTaskDefinition", **again)["taskDefinition"]
    assert second["revision"] == 2
    assert {k: v for k, v in second.items() if k not in ("taskDefinitionArn", "revision")} == {
        k: v for k, v in first.items() if k not in ("taskDefinitionArn", "revision")
    }


@pytest.mark.parametrize(
    ("cpu", "memory", "stored"),
    [("256", "512", ("256", "512")), (".25 vCPU", "0.5 GB", ("256", "512")), ("32 vCPU", "60 GB", ("32768", "61440"))],
)
def test_sizes_are_normalised(lab: SmallEcs, cpu: str, memory: str, stored: tuple[str, str]) -> None:
    form = {**definition("web", [WEB]), "cpu": cpu, "memory": memory}
    described = lab.call("RegisterTaskDefinition", **form)["taskDefinition"]
    assert (described["cpu"], described["memory"]) == stored


def tcp(port: int) -> dict[str, Any]:
    return {"portMappings": [{"containerPort": port}]}


def secret(reference: str) -> dict[str, Any]:
    return {
        "executionRoleArn": ROLE,
        "containerDefinitions": [{**WEB, "secrets": [{"name": "A", "valueFrom": reference}]}],
    }


NO_SUCH_PARAMETER = (
    "The Systems Manager parameter name specified for secret A is invalid. The parameter name can be up to 2048 "
    "characters and include the following letters and symbols: a-zA-Z0-9_.-,"
)
REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"containerDefinitions": [{**WEB, **tcp(8085)}, {"name": "db", "image": "b", **tcp(8085)}]},
        "TCP container port '8085' is used multiple times in task when networkMode=awsvpc.",
    ),
    (
        {"containerDefinitions": [{**WEB, **tcp(70_000)}]},
        "Port mapping's containerPort must be between 1 and 65535.",
    ),
    (secret("/hello/config:2"), NO_SUCH_PARAMETER),
    (secret("arn:aws:ssm:us-east-1:123456789012:parameter/hello/config:2"), NO_SUCH_PARAMETER),
    ({"ephemeralStorage": {"sizeInGiB": 201}}, "EphemeralStorage size should be at most 200"),
    (
        {"memory": None},
        "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' must be specified.",
    ),
    (
        {"containerDefinitions": [{**WEB, "memoryReservation": 300}, {"name": "db", "image": "b", "memory": 300}]},
        "The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'.",
    ),
    (
        {
            "containerDefinitions": [
                {
                    **WEB,
                    "firelensConfiguration": {
                        "type": "fluentbit",
                        "options": {"config-file-type": "s3", "config-file-value": "s3://bucket/fluent.conf"},
                    },
                }
            ]
        },
        "Invalid arn syntax.",
    ),
    ({"memory": "256"}, f"No Fargate configuration exists for given values: 256 CPU, 256 memory. {SIZES}"),
    ({"cpu": "300"}, f"No Fargate configuration exists for given values: 300 CPU, 512 memory. {SIZES}"),
    ({"cpu": "lots"}, "Invalid 'cpu' setting for task."),
    ({"cpu": None}, "Fargate requires that 'cpu' be defined at the task level."),
    ({"networkMode": "bridge"}, "Fargate only supports network mode 'awsvpc'."),
    ({"family": "a b"}, "Family contains invalid characters."),
    ({"containerDefinitions": [{"name": "web"}]}, "Container.image should not be null or empty."),
    (
        {"containerDefinitions": [{**WEB, "portMappings": [{"containerPort": 80, "hostPort": 8080}]}]},
        "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
    ),
    (
        {"containerDefinitions": [{**WEB, "logConfiguration": {"logDriver": "awslogs", "options": {}}}]},
        "Log driver awslogs requires options: awslogs-region, awslogs-group",
    ),
    (
        {"containerDefinitions": [{**WEB, "secrets": [{"name": "A", "valueFrom": "a"}]}]},
        "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    ),
    (
        {
            "executionRoleArn": ROLE,
            "containerDefinitions": [{**WEB, "secrets": [{"name": "A", "valueFrom": "a"}] * 2}],
        },
        "Duplicate secret names found: A. Each secret name must be unique.",
    ),
    (
        {
            "executionRoleArn": ROLE,
            "containerDefinitions": [
                {**WEB, "secrets": [{"name": "A", "valueFrom": "a"}], "environment": [{"name": "A", "value": "b"}]}
            ],
        },
        "The secret name must be unique and not shared with any new or existing environment variables set on the "
        "container, such as 'A'.",
    ),
    ({"tags": []}, "Tags can not be empty."),
    (
        {"containerDefinitions": [{**WEB, "dependsOn": [{"containerName": "db", "condition": "START"}]}]},
        "Cannot depend on container + 'db' because it does not exist",
    ),
    (
        {"requiresCompatibilities": [], "memory": None},
        "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' must be specified.",
    ),
    ({"taskRoleArn": "arn:aws:iam::123456789012:user/someone"}, "Role is not valid"),
    ({"executionRoleArn": "arn:aws:ecs:us-east-1:123456789012:cluster/c"}, "Role is not valid"),
    ({"containerDefinitions": [{**WEB, "image": "a b"}]}, "Container.image contains invalid characters."),
    (
        {"containerDefinitions": [{**WEB, "image": "1.dkr.ecr.us-east-1.amazonaws.com/a"}]},
        "Fargate requires task definition to have execution role ARN to support ECR images.",
    ),
    (
        {"containerDefinitions": [{**WEB, "healthCheck": {"command": ["CMD", "true"], "interval": 1}}]},
        "Health check interval must be greater than or equal to the minimum allowed value 5 for container 'web'",
    ),
    (
        {"containerDefinitions": [{**WEB, "healthCheck": {"command": ["true"]}}]},
        "Container 'web': the health check command must start with CMD or CMD-SHELL.",
    ),
    (
        {
            "containerDefinitions": [
                {**WEB, "dependsOn": [{"containerName": "b", "condition": "START"}]},
                {"name": "b", "image": "b", "dependsOn": [{"containerName": "web", "condition": "START"}]},
            ]
        },
        "There is a circular dependency between containers: 'web' depends on itself.",
    ),
    (
        {
            "containerDefinitions": [
                {**WEB, "dependsOn": [{"containerName": "b", "condition": "SUCCESS"}]},
                {"name": "b", "image": "b"},
            ]
        },
        "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container",
    ),
]


@pytest.mark.parametrize(("change", "message"), REFUSED, ids=[message[:50] for _, message in REFUSED])
def test_what_fargate_does_not_have_is_refused(lab: SmallEcs, change: dict[str, Any], message: str) -> None:
    form = {k: v for k, v in {**definition("web", [WEB]), **change}.items() if v is not None}
    assert lab.error("RegisterTaskDefinition", **form) == ("ClientException", message)


def test_a_definition_that_asks_for_nothing_lists_fargate_only_if_it_fits(lab: SmallEcs) -> None:
    def compatibilities(**fields: Any) -> list[str]:
        form = {**definition("web", [{**WEB, **fields}]), "requiresCompatibilities": []}
        found: list[str] = lab.call("RegisterTaskDefinition", **form)["taskDefinition"]["compatibilities"]
        return found

    assert compatibilities() == ["EC2", "MANAGED_INSTANCES", "FARGATE"]
    assert compatibilities(privileged=True) == ["EC2"]
    params = {"cluster": "c", "taskDefinition": "web:2", "launchType": "FARGATE", "networkConfiguration": network()}
    assert lab.error("RunTask", **params)[1] == "Task definition does not support launch_type FARGATE."


def test_the_same_port_may_be_published_for_tcp_and_udp(lab: SmallEcs) -> None:
    both = [{"containerPort": 53, "protocol": "tcp"}, {"containerPort": 53, "protocol": "udp"}]
    lab.call("RegisterTaskDefinition", **definition("web", [{**WEB, "portMappings": both}]))


def test_a_secret_of_another_account_may_be_in_secrets_manager(lab: SmallEcs) -> None:
    shared = secret("arn:aws:secretsmanager:us-east-1:222233334444:secret:shared-AbCdEf")
    lab.call("RegisterTaskDefinition", **{**definition("web", [WEB]), **shared})


def test_a_deregistered_revision_is_inactive_and_starts_nothing_new(lab: SmallEcs) -> None:
    one, two = lab.register(), lab.register()
    lab.call("DeregisterTaskDefinition", taskDefinition="web:2")
    assert lab.call("DescribeTaskDefinition", taskDefinition=two)["taskDefinition"]["status"] == "INACTIVE"
    assert lab.call("DescribeTaskDefinition", taskDefinition="web")["taskDefinition"]["taskDefinitionArn"] == one
    assert lab.call("ListTaskDefinitions")["taskDefinitionArns"] == [one]
    assert lab.call("ListTaskDefinitions", status="INACTIVE")["taskDefinitionArns"] == [two]
    inactive = "TaskDefinition is inactive"
    assert lab.error("RunTask", cluster="c", taskDefinition=two) == ("InvalidParameterException", inactive)
    lab.create(one)
    assert lab.error("UpdateService", cluster="c", service="s", taskDefinition=two) == ("ClientException", inactive)
    assert lab.error("DeregisterTaskDefinition", taskDefinition=two) == (
        "ClientException",
        "The specified task definition does not exist.",
    )


def test_a_service_goes_on_with_a_deregistered_revision(lab: SmallEcs) -> None:
    lab.create(lab.register())
    lab.run(60)
    lab.call("DeregisterTaskDefinition", taskDefinition="web:1")
    lab.call("UpdateService", cluster="c", service="s", desiredCount=2)
    lab.run(60)
    assert (lab.service()["runningCount"], len(lab.deployments())) == (2, 1)
    lab.call("UpdateService", cluster="c", service="s", forceNewDeployment=True)
    lab.run(120)
    assert [d["status"] for d in lab.deployments()] == ["SUCCESSFUL", "SUCCESSFUL"]


def test_lists_come_in_pages(lab: SmallEcs) -> None:
    arns = [lab.register() for _ in range(5)]
    first = lab.call("ListTaskDefinitions", familyPrefix="web", maxResults=3)
    rest = lab.call("ListTaskDefinitions", familyPrefix="web", maxResults=3, nextToken=first["nextToken"])
    assert first["taskDefinitionArns"] + rest["taskDefinitionArns"] == arns
    assert "nextToken" not in rest
    assert lab.call("ListTaskDefinitions", sort="DESC")["taskDefinitionArns"] == arns[::-1]
    assert lab.call("ListTaskDefinitionFamilies", familyPrefix="w", status="ACTIVE")["families"] == ["web"]
    assert lab.error("ListTaskDefinitions", nextToken="?") == ("InvalidParameterException", "Invalid token.")


def test_a_definition_of_more_than_64_kib(lab: SmallEcs) -> None:
    def large(size: int) -> dict[str, Any]:
        return definition("web", [{**WEB, "environment": [{"name": "TEXT", "value": "x" * size}]}])

    lab.call("RegisterTaskDefinition", **large(64_000))
    code, message = lab.error("RegisterTaskDefinition", **large(65_600))
    assert (code, message[:17], message[-37:]) == (
        "ClientException",
        "Actual length: '6",
        " Max allowed length is '65536' bytes.",
    )
