"""Parts of requests that several operations share: tags, networks, platforms, who calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.sandbox.ecs.api.lookup import invalid
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.ecs.records import Network, Tags, TaskDefinition
from ecsdeploy.sandbox.wire import AwsError, Caller

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
