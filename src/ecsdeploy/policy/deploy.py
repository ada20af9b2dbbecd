"""What the deploy role may do: exactly what a deploy from CI calls, on exactly the resources of one config.

Scopes and condition keys: Service Authorization Reference. Actions without resource support are in one statement, bound
to the Region. It may pass the task's roles and read them, to see before a build what the execution role lacks; it
changes none, and there is nothing that reads or writes another service. Of secrets, it reads the one that [notify]
names, if that names one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ecsdeploy.policy import VERSION, Document
from ecsdeploy.policy.arns import ECS_TASKS, Place
from ecsdeploy.policy.secrets import Secret, reading
from ecsdeploy.policy.size import fits_inline, require_inline_size

COUNT_BEFORE = "ecsdeploy:count-before"
"""The service's tag that remembers how many tasks it ran before it was scaled."""
RELEASED = "ecsdeploy:released"
"""The tag of a release command's task, and of the revisions that remember which images it has succeeded for."""
NO_RESOURCE = (
    "application-autoscaling:DescribeScalableTargets",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "ecr:GetAuthorizationToken",
    "ecs:DescribeTaskDefinition",
    "ecs:ListTaskDefinitions",
    "logs:DescribeLogGroups",
)
IMAGE = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImages",
    "ecr:DescribeRepositories",
    "ecr:GetDownloadUrlForLayer",
    "ecr:GetLifecyclePolicy",
    "ecr:InitiateLayerUpload",
    "ecr:ListTagsForResource",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)
READ_LOGS = ("logs:FilterLogEvents", "logs:GetLogEvents")
LOGS = ("logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:ListTagsForResource")


@dataclass(frozen=True)
class DeployScope:
    """The names of everything that one deploy role may touch."""

    repository: str
    cluster: str
    service: str
    family: str
    log_group: str
    passed_roles: tuple[str, ...]
    """ARNs of the roles that its task definitions name, as IAM gives them: a role may have a path."""
    secrets: tuple[str, ...] = ()
    """ARNs of the Secrets Manager secrets of this account and Region that the config names: each is looked up."""
    other_logs: tuple[str, ...] = ()
    """ARNs of other log groups that containers log to: they are read, not looked after."""
    parameters: tuple[str, ...] = ()
    """ARNs of the SSM parameters that the config names: whether they exist is looked up, by their tags."""
    reads: tuple[Secret, ...] = ()
    """What the command itself reads: where a team is told how a deployment ended."""
    releases: bool = False
    """Whether the config has a release command, which runs as a task of its own."""


def deploy_permissions(place: Place, scope: DeployScope) -> Document:
    """Return the deploy role's inline policy. Raises `PolicyError` if it is too long for IAM."""
    group = place.log_group(scope.log_group)
    statements = [
        _allow("NoResource", NO_RESOURCE, "*", {"StringEquals": {"aws:RequestedRegion": place.region}}),
        _allow("Image", IMAGE, place.repository(scope.repository)),
        *_revisions(place, scope),
        *_service(place, scope),
        *_tasks(place, scope),
        *(_release(place, scope) if scope.releases else ()),
        _allow("Logs", LOGS, [group, f"{group}:*"]),
    ]
    if scope.other_logs:
        read = [resource for arn in scope.other_logs for resource in (arn, f"{arn}:*")]
        statements.append(_allow("OtherLogs", READ_LOGS, read))
    if scope.secrets:
        statements.append(_allow("FindSecrets", "secretsmanager:DescribeSecret", list(scope.secrets)))
    if scope.parameters:
        statements.append(_allow("FindParameters", "ssm:ListTagsForResource", list(scope.parameters)))
    statements += reading(place, scope.reads, parameters="ssm:GetParameter")
    document = {"Version": VERSION, "Statement": statements}
    require_inline_size(document)
    # It spares a build that cannot be deployed; with the longest names that IAM has, there is no room for it.
    roles = _allow("ReadRoles", ["iam:GetRole", "iam:GetRolePolicy"], list(scope.passed_roles))
    seeing = {**document, "Statement": [*statements, roles]}
    return seeing if fits_inline(seeing) else document


def _revisions(place: Place, scope: DeployScope) -> list[dict[str, Any]]:
    family = place.revisions(scope.family)
    return [
        _allow("Register", "ecs:RegisterTaskDefinition", family),
        _allow(
            "PassRoles",
            "iam:PassRole",
            list(scope.passed_roles),
            {"StringEquals": {"iam:PassedToService": ECS_TASKS}},
        ),
    ]


def _service(place: Place, scope: DeployScope) -> list[dict[str, Any]]:
    service = place.of_service("service", scope.cluster, scope.service)
    # One pattern for its service-deployments and its service-revisions: long names need the room (policy/size.py).
    below = place.of_service("service-*", scope.cluster, scope.service, "/*")
    family = place.revisions(scope.family)
    return [
        # A count, or new tasks of the same revision: such an update names no task definition.
        _allow(
            "Deploy",
            ["ecs:CreateService", "ecs:UpdateService"],
            service,
            {"ArnLikeIfExists": {"ecs:task-definition": family}},
        ),
        _allow(
            "RememberCount",
            ["ecs:TagResource", "ecs:UntagResource"],
            service,
            # Without any key, ForAllValues holds: a request has to name one.
            {"ForAllValues:StringEquals": {"aws:TagKeys": [COUNT_BEFORE]}, "Null": {"aws:TagKeys": "false"}},
        ),
        _allow("ReadCluster", "ecs:DescribeClusters", place.cluster(scope.cluster)),
        _allow(
            "Rollout",
            [
                "ecs:DescribeServiceDeployments",
                "ecs:DescribeServiceRevisions",
                "ecs:DescribeServices",
                "ecs:ListServiceDeployments",
                "ecs:StopServiceDeployment",
            ],
            [service, below],
        ),
        _allow(
            "TagOnCreate",
            "ecs:TagResource",
            [service, family],
            {"StringEquals": {"ecs:CreateAction": ["CreateService", "RegisterTaskDefinition"]}},
        ),
    ]


def _tasks(place: Place, scope: DeployScope) -> list[dict[str, Any]]:
    # ListTasks has no resource type that could name a service: the cluster is the closest limit in IAM.
    cluster = {"ArnEquals": {"ecs:cluster": place.cluster(scope.cluster)}}
    return [
        _allow("ListTasks", "ecs:ListTasks", "*", cluster),
        _allow("ReadTasks", "ecs:DescribeTasks", place.tasks(scope.cluster), cluster),
    ]


def _release(place: Place, scope: DeployScope) -> list[dict[str, Any]]:
    """Return what the release command takes: its task, and the tag by which a revision remembers it.

    RunTask can limit the family and the cluster, but not the command. StopTask takes a tag that no service's task has.
    """
    cluster = {"ecs:cluster": place.cluster(scope.cluster)}
    family, tasks = place.revisions(scope.family), place.tasks(scope.cluster)
    return [
        _allow("Release", "ecs:RunTask", family, {"ArnEquals": cluster}),
        _allow("StopRelease", "ecs:StopTask", tasks, {"Null": {f"aws:ResourceTag/{RELEASED}": "false"}}),
        _allow("TagRelease", "ecs:TagResource", tasks, {"StringEquals": {"ecs:CreateAction": "RunTask"}}),
        _allow(
            "RememberRelease",
            "ecs:TagResource",
            family,
            {"ForAllValues:StringEquals": {"aws:TagKeys": [RELEASED]}, "Null": {"aws:TagKeys": "false"}},
        ),
    ]


def _allow(
    sid: str,
    action: str | list[str] | tuple[str, ...],
    resource: str | list[str],
    condition: dict[str, dict[str, Any]] | None = None,
) -> dict[str, Any]:
    actions = action if isinstance(action, str) else list(action)
    statement: dict[str, Any] = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})
