"""What RegisterTaskDefinition refuses for Fargate: one module for each part of a definition.

The rules are those of the Developer Guide ("Amazon ECS task definition differences for Fargate", "Amazon ECS task
definition parameters for Fargate") and of the API reference. The texts are ECS's own: those of
`docs/sandbox-refusals.md` were collected from real deployments in September 2026, others stand in users' reports. Where
neither has one, the text follows the nearest that is known, and the docstring beside it says so.
"""

from __future__ import annotations

import json
import re

from ecsdeploy.sandbox.ecs.api.definition_rules.containers import check_container, check_list
from ecsdeploy.sandbox.ecs.api.definition_rules.dependencies import check_dependencies
from ecsdeploy.sandbox.ecs.api.definition_rules.fargate import check_fargate
from ecsdeploy.sandbox.ecs.api.definition_rules.network import check_network
from ecsdeploy.sandbox.ecs.api.definition_rules.place import Form, Place
from ecsdeploy.sandbox.ecs.api.definition_rules.secrets import check_secrets
from ecsdeploy.sandbox.ecs.api.definition_rules.sizes import SIZES, check_memory
from ecsdeploy.sandbox.ecs.api.definition_rules.volumes import check_volumes
from ecsdeploy.sandbox.ecs.api.lookup import client_error
from ecsdeploy.sandbox.wire import AwsError

__all__ = ["ROLES", "SIZES", "Place", "check", "check_role", "fits_fargate"]

ROLES = ("taskRoleArn", "executionRoleArn")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+|[\w+=,.@-]{1,64}", re.ASCII)
_MOST_BYTES = 65_536
"""A task definition's size (Developer Guide, service quotas: 64 KiB); which form of it ECS measures is not said."""


def check_role(role: str | None) -> None:
    """Raise ClientException for what is neither an IAM role's ARN nor its short name. An empty text is no role."""
    if role and not _ROLE.fullmatch(role):
        raise client_error("Role is not valid")


def check(form: Form, place: Place) -> None:
    """Raise ClientException if ECS would refuse a normalised definition in `place`."""
    containers = form["containerDefinitions"]
    check_list(containers)
    if form.get("inferenceAccelerators"):
        raise client_error("Unsupported field 'inferenceAccelerators'.")
    for key in ROLES:
        check_role(form.get(key))
    for container in containers:
        check_container(container, containers)
        check_secrets(container, place)
    check_dependencies({c["name"]: c for c in containers})
    if form.get("networkMode") == "awsvpc":
        check_network(form)
    check_volumes(form)
    check_memory(form)
    if "FARGATE" in form.get("requiresCompatibilities", ()):
        check_fargate(form, place)
    size = len(json.dumps(form, separators=(",", ":"), default=str).encode())
    if size > _MOST_BYTES:
        raise client_error(f"Actual length: '{size}'. Max allowed length is '{_MOST_BYTES}' bytes.")


def fits_fargate(form: Form, place: Place) -> bool:
    """Return whether Fargate could run a checked definition: ECS lists it among its compatibilities then."""
    try:
        check_fargate(form, place)
    except AwsError:
        return False
    return True
