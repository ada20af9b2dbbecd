from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session

from ecsdeploy.policy import Document, PolicyError
from ecsdeploy.policy.evaluate import Decision, Request, evaluate
from ecsdeploy.policy.grants import document as grants_document
from ecsdeploy.policy.grants.policies import deploy_permissions, grants_for
from ecsdeploy.policy.grants.scope import DeployScope
from ecsdeploy.policy.size import compact
from tests.unit.policy.documents import DEPLOY, EXECUTION, PLACE, RELEASING, SCOPE, TELLING, may

SNAPSHOTS = Path(__file__).parent / "snapshots"
SERVICE = PLACE.of_service("service", "shop", "hello")
REVISION = PLACE.regional("ecs", "task-definition/hello:7")
REPOSITORY = PLACE.repository("hello")
GROUP = PLACE.log_group("/ecs/hello")
CLUSTER = PLACE.cluster("shop")

TASK = PLACE.regional("ecs", "task/shop/0123")
MINE = {
    "ecs__cluster": CLUSTER,
    "aws__ResourceTag/ecsdeploy:app": "hello",
    "aws__ResourceTag/ecsdeploy:env": "default",
    "aws__ResourceTag/ecsdeploy:released": "0123456789ab",
}
FARGATE = {"ecs__compute_compatibility": "FARGATE"}

NEEDED: list[tuple[str, str, dict[str, str]]] = [
    ("ecr:GetAuthorizationToken", "*", {}),
    ("ecr:DescribeRepositories", REPOSITORY, {}),
    ("ecr:DescribeImages", REPOSITORY, {}),
    ("ecr:InitiateLayerUpload", REPOSITORY, {}),
    ("ecr:PutImage", REPOSITORY, {}),
    ("ecs:DescribeClusters", CLUSTER, {}),
    ("ecs:DescribeTaskDefinition", "*", {}),
    ("ecs:RegisterTaskDefinition", PLACE.regional("ecs", "task-definition/hello:*"), FARGATE),
    ("ecs:RegisterTaskDefinition", REVISION, {**FARGATE, "ecs__privileged": "false"}),
    ("ecs:TagResource", REVISION, {"ecs__CreateAction": "RegisterTaskDefinition", "aws__TagKeys": "ecsdeploy:commit"}),
    ("ecs:TagResource", REVISION, {"ecs__CreateAction": "RegisterTaskDefinition"}),
    ("ecs:TagResource", SERVICE, {"ecs__CreateAction": "CreateService"}),
    ("iam:PassRole", PLACE.role("hello-execution"), {"iam__PassedToService": "ecs-tasks.amazonaws.com"}),
    ("iam:PassRole", PLACE.role("hello-task"), {"iam__PassedToService": "ecs-tasks.amazonaws.com"}),
    ("iam:GetRole", PLACE.role("hello-execution"), {}),
    ("iam:GetRolePolicy", PLACE.role("hello-execution"), {}),
    ("iam:GetRole", PLACE.role("hello-task"), {}),
    ("iam:GetRolePolicy", PLACE.role("hello-task"), {}),
    ("ecs:CreateService", SERVICE, {"ecs__task_definition": REVISION}),
    ("ecs:UpdateService", SERVICE, {"ecs__task_definition": REVISION}),
    ("ecs:UpdateService", SERVICE, {}),
    ("ecs:TagResource", SERVICE, {"aws__TagKeys": "ecsdeploy:count-before"}),
    ("ecs:UntagResource", SERVICE, {"aws__TagKeys": "ecsdeploy:count-before"}),
    ("ecs:ListTaskDefinitions", "*", {}),
    ("ecs:DescribeServices", SERVICE, {}),
    ("ecs:ListServiceDeployments", SERVICE, {}),
    ("ecs:DescribeServiceDeployments", PLACE.regional("ecs", "service-deployment/shop/hello/abc"), {}),
    ("ecs:DescribeServiceRevisions", PLACE.regional("ecs", "service-revision/shop/hello/123"), {}),
    ("ecs:StopServiceDeployment", PLACE.regional("ecs", "service-deployment/shop/hello/abc"), {}),
    ("ecs:ListTasks", "*", {"ecs__cluster": CLUSTER}),
    ("ecs:DescribeTasks", PLACE.regional("ecs", "task/shop/0123"), {"ecs__cluster": CLUSTER}),
    ("logs:DescribeLogGroups", "*", {}),
    ("logs:FilterLogEvents", GROUP, {}),
    ("logs:GetLogEvents", f"{GROUP}:log-stream:hello/hello/0123", {}),
    ("ec2:DescribeNetworkInterfaces", "*", {}),
    ("application-autoscaling:DescribeScalableTargets", "*", {}),
    ("secretsmanager:DescribeSecret", PLACE.regional("secretsmanager", "secret:db-a1B2c3"), {}),
    ("ssm:ListTagsForResource", PLACE.regional("ssm", "parameter/hello/url"), {}),
]

FORBIDDEN: list[tuple[str, str, dict[str, str]]] = [
    ("ecs:UpdateService", SERVICE, {"ecs__task_definition": PLACE.regional("ecs", "task-definition/admin:1")}),
    ("ecs:UpdateService", SERVICE, {"ecs__task_definition": PLACE.regional("ecs", "task-definition/hello-2:1")}),
    ("ecs:UpdateService", PLACE.of_service("service", "shop", "hello-2"), {}),
    (
        "ecs:UpdateService",
        PLACE.of_service("service", "shop", "hello-2"),
        {"ecs__task_definition": REVISION},
    ),
    ("ecs:UpdateService", PLACE.of_service("service", "other", "hello"), {"ecs__task_definition": REVISION}),
    ("ecs:DeleteService", SERVICE, {}),
    ("ecs:RunTask", PLACE.regional("ecs", "task-definition/hello:7"), {"ecs__cluster": CLUSTER}),
    ("ecs:ExecuteCommand", PLACE.regional("ecs", "task/shop/0123"), {}),
    ("ecs:StopTask", PLACE.regional("ecs", "task/shop/0123"), {"ecs__cluster": CLUSTER}),
    ("ecs:ListTasks", "*", {"ecs__cluster": PLACE.cluster("other")}),
    ("ecs:RegisterTaskDefinition", PLACE.regional("ecs", "task-definition/admin:*"), FARGATE),
    ("ecs:RegisterTaskDefinition", REVISION, {}),
    ("ecs:RegisterTaskDefinition", REVISION, {"ecs__compute_compatibility": "EC2"}),
    ("ecs:RegisterTaskDefinition", REVISION, {**FARGATE, "ecs__privileged": "true"}),
    ("ecs:UpdateService", SERVICE, {"ecs__enable_execute_command": "true"}),
    ("ecs:CreateService", SERVICE, {"ecs__enable_service_connect": "true"}),
    ("ecs:UpdateService", SERVICE, {"ecs__enable_vpc_lattice": "true"}),
    ("ecs:UpdateService", SERVICE, {"ecs__enable_ebs_volumes": "true"}),
    ("ecs:TagResource", SERVICE, {"ecs__CreateAction": "CreateService", "aws__TagKeys": "owner"}),
    ("ecs:TagResource", REVISION, {"ecs__CreateAction": "CreateService"}),
    ("ecs:GetTaskProtection", TASK, MINE),
    ("ecr:GetDownloadUrlForLayer", REPOSITORY, {}),
    ("logs:DescribeLogStreams", GROUP, {}),
    ("ecs:TagResource", SERVICE, {}),
    ("ecs:TagResource", SERVICE, {"ecs__CreateAction": "RunTask"}),
    ("ecs:TagResource", SERVICE, {"aws__TagKeys": "ecsdeploy:app"}),
    ("ecs:UntagResource", SERVICE, {"aws__TagKeys": "ecsdeploy:app"}),
    ("ecs:UntagResource", SERVICE, {}),
    ("iam:PassRole", PLACE.role("admin"), {"iam__PassedToService": "ecs-tasks.amazonaws.com"}),
    ("iam:PassRole", PLACE.role("hello-task"), {"iam__PassedToService": "ec2.amazonaws.com"}),
    ("iam:PassRole", PLACE.role("hello-task"), {}),
    ("iam:UpdateAssumeRolePolicy", PLACE.role("hello-github-deploy"), {}),
    ("iam:PutRolePolicy", PLACE.role("hello-github-deploy"), {}),
    ("iam:PutRolePolicy", PLACE.role("hello-execution"), {}),
    ("iam:PutRolePolicy", PLACE.role("hello-task"), {}),
    ("iam:AttachRolePolicy", PLACE.role("hello-execution"), {}),
    ("iam:GetRole", PLACE.role("hello-github-deploy"), {}),
    ("iam:GetRolePolicy", PLACE.role("hello-execution-2"), {}),
    ("iam:GetRole", PLACE.role("admin"), {}),
    ("ecr:PutImage", PLACE.repository("hello-2"), {}),
    ("ecr:SetRepositoryPolicy", REPOSITORY, {}),
    ("ecr:BatchDeleteImage", REPOSITORY, {}),
    ("logs:GetLogEvents", PLACE.log_group("/ecs/hello-2:log-stream:x"), {}),
    ("secretsmanager:GetSecretValue", PLACE.regional("secretsmanager", "secret:db-a1B2c3"), {}),
    ("secretsmanager:DescribeSecret", PLACE.regional("secretsmanager", "secret:db-prod-a1B2c3"), {}),
    ("ssm:GetParameters", PLACE.regional("ssm", "parameter/hello/url"), {}),
    ("ssm:ListTagsForResource", PLACE.regional("ssm", "parameter/hello/url2"), {}),
]


COMMANDS = ("chaos-stop", "destroy", "exec", "prune", "run", "setup")
WHOLE = (
    ("deploy", DEPLOY),
    ("release", RELEASING),
    ("execution", EXECUTION),
    *((command, grants_document(grants_for(command, PLACE, SCOPE))) for command in COMMANDS),
)


@pytest.mark.parametrize(("name", "document"), WHOLE, ids=[name for name, _ in WHOLE])
def test_the_whole_document(name: str, document: Document) -> None:
    assert json.loads((SNAPSHOTS / f"{name}.json").read_text(encoding="utf-8")) == document


@pytest.mark.parametrize(("action", "resource", "context"), NEEDED)
def test_it_is_enough_to_deploy(action: str, resource: str, context: dict[str, str]) -> None:
    assert may(DEPLOY, action, resource, **context)


@pytest.mark.parametrize(("action", "resource", "context"), FORBIDDEN)
def test_it_is_no_more_than_that(action: str, resource: str, context: dict[str, str]) -> None:
    assert not may(DEPLOY, action, resource, **context)


RELEASE: list[tuple[str, str, dict[str, str]]] = [
    ("ecs:RunTask", REVISION, {"ecs__cluster": CLUSTER}),
    ("ecs:StopTask", TASK, MINE),
    ("ecs:TagResource", TASK, {"ecs__CreateAction": "RunTask"}),
    ("ecs:TagResource", REVISION, {"aws__TagKeys": "ecsdeploy:released"}),
]
NO_RELEASE: list[tuple[str, str, dict[str, str]]] = [
    ("ecs:RunTask", PLACE.regional("ecs", "task-definition/admin:1"), {"ecs__cluster": CLUSTER}),
    ("ecs:RunTask", REVISION, {"ecs__cluster": PLACE.cluster("other")}),
    ("ecs:RunTask", REVISION, {}),
    ("ecs:StopTask", TASK, {"ecs__cluster": CLUSTER}),
    ("ecs:StopTask", TASK, {**MINE, "aws__ResourceTag/ecsdeploy:app": "other"}),
    ("ecs:StopTask", TASK, {**MINE, "aws__ResourceTag/ecsdeploy:env": "staging"}),
    ("ecs:RunTask", REVISION, {"ecs__cluster": CLUSTER, "ecs__enable_execute_command": "true"}),
    ("ecs:StopTask", PLACE.regional("ecs", "task/other/0123"), MINE),
    ("ecs:TagResource", TASK, {}),
    ("ecs:TagResource", TASK, {"aws__TagKeys": "ecsdeploy:released"}),
    ("ecs:TagResource", REVISION, {"aws__TagKeys": "ecsdeploy:commit"}),
    ("ecs:TagResource", SERVICE, {"aws__TagKeys": "ecsdeploy:released"}),
    ("ecs:ExecuteCommand", TASK, {}),
]


@pytest.mark.parametrize(("action", "resource", "context"), [*NEEDED, *RELEASE])
def test_with_a_release_command_it_may_run_that(action: str, resource: str, context: dict[str, str]) -> None:
    assert may(RELEASING, action, resource, **context)


@pytest.mark.parametrize(("action", "resource", "context"), RELEASE)
def test_without_one_it_may_start_no_task(action: str, resource: str, context: dict[str, str]) -> None:
    assert not may(DEPLOY, action, resource, **context)


@pytest.mark.parametrize(("action", "resource", "context"), NO_RELEASE)
def test_a_release_command_is_all_that_it_may_run(action: str, resource: str, context: dict[str, str]) -> None:
    assert not may(RELEASING, action, resource, **context)


HOOK, TEAM = PLACE.regional("ssm", "parameter/team/hook"), PLACE.regional("secretsmanager", "secret:team-a1B2c3")
KEY = PLACE.regional("kms", "key/1234")
THROUGH = {"kms__ViaService": "ssm.us-east-1.amazonaws.com"}
TELL: list[tuple[str, str, dict[str, str]]] = [
    ("ssm:GetParameter", HOOK, {}),
    ("secretsmanager:GetSecretValue", TEAM, {}),
]
NO_MORE: list[tuple[str, str, dict[str, str]]] = [
    ("ssm:GetParameter", f"{HOOK}2", {}),
    ("ssm:GetParameter", PLACE.regional("ssm", "parameter/hello/url"), {}),
    ("ssm:GetParameters", HOOK, {}),
    ("ssm:GetParameterHistory", HOOK, {}),
    ("secretsmanager:GetSecretValue", PLACE.regional("secretsmanager", "secret:team-2-a1B2c3"), {}),
    ("secretsmanager:GetSecretValue", PLACE.regional("secretsmanager", "secret:db-a1B2c3"), {}),
    ("secretsmanager:PutSecretValue", TEAM, {}),
    ("kms:Decrypt", KEY, {}),
    ("kms:Decrypt", KEY, THROUGH),
]


def decrypts(document: Document, arn: str, via: str = "ssm") -> bool:
    """Return whether `document` lets a service decrypt the parameter `arn`."""
    context = {"kms:ViaService": f"{via}.us-east-1.amazonaws.com", "kms:EncryptionContext:PARAMETER_ARN": arn}
    return evaluate([document], Request("kms:Decrypt", KEY, context)) is Decision.ALLOWED


@pytest.mark.parametrize(("action", "resource", "context"), [*NEEDED, *TELL])
def test_with_an_address_in_aws_it_may_read_that(action: str, resource: str, context: dict[str, str]) -> None:
    assert may(TELLING, action, resource, **context)


@pytest.mark.parametrize(("action", "resource", "context"), [*NO_MORE, *NO_RELEASE])
def test_the_address_is_all_that_it_may_read(action: str, resource: str, context: dict[str, str]) -> None:
    assert not may(TELLING, action, resource, **context)


def test_it_decrypts_the_address_alone() -> None:
    assert decrypts(TELLING, HOOK)
    assert not decrypts(TELLING, PLACE.regional("ssm", "parameter/hello/url"))
    assert not decrypts(TELLING, HOOK, via="s3")
    assert not decrypts(DEPLOY, HOOK)


@pytest.mark.parametrize("action", ["ecs:TagResource", "ecs:UntagResource"])
def test_a_count_is_remembered_and_nothing_beside_it(action: str) -> None:
    both = Request(action, SERVICE, {"aws:TagKeys": ("ecsdeploy:count-before", "ecsdeploy:app")})
    assert evaluate([DEPLOY], both) is not Decision.ALLOWED


@pytest.mark.parametrize("action", ["ec2:DescribeSubnets", "ecs:DescribeTaskDefinition", "ecr:GetAuthorizationToken"])
def test_what_knows_no_resource_is_bound_to_the_region(action: str) -> None:
    assert may(DEPLOY, action)
    assert not may(DEPLOY, action, aws__RequestedRegion="eu-west-1")


@pytest.mark.parametrize("document", [DEPLOY, RELEASING, TELLING, EXECUTION])
def test_every_statement_allows_named_actions_on_named_resources(document: Document) -> None:
    for statement in document["Statement"]:
        assert statement["Effect"] == "Allow"
        assert "*" not in "".join(_listed(statement["Action"]))
        if statement["Resource"] == "*":
            assert statement["Sid"] in {"NoResource", "ListTasks", "Login"}
        else:
            assert all(resource.split(":")[4] == PLACE.account for resource in _listed(statement["Resource"]))


@pytest.mark.parametrize("document", [DEPLOY, RELEASING, TELLING, EXECUTION])
def test_every_action_exists(document: Document) -> None:
    session = get_session()
    for statement in document["Statement"]:
        for action in _listed(statement["Action"]):
            service, _, name = action.partition(":")
            assert action == "iam:PassRole" or name in session.get_service_model(service).operation_names, action


def test_the_longest_names_fit() -> None:
    scope = DeployScope(
        repository="r" * 256,
        cluster="c" * 255,
        service="s" * 255,
        family="f" * 255,
        log_group="/" + "l" * 511,
        passed_roles=(PLACE.role("p" * 510 + "/" + "e" * 64), PLACE.role("p" * 510 + "/" + "t" * 64)),
    )

    document = deploy_permissions(PLACE, scope)
    assert len(compact(document)) <= 10_240
    assert may(document, "iam:PassRole", scope.passed_roles[0], iam__PassedToService="ecs-tasks.amazonaws.com")
    assert not may(document, "iam:GetRole", scope.passed_roles[0])  # what can be done without makes room


def test_long_names_fit_with_a_release_command_too() -> None:
    name = "n" * 180
    scope = replace(SCOPE, repository=name, cluster=name, service=name, family=name, log_group=name, releases=True)
    document = deploy_permissions(PLACE, scope)
    assert len(compact(document)) <= 10_240
    assert may(document, "ecs:RunTask", PLACE.revisions(scope.family), ecs__cluster=PLACE.cluster(scope.cluster))


def test_more_secrets_than_iam_takes_are_refused() -> None:
    secrets = tuple(PLACE.regional("secretsmanager", f"secret:{number:0200}-??????") for number in range(40))

    with pytest.raises(PolicyError, match=r"the inline policy would be 1\d,\d{3} characters long and IAM takes 10,240"):
        deploy_permissions(PLACE, DeployScope(**{**SCOPE.__dict__, "secrets": secrets}))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
