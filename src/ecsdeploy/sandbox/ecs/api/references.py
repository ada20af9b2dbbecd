"""ARNs in requests: those of another Region or account are refused before anything is looked up.

ECS's words for them are from users' reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ecsdeploy.sandbox.ecs.api.lookup import client_error, invalid
from ecsdeploy.sandbox.ecs.world import World

REFERENCES = (
    "cluster",
    "clusters",
    "containerInstances",
    "service",
    "serviceName",
    "services",
    "task",
    "tasks",
    "taskDefinition",
    "serviceDeploymentArn",
    "serviceDeploymentArns",
    "serviceRevisionArns",
    "resourceArn",
)
"""The members of requests that name resources of ECS."""


def check_references(world: World, params: Mapping[str, Any]) -> None:
    """Raise InvalidParameterException for an ARN of another Region or account, ClientException for a broken one."""
    for text in _arns(params):
        parts = text.split(":", 5)
        if len(parts) < 6:
            raise client_error(
                "com.amazon.arn.ARNSyntaxException: Fifth colon (namespace/relative-id delimiter) not found: " + text
            )
        _, _, service, region, account, _ = parts
        if service != "ecs":
            continue
        if region != world.region:
            raise invalid("Invalid Region in ARN")
        if account != world.account:
            raise invalid(f"Identifier is for {account}. Your accountId is {world.account}")


def _arns(params: Mapping[str, Any]) -> Iterator[str]:
    for name in REFERENCES:
        given = params.get(name) or ()
        for text in (given,) if isinstance(given, str) else given:
            if text.startswith("arn:"):
                yield text
