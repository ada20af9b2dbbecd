"""What a command looks at: nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterator

from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.grants import ANY, Grant
from ecsdeploy.policy.grants.scope import DeployScope
from ecsdeploy.policy.secrets import reading as reading_secrets

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
"""Actions that know no resource: the Region is all that can limit them."""
DEFAULT_VPC = ("ec2:DescribeRouteTables", "ec2:DescribeVpcs")
"""How a subnet is found where the config names none."""
LINES = ("logs:FilterLogEvents", "logs:GetLogEvents")


def reading(place: Place, scope: DeployScope) -> Iterator[Grant]:
    """Yield what all commands together read."""
    yield _without_resource(place, scope)
    yield Grant(
        sid="ReadImages",
        actions=(
            "ecr:BatchGetImage",
            "ecr:DescribeImages",
            "ecr:DescribeRepositories",
            "ecr:GetLifecyclePolicy",
            "ecr:ListTagsForResource",
        ),
        resources=(place.repository(scope.repository),),
        why="Finds the image by its tag, and its digest, so that what was built is what is deployed.",
    )
    yield Grant(
        sid="ReadCluster",
        actions=("ecs:DescribeClusters",),
        resources=(place.cluster(scope.cluster),),
        why="Sees whether the cluster is there before anything is built.",
    )
    yield from _of_service(place, scope)
    yield from _logs(place, scope)
    yield from _lookups(scope)
    yield from _address(place, scope)


def by_name(place: Place, roles: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ARNs of roles, and those that IAM asks for while there are no such roles: a name knows no path."""
    return tuple(dict.fromkeys((*roles, *(place.role(arn.rpartition("/")[2]) for arn in roles))))


def read_roles(place: Place, scope: DeployScope) -> Grant:
    """Return what shows the task's roles: it spares a build whose tasks could not start."""
    return Grant(
        sid="ReadRoles",
        actions=("iam:GetRole", "iam:GetRolePolicy"),
        resources=by_name(place, scope.passed_roles),
        why="Sees before a build whether the task's roles are there and may read its secrets.",
    )


def _without_resource(place: Place, scope: DeployScope) -> Grant:
    return Grant(
        sid="NoResource",
        actions=tuple(each for each in NO_RESOURCE if not (scope.subnets and each in DEFAULT_VPC)),
        resources=(ANY,),
        condition={"StringEquals": {"aws:RequestedRegion": place.region}},
        why="IAM can limit these to no resource; the Region is what is left.",
    )


def _of_service(place: Place, scope: DeployScope) -> Iterator[Grant]:
    cluster = {"ArnEquals": {"ecs:cluster": place.cluster(scope.cluster)}}
    yield Grant(
        sid="ReadService",
        actions=("ecs:DescribeServices", "ecs:ListServiceDeployments"),
        resources=(place.of_service("service", scope.cluster, scope.service),),
        why="Sees this service and what was deployed to it.",
    )
    yield Grant(
        sid="Rollout",
        actions=("ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions"),
        resources=of_rollout(place, scope),
        why="Follows this service's deployments to their verdict.",
    )
    # ListTasks has no resource type that could name a service: the cluster is the closest limit in IAM.
    yield Grant(
        sid="ListTasks",
        actions=("ecs:ListTasks",),
        resources=(ANY,),
        condition=cluster,
        why="Finds the service's tasks; IAM can limit this to the cluster and no further.",
    )
    yield Grant(
        sid="ReadTasks",
        actions=("ecs:DescribeTasks",),
        resources=(place.tasks(scope.cluster),),  # their ARNs begin with the cluster
        why="Sees why a task does not start; a task's ARN names its cluster, not its service.",
    )


def of_rollout(
    place: Place, scope: DeployScope, kinds: tuple[str, ...] = ("service-deployment", "service-revision")
) -> tuple[str, ...]:
    """Return the ARNs of the service and of what is below it: each action asks for the service and for one of those."""
    below = tuple(place.of_service(kind, scope.cluster, scope.service, "/*") for kind in kinds)
    return (place.of_service("service", scope.cluster, scope.service), *below)


def of_group(place: Place, scope: DeployScope) -> tuple[str, str]:
    """Return the ARNs of the log group, and of what is in it: some actions ask for one, some for the other."""
    group = place.log_group(scope.log_group)
    return (group, f"{group}:*")


def _logs(place: Place, scope: DeployScope) -> Iterator[Grant]:
    yield Grant(
        sid="Logs",
        actions=(*LINES, "logs:ListTagsForResource"),
        resources=of_group(place, scope),
        why="Shows the service's log, above all the last lines of a task that died.",
    )
    yield Grant(
        sid="OtherLogs",
        actions=LINES,
        resources=tuple(resource for arn in scope.other_logs for resource in (arn, f"{arn}:*")),
        why="Shows the logs of containers that [task.raw] lets log elsewhere.",
    )


def _lookups(scope: DeployScope) -> Iterator[Grant]:
    yield Grant(
        sid="FindSecrets",
        actions=("secretsmanager:DescribeSecret",),
        resources=scope.secrets,
        why="Sees before a build whether the secrets exist; their values stay unread.",
    )
    yield Grant(
        sid="FindParameters",
        actions=("ssm:ListTagsForResource",),
        resources=scope.parameters,
        why="Sees before a build whether the parameters exist, by their tags; their values stay unread.",
    )


def _address(place: Place, scope: DeployScope) -> Iterator[Grant]:
    for each in reading_secrets(place, scope.reads, parameters="ssm:GetParameter"):
        action, resource = each["Action"], each["Resource"]
        yield Grant(
            sid=each["Sid"],
            actions=(action,),
            resources=tuple(resource),
            condition=each.get("Condition", {}),
            why="Reads where the team is told how a deployment ended, and nothing else.",
        )
