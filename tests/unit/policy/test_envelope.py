"""What a deploy role may do at most, proven for every request; and that the proof notices what would be too much."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from ecsdeploy.policy import Document, listed
from ecsdeploy.policy.evaluate import Decision, evaluate
from ecsdeploy.policy.grants.policies import deploy_permissions
from ecsdeploy.policy.grants.scope import DeployScope
from tests.unit.policy.documents import DEPLOY, EVERYTHING, PLACE, RELEASING, SCOPE, TELLING
from tests.unit.policy.subset import beyond
from tests.unit.policy.test_grants import scopes

HERE = "us-east-1:123456789012"
OURS = {"ForAllValues:StringLike": {"aws:TagKeys": "ecsdeploy:*"}}
NO_SHELL = {"StringNotEquals": {"ecs:enable-execute-command": "true"}}
CREATES = ["CreateService", "RegisterTaskDefinition", "RunTask"]
MARKS = ["ecsdeploy:count-before", "ecsdeploy:released"]


def envelope(scope: DeployScope) -> Document:
    """Return the most that any config's deploy role may do, written down apart from what generates it."""
    service, family = f"arn:aws:ecs:{HERE}:service/{scope.cluster}/{scope.service}", f"{scope.family}:*"
    family, cluster = f"arn:aws:ecs:{HERE}:task-definition/{family}", f"arn:aws:ecs:{HERE}:cluster/{scope.cluster}"
    tasks, group = f"arn:aws:ecs:{HERE}:task/{scope.cluster}/*", f"arn:aws:logs:{HERE}:log-group:{scope.log_group}"
    below = [
        f"arn:aws:ecs:{HERE}:service-{kind}/{scope.cluster}/{scope.service}/*" for kind in ("deployment", "revision")
    ]
    (app_key, app), (env_key, env) = scope.tags
    ours = {f"aws:ResourceTag/{app_key}": app, f"aws:ResourceTag/{env_key}": env}
    in_cluster = {"ArnEquals": {"ecs:cluster": cluster}}
    statements = [
        (["application-autoscaling:Describe*", "ec2:Describe*", "logs:DescribeLogGroups"], "*", _REGION),
        (["ecr:GetAuthorizationToken", "ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions"], "*", _REGION),
        (_IMAGES, f"arn:aws:ecr:{HERE}:repository/{scope.repository}", {}),
        ("ecs:DescribeClusters", cluster, {}),
        ("ecs:ListTasks", "*", in_cluster),
        ("ecs:DescribeTasks", tasks, {}),
        (["ecs:Describe*", "ecs:ListServiceDeployments", "ecs:StopServiceDeployment"], [service, *below], {}),
        (
            ["ecs:CreateService", "ecs:UpdateService"],
            service,
            {"ArnLikeIfExists": {"ecs:task-definition": family}, **NO_SHELL},
        ),
        (
            "ecs:RegisterTaskDefinition",
            family,
            {
                "ForAllValues:StringEquals": {"ecs:compute-compatibility": "FARGATE"},
                "Null": {"ecs:compute-compatibility": "false"},
                "StringNotEquals": {"ecs:privileged": "true"},
            },
        ),
        ("ecs:TagResource", [service, family, tasks], {"StringEquals": {"ecs:CreateAction": CREATES}, **OURS}),
        (
            ["ecs:TagResource", "ecs:UntagResource"],
            [service, family],
            {"ForAllValues:StringEquals": {"aws:TagKeys": MARKS}, "Null": {"aws:TagKeys": "false"}},
        ),
        ("ecs:RunTask", family, {**in_cluster, **NO_SHELL}),
        (
            "ecs:StopTask",
            tasks,
            {"StringEquals": ours, "Null": {"aws:ResourceTag/ecsdeploy:released": "false"}},
        ),
        ("iam:PassRole", list(scope.passed_roles), _TO_TASKS),
        (["iam:GetRole", "iam:GetRolePolicy"], list(scope.passed_roles), {}),
        (["logs:FilterLogEvents", "logs:GetLogEvents", "logs:ListTagsForResource"], [group, f"{group}:*"], {}),
        (
            ["logs:FilterLogEvents", "logs:GetLogEvents"],
            [each for arn in scope.other_logs for each in (arn, f"{arn}:*")],
            {},
        ),
        ("secretsmanager:DescribeSecret", list(scope.secrets), {}),
        ("ssm:ListTagsForResource", list(scope.parameters), {}),
        *_address(scope),
    ]
    return {"Version": "2012-10-17", "Statement": [_statement(*each) for each in statements if each[1]]}


_REGION = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
_TO_TASKS = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
_IMAGES = [
    *("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:Describe*"),
    *("ecr:GetLifecyclePolicy", "ecr:InitiateLayerUpload", "ecr:ListTagsForResource", "ecr:PutImage"),
    *("ecr:StartImageScan", "ecr:UploadLayerPart"),
]


def _address(scope: DeployScope) -> list[tuple[Any, Any, Any]]:
    found: list[tuple[Any, Any, Any]] = []
    for kind, action, key in (
        ("ssm", "ssm:GetParameter", "PARAMETER_ARN"),
        ("secretsmanager", "secretsmanager:GetSecretValue", "SecretARN"),
    ):
        arns = [each.resource(PLACE) for each in scope.reads if each.kind == kind]
        through = {"StringEquals": {"kms:ViaService": f"{kind}.us-east-1.amazonaws.com"}}
        bound = {"StringLike": {f"kms:EncryptionContext:{key}": arns}}
        found.append((action, arns, {}))
        found.append(("kms:Decrypt", [f"arn:aws:kms:{HERE}:key/*"] if arns else [], {**through, **bound}))
    return found


def _statement(action: Any, resource: Any, condition: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}


WITHOUT_GRANTS = replace(EVERYTHING, grants=())


@pytest.mark.parametrize("scope", [SCOPE, WITHOUT_GRANTS, replace(SCOPE, releases=True)])
def test_no_request_that_the_policy_allows_is_outside(scope: DeployScope) -> None:
    assert beyond(deploy_permissions(PLACE, scope), envelope(scope)) is None


def test_nor_is_one_where_statements_are_joined() -> None:
    name = "n" * 200
    scope = replace(SCOPE, repository=name, cluster=name, service=name, family=name, log_group=name, releases=True)
    assert beyond(deploy_permissions(PLACE, scope), envelope(scope)) is None


@given(scope=scopes())
@settings(max_examples=5)
def test_nor_is_one_whatever_the_names_are(scope: DeployScope) -> None:
    scope = replace(scope, grants=())
    assert beyond(deploy_permissions(PLACE, scope), envelope(scope)) is None


def test_the_envelope_is_not_empty() -> None:
    assert beyond(envelope(SCOPE), {"Version": "2012-10-17", "Statement": []}) is not None


@pytest.mark.parametrize("grant", ["chaos-stop", "destroy", "exec", "prune", "run"])
def test_what_is_granted_by_name_goes_beyond(grant: str) -> None:
    scope = replace(SCOPE, grants=(grant,))
    assert beyond(deploy_permissions(PLACE, scope), envelope(scope)) is not None


Change = Callable[[dict[str, Any]], object]


def _drop(operator: str, key: str) -> Change:
    return lambda statement: statement["Condition"][operator].pop(key)


def _widen(before: str, after: str) -> Change:
    def change(statement: dict[str, Any]) -> None:
        resources = [each.replace(before, after) for each in listed(statement["Resource"])]
        assert resources != listed(statement["Resource"])
        statement["Resource"] = resources

    return change


def _set(key: str, value: Any) -> Change:
    return lambda statement: statement.update({key: value})


TOO_MUCH: list[tuple[str, Document, str, Change]] = [
    ("any role", DEPLOY, "PassRoles", _set("Resource", "*")),
    ("roles that begin so", DEPLOY, "PassRoles", _widen("hello-task", "hello-task*")),
    ("roles of any name", DEPLOY, "PassRoles", _widen("role/hello-task", "role/*")),
    ("roles for any service", DEPLOY, "PassRoles", _drop("StringEquals", "iam:PassedToService")),
    ("roles for EC2 too", DEPLOY, "PassRoles", _set("Condition", {"StringLike": {"iam:PassedToService": "ec*"}})),
    ("services that begin so", DEPLOY, "Deploy", _widen("shop/hello", "shop/hello*")),
    ("services of any cluster", DEPLOY, "Deploy", _widen("service/shop/", "service/*/")),
    ("revisions of any family", DEPLOY, "Deploy", _drop("ArnLikeIfExists", "ecs:task-definition")),
    ("a shell", DEPLOY, "Deploy", _drop("StringNotEquals", "ecs:enable-execute-command")),
    ("any update", DEPLOY, "Deploy", _set("Action", "ecs:Update*")),
    ("any family", DEPLOY, "Register", _widen("/hello:", "/*:")),
    ("families that begin so", DEPLOY, "Register", _widen("/hello:", "/hello*:")),
    ("no compatibility", DEPLOY, "Register", _drop("Null", "ecs:compute-compatibility")),
    ("EC2 too", DEPLOY, "Register", _drop("ForAllValues:StringEquals", "ecs:compute-compatibility")),
    ("privileged containers", DEPLOY, "Register", _drop("StringNotEquals", "ecs:privileged")),
    ("tags at any time", DEPLOY, "TagService", _drop("StringEquals", "ecs:CreateAction")),
    ("tags of others", DEPLOY, "TagService", _drop("ForAllValues:StringLike", "aws:TagKeys")),
    ("any tag of a service", DEPLOY, "RememberCount", _drop("ForAllValues:StringEquals", "aws:TagKeys")),
    ("no tag of a service", DEPLOY, "RememberCount", _drop("Null", "aws:TagKeys")),
    ("tasks of any cluster", DEPLOY, "ListTasks", _drop("ArnEquals", "ecs:cluster")),
    ("tasks that are named so", DEPLOY, "ReadTasks", _widen("task/shop/", "task/shop*/")),
    ("any Region", DEPLOY, "NoResource", _drop("StringEquals", "aws:RequestedRegion")),
    ("any repository", DEPLOY, "Push", _widen("repository/hello", "repository/*")),
    ("all of ECR", DEPLOY, "Push", _set("Action", "ecr:*")),
    ("other log groups", DEPLOY, "Logs", _widen("/ecs/hello", "/ecs/hello*")),
    ("secrets that begin so", DEPLOY, "FindSecrets", _widen("??????", "*")),
    ("values of secrets", DEPLOY, "FindSecrets", _set("Action", "secretsmanager:*")),
    ("other roles' policies", DEPLOY, "ReadRoles", _set("Resource", "arn:aws:iam::123456789012:role/*")),
    ("a task of any cluster", RELEASING, "Release", _drop("ArnEquals", "ecs:cluster")),
    ("a shell in a task", RELEASING, "Release", _drop("StringNotEquals", "ecs:enable-execute-command")),
    ("any task of the app", RELEASING, "StopRelease", _drop("Null", "aws:ResourceTag/ecsdeploy:released")),
    ("releases of other apps", RELEASING, "StopRelease", _drop("StringEquals", "aws:ResourceTag/ecsdeploy:app")),
    ("any key", TELLING, "DecryptParameters", _drop("StringEquals", "kms:ViaService")),
    ("any parameter", TELLING, "DecryptParameters", _drop("StringLike", "kms:EncryptionContext:PARAMETER_ARN")),
]
SCOPES = {
    id(DEPLOY): SCOPE,
    id(RELEASING): replace(SCOPE, releases=True),
    id(TELLING): replace(SCOPE, reads=EVERYTHING.reads),
}


@pytest.mark.parametrize(
    ("document", "sid", "change"), [each[1:] for each in TOO_MUCH], ids=[each[0].replace(" ", "-") for each in TOO_MUCH]
)
def test_what_would_be_too_much_is_found_with_a_request(document: Document, sid: str, change: Change) -> None:
    wide = copy.deepcopy(dict(document))
    (statement,) = (each for each in wide["Statement"] if each["Sid"] == sid)
    change(statement)
    limit = envelope(SCOPES[id(document)])
    request = beyond(wide, limit)
    assert request is not None
    assert evaluate([wide], request) is Decision.ALLOWED
    assert evaluate([limit], request) is not Decision.ALLOWED
    assert evaluate([document], request) is not Decision.ALLOWED
