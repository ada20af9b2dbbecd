"""What goes beyond deploying: each of it is in the deploy role only where [iam] grants says so."""

from __future__ import annotations

from collections.abc import Iterator

from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.grants import ANY, Grant
from ecsdeploy.policy.grants.deploying import of_this_app, running, tagging
from ecsdeploy.policy.grants.reading import of_group
from ecsdeploy.policy.grants.scope import DeployScope

OF_A_SERVICE = "aws:ResourceTag/aws:ecs:serviceName"
"""The tag that ECS itself gives to a service's tasks (ECS Developer Guide, "Tagging your Amazon ECS resources")."""


def beyond(place: Place, scope: DeployScope) -> Iterator[Grant]:
    """Yield what `chaos-stop`, `run`, `exec`, `prune` and `destroy` write."""
    ours = {"StringEquals": of_this_app(scope)}
    tasks = place.tasks(scope.cluster)
    yield Grant(
        sid="ChaosStop",
        actions=("ecs:GetTaskProtection", "ecs:StopTask"),
        resources=(tasks,),
        condition=ours,
        why="Stops one task of this app; a task's ARN does not name its service, so its tags decide.",
    )
    yield running(place, scope, "Run", "Runs any command in the app's own container, with the task role's permissions.")
    yield tagging("TagRun", tasks, "RunTask")
    yield Grant(
        sid="StopRun",
        actions=("ecs:StopTask",),
        resources=(tasks,),
        condition={**ours, "Null": {OF_A_SERVICE: "true"}},
        why="Stops a command of this app that is interrupted or takes too long; the service's own tasks stay.",
    )
    yield from _exec(place, scope)
    yield from _prune(place, scope)
    yield from _destroy(place, scope)


def _exec(place: Place, scope: DeployScope) -> Iterator[Grant]:
    # ExecuteCommand asks for both resources, and a condition on a tag would be asked of the cluster's tags too.
    yield Grant(
        sid="ExecInCluster",
        actions=("ecs:ExecuteCommand",),
        resources=(place.cluster(scope.cluster),),
        why="ExecuteCommand asks for the cluster as well as for the task.",
    )
    yield Grant(
        sid="Exec",
        actions=("ecs:ExecuteCommand",),
        resources=(place.tasks(scope.cluster),),
        condition={"StringEquals": of_this_app(scope)},
        why="Opens a shell in a task of this app, which has the task role's permissions and the app's secrets.",
    )


def _prune(place: Place, scope: DeployScope) -> Iterator[Grant]:
    yield Grant(
        sid="DeleteImages",
        actions=("ecr:BatchDeleteImage",),
        resources=(place.repository(scope.repository),),
        why="Deletes images of this repository that nothing needs.",
    )
    yield Grant(
        sid="Deregister",
        actions=("ecs:DeregisterTaskDefinition",),
        resources=(ANY,),
        condition={"StringEquals": {"aws:RequestedRegion": place.region}},
        why="Deregisters old revisions; IAM can limit this to no family, only to the Region.",
    )


def _destroy(place: Place, scope: DeployScope) -> Iterator[Grant]:
    cluster, service = place.cluster(scope.cluster), place.of_service("service", scope.cluster, scope.service)
    yield Grant(
        sid="ListServices",
        actions=("ecs:ListServices",),
        resources=(ANY,),
        condition={"ArnEquals": {"ecs:cluster": cluster}},
        why="Sees whether other services use the cluster, which then stays.",
    )
    for sid, action, resources, what in (
        ("DeleteService", "ecs:DeleteService", (service,), "this service"),
        ("DeleteRevisions", "ecs:DeleteTaskDefinitions", (place.revisions(scope.family),), "revisions of this family"),
        ("DeleteCluster", "ecs:DeleteCluster", (cluster,), "the cluster, which ECS only does if it is empty"),
        ("DeleteLogs", "logs:DeleteLogGroup", of_group(place, scope), "the log group with all its logs"),
        ("DeleteRepository", "ecr:DeleteRepository", (place.repository(scope.repository),), "the images, if asked"),
    ):
        yield Grant(sid=sid, actions=(action,), resources=resources, why=f"Deletes {what}, for good.")
    yield Grant(
        sid="DeleteGroup",
        actions=("ec2:DeleteSecurityGroup",),
        resources=(place.regional("ec2", "security-group/*"),),
        condition={"StringEquals": of_this_app(scope)},
        why="Deletes the security group that has this app's tags; its id is not known before it is made.",
    )
