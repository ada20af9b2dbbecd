"""What an app has in AWS, in a form in which two apps that went the same way are equal."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.support.world import World

State = dict[str, Any]

_CHANGING = re.compile(
    # The app's name is in the config, and so in the content that an image is built from.
    r'((?<="ecsdeploy:content": ")[^"]+'
    r'|(?<="ecsdeploy:committed-at": ")[^"]+'
    # Marks of images and commands: how many there are counts.
    r'|(?<="ecsdeploy:released": ")[0-9a-f]{12}|(?<=[0-9a-f] )[0-9a-f]{12}(?=[" ])'
    r"|sg-[0-9a-f]{17}|sgr-[0-9a-f]+|[0-9a-f]{40}|sha256:[0-9a-f]{64}|127\.0\.0\.1:\d+"
    r"|(?<=:service-deployment/)[\w/-]+|(?<=:service-revision/)[\w/-]+)"
)
_SERVICE = (
    "status",
    "desiredCount",
    "runningCount",
    "pendingCount",
    "taskDefinition",
    "launchType",
    "deploymentConfiguration",
    "networkConfiguration",
    "propagateTags",
    "enableECSManagedTags",
    "tags",
)


def look(world: World, app: str) -> State:
    """Return everything that the commands make for `app`, without what differs from app to app."""
    found = {
        "service": _service(world, app),
        "revisions": _revisions(world, app),
        "cluster": _cluster(world, app),
        "roles": {role: _role(world, role) for role in (f"{app}-execution", f"{app}-task", f"{app}-github-deploy")},
        "account": _account(world),
        "log group": _log_group(world, app),
        "security group": _security_group(world, app),
        "repository": _repository(world, app),
    }
    text = json.dumps(found, sort_keys=True, default=str)
    state: State = json.loads(_CHANGING.sub("X", re.sub(rf"\b{re.escape(app)}\b", "APP", text)))
    return state


def differences(expected: Any, found: Any, path: str = "") -> list[str]:
    """Return where two states differ, in words."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        keys = sorted({*expected, *found})
        return [line for key in keys for line in differences(expected.get(key), found.get(key), f"{path}.{key}")]
    return [] if expected == found else [f"{path.lstrip('.')}: {expected} -> {found}"]


def _service(world: World, app: str) -> Any:
    ecs = world.client("ecs")
    try:
        found = ecs.describe_services(cluster=app, services=[app], include=["TAGS"])["services"]
    except ecs.exceptions.ClusterNotFoundException:
        return None
    if not found or found[0]["status"] == "INACTIVE":
        return None
    service = found[0]
    deployments = ecs.list_service_deployments(cluster=app, service=app)["serviceDeployments"]
    return {
        **{key: service.get(key) for key in _SERVICE},
        "deployments": [(one["status"], one["taskDefinition"], one["rolloutState"]) for one in service["deployments"]],
        "service deployments": sorted(one["status"] for one in deployments),
    }


def _revisions(world: World, app: str) -> Any:
    ecs = world.client("ecs")
    return {
        status: {arn.rpartition("/")[2]: _revision(world, arn) for arn in arns}
        for status in ("ACTIVE", "INACTIVE")
        for arns in [ecs.list_task_definitions(familyPrefix=app, status=status)["taskDefinitionArns"]]
    }


def _revision(world: World, arn: str) -> Any:
    answer = world.client("ecs").describe_task_definition(taskDefinition=arn, include=["TAGS"])
    document = {key: value for key, value in answer["taskDefinition"].items() if key != "registeredAt"}
    return {**document, "tags": _tags(answer["tags"])}


def _cluster(world: World, app: str) -> Any:
    found = world.client("ecs").describe_clusters(clusters=[app], include=["TAGS"])["clusters"]
    return [(one["status"], one["capacityProviders"], _tags(one["tags"])) for one in found]


def _role(world: World, name: str) -> Any:
    iam = world.client("iam")
    try:
        role = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.NoSuchEntityException:
        return None
    policies = iam.list_role_policies(RoleName=name)["PolicyNames"]
    return {
        "trust": role["AssumeRolePolicyDocument"],
        "description": role["Description"],
        "session": role["MaxSessionDuration"],
        "tags": _tags(role.get("Tags", [])),
        "policies": {
            policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"] for policy in policies
        },
    }


def _account(world: World) -> Any:
    iam = world.client("iam")
    providers = [one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    linked = iam.list_roles(PathPrefix="/aws-service-role/ecs.amazonaws.com/")["Roles"]
    return {
        "service-linked roles": [role["RoleName"] for role in linked],
        "providers": [
            (arn, iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"]) for arn in providers
        ],
    }


def _log_group(world: World, app: str) -> Any:
    logs = world.client("logs")
    groups = logs.describe_log_groups(logGroupNamePrefix=f"/ecs/{app}")["logGroups"]
    return [
        (one.get("retentionInDays"), logs.list_tags_for_resource(resourceArn=one["logGroupArn"])["tags"])
        for one in groups
        if one["logGroupName"] == f"/ecs/{app}"
    ]


def _security_group(world: World, app: str) -> Any:
    filters = [{"Name": "group-name", "Values": [app]}]
    found = world.client("ec2").describe_security_groups(Filters=filters)["SecurityGroups"]
    return [(one["Description"], one["IpPermissions"], _tags(one.get("Tags", []))) for one in found]


def _repository(world: World, app: str) -> Any:
    ecr = world.client("ecr")
    try:
        repository = ecr.describe_repositories(repositoryNames=[app])["repositories"][0]
    except ecr.exceptions.RepositoryNotFoundException:
        return None
    try:
        lifecycle = ecr.get_lifecycle_policy(repositoryName=app)["lifecyclePolicyText"]
    except ecr.exceptions.LifecyclePolicyNotFoundException:
        lifecycle = None
    images = ecr.describe_images(repositoryName=app)["imageDetails"]
    return {
        "mutability": repository["imageTagMutability"],
        "scan": repository["imageScanningConfiguration"],
        "lifecycle": lifecycle,
        "tags": _tags(ecr.list_tags_for_resource(resourceArn=repository["repositoryArn"])["tags"]),
        "images": len(images),
        "tagged": sum(len(one.get("imageTags", [])) for one in images),
    }


def _tags(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag.get("key", tag.get("Key", "")): tag.get("value", tag.get("Value", "")) for tag in tags}
