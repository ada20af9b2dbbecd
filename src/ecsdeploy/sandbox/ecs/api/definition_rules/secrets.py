"""Secrets of containers: names, and what they refer to."""

from __future__ import annotations

import re

from ecsdeploy.sandbox.ecs.api.definition_rules.place import Form, Place
from ecsdeploy.sandbox.ecs.api.lookup import client_error

_PARAMETER = re.compile(r"[a-zA-Z0-9_.\-/]{1,2048}")
"""A parameter's name: no version and no label, which Parameter Store itself would know (aws/containers-roadmap#859)."""


def check_secrets(container: Form, place: Place) -> None:
    """Raise ClientException for secrets whose names clash, or that ECS cannot refer to."""
    secrets = container.get("secrets", ())
    names = [secret["name"] for secret in secrets]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise client_error(f"Duplicate secret names found: {', '.join(twice)}. Each secret name must be unique.")
    shared = {pair.get("name") for pair in container["environment"]}.intersection(names)
    if shared:
        raise client_error(
            "The secret name must be unique and not shared with any new or existing environment variables set on the "
            f"container, such as '{min(shared)}'."
        )
    for secret in secrets:
        _check_reference(secret["name"], secret["valueFrom"], place.account)


def _check_reference(name: str, reference: str, account: str) -> None:
    parameter = reference
    if reference.startswith("arn:"):
        _, _, service, _, owner, resource = (*reference.split(":", 5), *[""] * 5)[:6]
        if service != "ssm":
            return
        if owner != account:
            raise client_error(
                "The Systems Manager parameter ARN has a different account ID than the current account. The current "
                f"account ID is {account} and the ARN account ID is {owner}. Cross-account access for ARNs is not "
                "currently supported."
            )
        parameter = resource.removeprefix("parameter/")
    if not _PARAMETER.fullmatch(parameter):
        raise client_error(
            f"The Systems Manager parameter name specified for secret {name} is invalid. The parameter name can be up "
            "to 2048 characters and include the following letters and symbols: a-zA-Z0-9_.-,"
        )
