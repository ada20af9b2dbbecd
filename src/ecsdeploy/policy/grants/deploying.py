"""What `deploy` and its derived commands write: the image, revisions of one family, and one service."""

from __future__ import annotations

from collections.abc import Iterator

from ecsdeploy.policy.arns import ECS_TASKS, Place
from ecsdeploy.policy.grants import Grant
from ecsdeploy.policy.grants.reading import of_rollout
from ecsdeploy.policy.grants.scope import EXEC, FEATURES, DeployScope

COUNT_BEFORE = "ecsdeploy:count-before"
"""The service's tag that remembers how many tasks it ran before it was scaled."""
RELEASED = "ecsdeploy:released"
"""The tag of a release command's task, and of the revisions that remember which images it has succeeded for."""
CREATED_BY = "ecs:CreateAction"
OUR_TAGS = {"ForAllValues:StringLike": {"aws:TagKeys": "ecsdeploy:*"}}
"""Without any key ForAllValues holds, which is right while something is created: it may have no tags."""


def deploying(place: Place, scope: DeployScope) -> Iterator[Grant]:
    """Yield what writes; each grant is for one purpose, and has the name that `needs` knows it by."""
    yield Grant(
        sid="Push",
        actions=(
            "ecr:BatchCheckLayerAvailability",
            "ecr:CompleteLayerUpload",
            "ecr:InitiateLayerUpload",
            "ecr:PutImage",
            "ecr:UploadLayerPart",
        ),
        resources=(place.repository(scope.repository),),
        why="Pushes the image, and gives its tag to one that is there already.",
    )
    if scope.scans:
        yield Grant(
            sid="Scan",
            actions=("ecr:DescribeImageScanFindings", "ecr:StartImageScan"),
            resources=(place.repository(scope.repository),),
            why="Waits for ECR's scan of the image, as [image] fail_on says.",
        )
    yield from _revisions(place, scope)
    yield from _service(place, scope)
    yield from _remembering(place, scope)


def tagging(sid: str, resource: str, created_by: str) -> Grant:
    """Return what lets a call give tags to what it creates: only with that call, and only our own keys."""
    return Grant(
        sid=sid,
        actions=("ecs:TagResource",),
        resources=(resource,),
        condition={"StringEquals": {CREATED_BY: created_by}, **OUR_TAGS},
        why=f"{created_by} gives its tags to what it creates; nothing that exists gets others.",
        may_join=CREATED_BY,
    )


def running(place: Place, scope: DeployScope, sid: str, why: str) -> Grant:
    """Return what starts a task of one's own: of this family, in this cluster, without a shell into it.

    RunTask can limit the family and the cluster, but not the command, the network or who started it.
    """
    return Grant(
        sid=sid,
        actions=("ecs:RunTask",),
        resources=(place.revisions(scope.family),),
        condition={
            "ArnEquals": {"ecs:cluster": place.cluster(scope.cluster)},
            "StringNotEquals": {EXEC: "true"},
        },
        why=why,
    )


def of_this_app(scope: DeployScope) -> dict[str, str | list[str]]:
    """Return the condition keys of what has the tags of this app and environment."""
    return {f"aws:ResourceTag/{key}": value for key, value in scope.tags}


def _revisions(place: Place, scope: DeployScope) -> Iterator[Grant]:
    family = place.revisions(scope.family)
    yield Grant(
        sid="Register",
        actions=("ecs:RegisterTaskDefinition",),
        resources=(family,),
        condition={
            # One that names no compatibility is for EC2, where a container can reach its host: the key has to be there.
            "ForAllValues:StringEquals": {"ecs:compute-compatibility": "FARGATE"},
            "Null": {"ecs:compute-compatibility": "false"},
            # Not documented is whether the key is sent if no container asks: what is absent is not privileged.
            "StringNotEquals": {"ecs:privileged": "true"},
        },
        why="Registers revisions of this family, for Fargate alone and without privileged containers.",
    )
    yield tagging("TagRevision", family, "RegisterTaskDefinition")
    yield Grant(
        sid="PassRoles",
        actions=("iam:PassRole",),
        resources=scope.passed_roles,
        condition={"StringEquals": {"iam:PassedToService": ECS_TASKS}},
        why="A revision names the execution role and the task role: these two, and for tasks of ECS alone.",
    )


def _service(place: Place, scope: DeployScope) -> Iterator[Grant]:
    service = place.of_service("service", scope.cluster, scope.service)
    off = {key: "true" for key in FEATURES if key not in scope.features}
    subnets = {"ForAllValues:StringEquals": {"ecs:subnet": list(scope.subnets)}} if scope.subnets else {}
    yield Grant(
        sid="Deploy",
        actions=("ecs:CreateService", "ecs:UpdateService"),
        resources=(service,),
        # An update names only what it changes, and a key that is not sent changes nothing: absent keys pass.
        condition={
            "ArnLikeIfExists": {"ecs:task-definition": place.revisions(scope.family)},
            **({"StringNotEquals": off} if off else {}),
            **subnets,
        },
        why="Rolls out revisions of this family to this service, with nothing on that the config leaves off.",
    )
    yield tagging("TagService", service, "CreateService")
    if scope.gives_up:
        yield Grant(
            sid="GiveUp",
            actions=("ecs:StopServiceDeployment",),
            resources=of_rollout(place, scope, ("service-deployment",)),
            why="Rolls back a deployment that cannot succeed, before the circuit breaker does.",
        )


def _remembering(place: Place, scope: DeployScope) -> Iterator[Grant]:
    family, tasks = place.revisions(scope.family), place.tasks(scope.cluster)
    yield _remembers(
        "RememberCount",
        ("ecs:TagResource", "ecs:UntagResource"),
        place.of_service("service", scope.cluster, scope.service),
        COUNT_BEFORE,
        "Remembers in a tag how many tasks ran before the service was scaled.",
    )
    if not scope.releases:
        return
    yield running(place, scope, "Release", "Runs [release] command as a task of its own before a rollout.")
    yield tagging("TagRelease", tasks, "RunTask")
    yield Grant(
        sid="StopRelease",
        actions=("ecs:StopTask",),
        resources=(tasks,),
        condition={
            "Null": {f"aws:ResourceTag/{RELEASED}": "false"},
            **({"StringEquals": of_this_app(scope)} if scope.tags else {}),
        },
        why="Stops a release command that takes too long; no task of a service has its tag.",
    )
    yield _remembers(
        "RememberRelease",
        ("ecs:TagResource",),
        family,
        RELEASED,
        "Remembers in a tag of the revision for which images the release command has succeeded.",
    )


def _remembers(sid: str, actions: tuple[str, ...], resource: str, key: str, why: str) -> Grant:
    return Grant(
        sid=sid,
        actions=actions,
        resources=(resource,),
        # Without any key, ForAllValues holds: a request has to name one.
        condition={"ForAllValues:StringEquals": {"aws:TagKeys": key}, "Null": {"aws:TagKeys": "false"}},
        why=why,
    )
