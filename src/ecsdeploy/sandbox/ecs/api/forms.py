"""Parts of requests that several operations share: tags, networks, capacity providers, who calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecsdeploy.sandbox.ecs.api.lookup import invalid
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.ecs.records import Cluster, Network, Tags, TaskDefinition
from ecsdeploy.sandbox.wire import AwsError, Caller

PROVIDERS = ("FARGATE", "FARGATE_SPOT")
PLATFORMS = ("LATEST", "1.4.0")


def caller_arn(caller: Caller) -> str:
    """Return who calls, for createdBy and registeredBy."""
    return caller.arn or f"arn:aws:iam::{caller.account}:root"


def read_tags(params: Mapping[str, Any]) -> Tags:
    """Return a request's tags. Raises InvalidParameterException for keys that are reserved, repeated or too many."""
    tags = tuple((tag.get("key", ""), tag.get("value", "")) for tag in params.get("tags", ()))
    keys = [key for key, _ in tags]
    if any(key.lower().startswith("aws:") for key in keys):
        raise invalid("Tag keys cannot start with 'aws:'.")
    if len(set(keys)) != len(keys):
        raise invalid("Duplicate tag keys found.")
    if len(tags) > 50:
        raise invalid("The maximum number of tags is 50.")
    return tags


def read_network(engine: EcsEngine, params: Mapping[str, Any]) -> Network:
    """Return a request's network. Raises InvalidParameterException."""
    form = (params.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    if form is None:
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    names, groups = list(form.get("subnets", ())), list(form.get("securityGroups", ()))
    if not names:
        raise invalid("subnets can not be empty.")
    if len(names) > 16:
        raise invalid("subnets can have at most 16 items.")
    if len(groups) > 5:
        raise invalid("securityGroups can have at most 5 items.")
    subnets = []
    for name in names:
        subnet = engine.subnet(name)
        if subnet is None:
            raise invalid(
                "Error retrieving subnet information for "
                f"[{name}]: The subnet ID '{name}' does not exist (ErrorCode: InvalidSubnetID.NotFound)"
            )
        subnets.append(subnet)
    for name in groups:
        fits = engine.group_fits(name, names[0])
        if fits is None:
            raise invalid(
                "Error retrieving security group information for "
                f"[{name}]: The security group '{name}' does not exist (ErrorCode: InvalidGroup.NotFound)"
            )
        if not fits:
            raise invalid(f"Security group {name} does not appear to belong to the same VPC as the input subnets.")
    return Network(subnets=tuple(subnets), groups=tuple(groups), assign_public=form.get("assignPublicIp") == "ENABLED")


def read_strategy(cluster: Cluster, items: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Return a capacity provider strategy in full. Raises InvalidParameterException."""
    if len(items) > 20:
        raise invalid("capacityProviderStrategy can have at most 20 items.")
    full = tuple(
        {"capacityProvider": i["capacityProvider"], "weight": i.get("weight", 0), "base": i.get("base", 0)}
        for i in items
    )
    for item in full:
        if item["capacityProvider"] not in cluster.capacity_providers:
            raise invalid(
                f"The specified capacity provider '{item['capacityProvider']}' was not found. Specify a valid name "
                "or ARN and try again."
            )
    check_weights(full)
    return full


def check_weights(items: Sequence[Mapping[str, Any]]) -> None:
    """Raise InvalidParameterException for a strategy whose bases or weights are not valid."""
    if not items:
        return
    if sum(item.get("base", 0) > 0 for item in items) > 1:
        raise invalid("The specified capacity provider strategy cannot contain more than one base value.")
    if not any(item.get("weight", 0) > 0 for item in items):
        raise invalid("The specified capacity provider strategy must contain at least one weight greater than 0.")
    if any(not 0 <= item.get("weight", 0) <= 1000 or not 0 <= item.get("base", 0) <= 100_000 for item in items):
        raise invalid("Weights must be between 0 and 1000, bases between 0 and 100000.")


def read_placement(cluster: Cluster, params: Mapping[str, Any]) -> tuple[str | None, tuple[Mapping[str, Any], ...]]:
    """Return launch type and capacity provider strategy of which one is set. Raises InvalidParameterException."""
    launch_type, items = params.get("launchType"), params.get("capacityProviderStrategy")
    if launch_type and items:
        raise invalid(
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again."
        )
    if launch_type == "FARGATE":
        return "FARGATE", ()
    if items:
        return None, read_strategy(cluster, items)
    if launch_type is None and cluster.strategy:
        return None, cluster.strategy
    raise invalid("No Container Instances were found in your cluster.")


def read_platform(params: Mapping[str, Any]) -> str:
    """Return the platform version. Raises PlatformUnknownException."""
    version = params.get("platformVersion") or "LATEST"
    if version not in PLATFORMS:
        raise AwsError("PlatformUnknownException", "The specified platform does not exist.")
    return str(version)


def check_fargate(definition: TaskDefinition) -> None:
    """Raise an error if a task definition cannot run on Fargate.

    InvalidParameterException for a size or a network mode that Fargate does not have, and
    PlatformTaskDefinitionIncompatibilityException for a FireLens configuration in S3: Fargate takes one that is a file
    of the image only (Developer Guide, "Using a custom configuration file").
    """
    if "FARGATE" not in definition.body.get("compatibilities", ()):
        raise invalid("Task definition does not support launch_type FARGATE.")
    for container in definition.body["containerDefinitions"]:
        router = container.get("firelensConfiguration") or {}
        if (router.get("options") or {}).get("config-file-type") == "s3":
            raise AwsError(
                "PlatformTaskDefinitionIncompatibilityException",
                "One or more of the requested capabilities are not supported.",
            )


def check_exec(definition: TaskDefinition, params: Mapping[str, Any], done: str = "created") -> None:
    """Raise InvalidParameterException if ECS Exec is asked for without a task role."""
    if params.get("enableExecuteCommand") and not definition.body.get("taskRoleArn"):
        raise invalid(
            f"The service couldn't be {done} because a valid taskRoleArn is not being used. Specify a valid task role "
            "in your task definition and try again."
        )


def check_token(params: Mapping[str, Any], most: int) -> None:
    """Raise InvalidParameterException for a clientToken that is too long or has blanks (API reference)."""
    token = params.get("clientToken", "")
    if len(token) > most or any(not 33 <= ord(c) <= 126 for c in token):
        raise invalid(f"clientToken can have at most {most} characters, all of them visible ASCII.")


def check_name(name: str, what: str) -> None:
    """Raise InvalidParameterException unless `name` has up to 255 letters, digits, hyphens and underscores."""
    if not name or len(name) > 255 or not all(c.isascii() and (c.isalnum() or c in "-_") for c in name):
        raise invalid(f"{what} can have at most 255 characters: letters, numbers, hyphens and underscores.")
