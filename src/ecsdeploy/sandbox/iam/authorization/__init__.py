"""From an operation and its parameters to what IAM has to allow for it: actions, resources, condition keys.

Facts: the Service Authorization Reference. An operation that no table has is an error that names it, never an allow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.policy.evaluate import Request
from ecsdeploy.sandbox.iam.authorization import ec2, ecr, ecs, iam, logs, others
from ecsdeploy.sandbox.iam.authorization.rule import Call, Table
from ecsdeploy.sandbox.iam.authorization.surroundings import Definition, Surroundings

__all__ = ["TABLES", "Definition", "NotMapped", "Surroundings", "authorizations", "table_of"]

TABLES: Mapping[str, Table] = {
    "application-autoscaling": logs.AUTOSCALING,
    "ec2": ec2.TABLE,
    "ecr": ecr.TABLE,
    "ecs": ecs.TABLE,
    "elbv2": others.LOAD_BALANCING,
    "iam": iam.TABLE,
    "logs": logs.TABLE,
    "resourcegroupstaggingapi": others.TAGGING,
    "secretsmanager": others.SECRETS_MANAGER,
    "servicediscovery": others.CLOUD_MAP,
    "ssm": others.SSM,
    "sts": iam.STS,
}
"""botocore's name of a service -> its operations."""

_SIGNED_AS = {"elasticloadbalancing": "elbv2", "tagging": "resourcegroupstaggingapi"}


class NotMapped(LookupError):
    """Nobody wrote down what an operation asks: it must not go through."""

    def __init__(self, service: str, operation: str) -> None:
        super().__init__(f"no table says what {service}:{operation or '(unknown)'} asks of IAM")


def table_of(service: str) -> Table | None:
    """Return the table of a service, named as botocore names it or as its requests are signed."""
    return TABLES.get(_SIGNED_AS.get(service, service))


def authorizations(
    service: str, operation: str, parameters: Mapping[str, Any], around: Surroundings
) -> tuple[Request, ...]:
    """Return everything that has to be allowed for a call to go through; nothing where anybody may make it.

    The requests have the keys of the call and of its resources; those of who asks, and of AWS as a whole, are added by
    whoever decides. Raises `NotMapped`.
    """
    table = table_of(service)
    if table is not None and operation in table.free:
        return ()
    rule = table.rule(operation) if table else None
    if rule is None:
        raise NotMapped(service, operation)
    return tuple(rule.requests(Call(operation, parameters, around)))
