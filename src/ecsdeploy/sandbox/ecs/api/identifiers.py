"""Names, ids and ARNs of services and tasks, and ECS's words for those that are none (seen in users' reports)."""

from __future__ import annotations

from ecsdeploy.sandbox.ecs.naming import resource
from ecsdeploy.sandbox.wire import AwsError

TASK_ID_LENGTHS = (32, 36)
"""Ids of today, and those of 2018 and before, which were UUIDs."""


def service_name(cluster: str, reference: str) -> str:
    """Return the name in a service's name or ARN, old form or new. Raises InvalidParameterException."""
    return _name("service", cluster, reference)


def task_identity(cluster: str, reference: str) -> str:
    """Return the id in a task's id or ARN, old form or new. Raises InvalidParameterException."""
    identity = _name("task", cluster, reference)
    if len(identity) not in TASK_ID_LENGTHS:
        raise _invalid("taskId length should be one of [32,36]")
    return identity


def _name(kind: str, cluster: str, reference: str) -> str:
    if not reference.startswith("arn:"):
        if "/" in reference:
            raise _invalid("Invalid identifier: Unexpected number of separators")
        return reference
    parts = resource(reference)
    if parts is not None and parts[0] != kind:
        raise _invalid(f"Unsupported resource type: {parts[0]}")
    match parts:
        case (_, [name]):
            return name
        case (_, [owner, name]):
            if owner != cluster:
                raise _invalid(f"Invalid identifier: Identifier is for cluster {owner}. Your cluster is {cluster}")
            return name
    raise _invalid("Invalid identifier: Unexpected number of separators")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
