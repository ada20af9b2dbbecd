"""What an operation asks of IAM: each action, each ARN, each condition key, read off its parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.evaluate import Request
from ecsdeploy.sandbox.iam.authorization import Definition, NotMapped, Surroundings, authorizations, table_of
from ecsdeploy.sandbox.operations import IMPLEMENTED

PLACE = Place("aws", "eu-west-1", "123456789012")
ECS = "arn:aws:ecs:eu-west-1:123456789012:"
EC2 = "arn:aws:ec2:eu-west-1:123456789012:"
IAM = "arn:aws:iam::123456789012:"
LOGS = "arn:aws:logs:eu-west-1:123456789012:"
TAGS = [{"key": "team", "value": "web"}]
TAGGED = {"aws:RequestTag/team": "web", "aws:TagKeys": ("team",)}
PAGE = Path(__file__).parents[4] / "docs" / "permissions.md"


class Known(Surroundings):
    """An account with a tagged task, a task definition with two roles, and a role with a path."""

    def tags(self, arn: str) -> Mapping[str, str]:
        return {"ecsdeploy:released": "hello"} if arn.endswith("/1") else {}

    def definition(self, reference: str) -> Definition:
        roles = (f"{IAM}role/hello-task", f"{IAM}role/hello-execution")
        return Definition(f"{ECS}task-definition/hello:7", "256", "512", roles)

    def iam(self, kind: str, name: str) -> str:
        return f"{IAM}{kind}/ci/{name}"

    def boundary(self, arn: str) -> str:
        return f"{IAM}policy/limit" if arn.endswith("hello-deploy") else ""

    def vpc(self, group: str) -> str:
        return "vpc-1"


def asked(service: str, operation: str, parameters: Mapping[str, Any] | None = None) -> dict[tuple[str, str], Any]:
    found = authorizations(service, operation, parameters or {}, Known(PLACE))
    return {(each.action, each.resource): dict(each.context) for each in found}


PASSED = {
    ("iam:PassRole", f"{IAM}role/hello-task"): {"iam:PassedToService": "ecs-tasks.amazonaws.com"},
    ("iam:PassRole", f"{IAM}role/hello-execution"): {"iam:PassedToService": "ecs-tasks.amazonaws.com"},
}


def test_registering_a_task_definition_passes_its_roles_and_sets_its_tags() -> None:
    found = asked(
        "ecs",
        "RegisterTaskDefinition",
        {
            "family": "hello",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "0.25 vCPU",
            "memory": "1024",
            "taskRoleArn": f"{IAM}role/hello-task",
            "executionRoleArn": f"{IAM}role/hello-execution",
            "containerDefinitions": [{"name": "app"}],
            "tags": TAGS,
        },
    )
    family = f"{ECS}task-definition/hello:*"
    assert found == {
        ("ecs:RegisterTaskDefinition", family): {
            "ecs:compute-compatibility": ("FARGATE",),
            "ecs:privileged": "false",
            "ecs:task-cpu": "256",
            "ecs:task-memory": "1024",
            **TAGGED,
        },
        ("ecs:TagResource", family): {"ecs:CreateAction": "RegisterTaskDefinition", **TAGGED},
        **PASSED,
    }


def test_a_privileged_container_and_a_role_by_its_name_are_seen() -> None:
    parameters = {"family": "x", "executionRoleArn": "own", "containerDefinitions": [{}, {"privileged": True}]}
    found = asked("ecs", "RegisterTaskDefinition", parameters)
    assert found[("ecs:RegisterTaskDefinition", f"{ECS}task-definition/x:*")]["ecs:privileged"] == "true"
    assert ("iam:PassRole", f"{IAM}role/ci/own") in found


def test_a_service_is_made_on_its_cluster_from_a_revision() -> None:
    found = asked(
        "ecs",
        "CreateService",
        {
            "cluster": f"{ECS}cluster/shop",
            "serviceName": "hello",
            "taskDefinition": "hello",
            "enableExecuteCommand": True,
            "propagateTags": "SERVICE",
            "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}],
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["a", "b"], "assignPublicIp": "DISABLED"}},
            "tags": TAGS,
        },
    )
    service = f"{ECS}service/shop/hello"
    assert found == {
        ("ecs:CreateService", service): {
            "ecs:cluster": f"{ECS}cluster/shop",
            "ecs:task-definition": f"{ECS}task-definition/hello:7",
            "ecs:task-cpu": "256",
            "ecs:task-memory": "512",
            "ecs:enable-execute-command": "true",
            "ecs:propagate-tags": "SERVICE",
            "ecs:capacity-provider": (f"{ECS}capacity-provider/FARGATE_SPOT",),
            "ecs:subnet": ("a", "b"),
            "ecs:auto-assign-public-ip": "false",
            **TAGGED,
        },
        ("ecs:TagResource", service): {"ecs:CreateAction": "CreateService", **TAGGED},
        **PASSED,
    }


def test_an_update_without_a_task_definition_has_no_such_key_and_passes_nothing() -> None:
    found = asked("ecs", "UpdateService", {"cluster": "shop", "service": "hello", "desiredCount": 3})
    assert found == {("ecs:UpdateService", f"{ECS}service/shop/hello"): {"ecs:cluster": f"{ECS}cluster/shop"}}


@pytest.mark.parametrize("service", ["hello", f"{ECS}service/hello", f"{ECS}service/shop/hello"])
def test_a_service_has_one_arn_however_it_is_named(service: str) -> None:
    found = asked("ecs", "UpdateService", {"cluster": "shop", "service": service, "taskDefinition": "hello:7"})
    assert ("ecs:UpdateService", f"{ECS}service/shop/hello") in found
    assert PASSED.items() <= found.items()


def test_running_a_task_passes_the_roles_of_its_definition_and_those_that_override_them() -> None:
    overrides = {"taskRoleArn": f"{IAM}role/admin", "cpu": "512"}
    found = asked(
        "ecs", "RunTask", {"cluster": "shop", "taskDefinition": "hello", "overrides": overrides, "tags": TAGS}
    )
    assert found[("ecs:RunTask", f"{ECS}task-definition/hello:7")]["ecs:cluster"] == f"{ECS}cluster/shop"
    assert found[("ecs:RunTask", f"{ECS}task-definition/hello:7")]["ecs:task-cpu"] == "512"
    assert found[("ecs:TagResource", f"{ECS}task/shop/*")] == {"ecs:CreateAction": "RunTask", **TAGGED}
    assert {("iam:PassRole", f"{IAM}role/admin"), *PASSED} <= set(found)


def test_tasks_have_their_cluster_and_their_own_tags() -> None:
    cluster = {"ecs:cluster": f"{ECS}cluster/shop"}
    assert asked("ecs", "DescribeTasks", {"cluster": "shop", "tasks": ["1", f"{ECS}task/shop/2"]}) == {
        ("ecs:DescribeTasks", f"{ECS}task/shop/1"): {
            **cluster,
            "aws:ResourceTag/ecsdeploy:released": "hello",
            "ecs:ResourceTag/ecsdeploy:released": "hello",
        },
        ("ecs:DescribeTasks", f"{ECS}task/shop/2"): cluster,
    }
    assert asked("ecs", "ListTasks", {"cluster": "shop", "serviceName": "hello"}) == {("ecs:ListTasks", "*"): cluster}


@pytest.mark.parametrize(
    ("operation", "kind", "parameters"),
    [
        ("DescribeServiceDeployments", "deployment", {"serviceDeploymentArns": ["ARN"]}),
        ("StopServiceDeployment", "deployment", {"serviceDeploymentArn": "ARN"}),
        ("DescribeServiceRevisions", "revision", {"serviceRevisionArns": ["ARN"]}),
    ],
)
def test_what_is_below_a_service_is_asked_for_with_it(operation: str, kind: str, parameters: dict[str, Any]) -> None:
    below = f"{ECS}service-{kind}/shop/hello/1x"
    given = {name: [below] if isinstance(value, list) else below for name, value in parameters.items()}
    found = authorizations("ecs", operation, given, Surroundings(PLACE))
    service, cluster = f"{ECS}service/shop/hello", {"ecs:cluster": f"{ECS}cluster/shop"}
    assert [(each.resource, each.context) for each in found] == [
        (service, cluster),
        (below, {**cluster, "ecs:service": service}),
    ]


def test_a_command_in_a_container_asks_for_the_cluster_and_the_task() -> None:
    found = asked("ecs", "ExecuteCommand", {"cluster": "shop", "task": "2", "container": "app"})
    assert list(found) == [
        ("ecs:ExecuteCommand", f"{ECS}cluster/shop"),
        ("ecs:ExecuteCommand", f"{ECS}task/shop/2"),
    ]
    keys = found[("ecs:ExecuteCommand", f"{ECS}task/shop/2")]
    assert keys == {
        "ecs:cluster": f"{ECS}cluster/shop",
        "ecs:container-name": "app",
        "ecs:task": f"{ECS}task/shop/2",
    }


def test_log_groups_are_asked_for_with_a_tail_and_their_tags_without() -> None:
    group = f"{LOGS}log-group:/ecs/hello"
    assert list(asked("logs", "FilterLogEvents", {"logGroupName": "/ecs/hello"})) == [
        ("logs:FilterLogEvents", f"{group}:log-stream:")
    ]
    stream = {"logGroupIdentifier": f"{group}:*", "logStreamName": "app/1"}
    assert list(asked("logs", "GetLogEvents", stream)) == [("logs:GetLogEvents", f"{group}:log-stream:app/1")]
    assert list(asked("logs", "ListTagsForResource", {"resourceArn": group})) == [("logs:ListTagsForResource", group)]
    assert list(asked("logs", "CreateLogGroup", {"logGroupName": "/ecs/hello", "tags": {"team": "web"}})) == [
        ("logs:CreateLogGroup", f"{group}:log-stream:"),
        ("logs:TagResource", group),
    ]


def test_a_role_that_is_made_has_the_path_and_the_boundary_of_the_request_and_one_that_is_there_its_own() -> None:
    limit = f"{IAM}policy/limit"
    made = {"RoleName": "x", "Path": "/team/", "PermissionsBoundary": limit, "Tags": [{"Key": "team", "Value": "web"}]}
    assert asked("iam", "CreateRole", made) == {
        ("iam:CreateRole", f"{IAM}role/team/x"): {"iam:PermissionsBoundary": limit, **TAGGED},
        ("iam:TagRole", f"{IAM}role/team/x"): TAGGED,
    }
    assert asked("iam", "PutRolePolicy", {"RoleName": "hello-deploy"}) == {
        ("iam:PutRolePolicy", f"{IAM}role/ci/hello-deploy"): {"iam:PermissionsBoundary": limit}
    }
    assert asked("iam", "DeleteRolePolicy", {"RoleName": "x"}) == {("iam:DeleteRolePolicy", f"{IAM}role/ci/x"): {}}


def test_a_security_group_is_made_in_its_vpc_with_its_tags() -> None:
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "team", "Value": "web"}]}]
    found = asked("ec2", "CreateSecurityGroup", {"GroupName": "x", "VpcId": "vpc-1", "TagSpecifications": tags})
    assert found == {
        ("ec2:CreateSecurityGroup", f"{EC2}security-group/*"): {
            "ec2:Region": "eu-west-1",
            **TAGGED,
        },
        ("ec2:CreateSecurityGroup", f"{EC2}vpc/vpc-1"): {"ec2:Region": "eu-west-1", "ec2:VpcID": "vpc-1"},
        ("ec2:CreateTags", f"{EC2}security-group/*"): {
            "ec2:CreateAction": "CreateSecurityGroup",
            "ec2:Region": "eu-west-1",
            **TAGGED,
        },
    }
    deleted = asked("ec2", "DeleteSecurityGroup", {"GroupId": "sg-1"})
    assert deleted == {
        ("ec2:DeleteSecurityGroup", f"{EC2}security-group/sg-1"): {
            "ec2:Region": "eu-west-1",
            "ec2:SecurityGroupID": "sg-1",
            "ec2:Vpc": f"{EC2}vpc/vpc-1",
        }
    }


def test_what_nobody_needs_a_permission_for_asks_nothing() -> None:
    assert authorizations("sts", "GetCallerIdentity", {}, Surroundings(PLACE)) == ()


@pytest.mark.parametrize(
    ("service", "operation"), [("ecs", "CreateTaskSet"), ("s3", ""), ("iam", "CreateSAMLProvider")]
)
def test_what_no_table_has_is_an_error_that_names_it(service: str, operation: str) -> None:
    with pytest.raises(NotMapped, match=f"{service}:{operation}"):
        authorizations(service, operation, {}, Surroundings(PLACE))


def test_every_operation_of_the_sandbox_and_of_the_tool_is_in_a_table() -> None:
    called = re.findall(r"^\| `([a-z0-9-]+):(\w+)`", PAGE.read_text(), re.MULTILINE)
    assert len(called) > 70
    played = [(service, operation) for service, operations in IMPLEMENTED.items() for operation in operations]
    lacking = []
    for service, operation in (*called, *played):
        table = table_of(service)
        if table is None or not (table.rule(operation) or operation in table.free):
            lacking.append(f"{service}:{operation}")
    assert lacking == []


def test_a_request_without_parameters_is_asked_for_all_the_same() -> None:
    """What is missing is for the service to refuse; nothing here may fail before that."""
    for service, operations in IMPLEMENTED.items():
        for operation in operations:
            assert all(isinstance(each, Request) for each in authorizations(service, operation, {}, Known(PLACE)))
