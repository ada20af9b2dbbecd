"""What a task needs to know before it starts: the values of its secrets, the credentials of its registries."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ecsdeploy.sandbox.runtime import reasons
from ecsdeploy.sandbox.runtime.backend import Refused
from ecsdeploy.sandbox.runtime.base import ResolveSecret, SecretError, TaskSpec

RegistryAuth = Callable[[str], Mapping[str, str] | None]


def resolve(spec: TaskSpec, resolve_secret: ResolveSecret) -> dict[str, dict[str, str]]:
    """Return container name -> variable -> value, each secret read once. Raises `Refused` in AWS's words."""
    known: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    for definition in spec.containers:
        of_container = values[definition["name"]] = {}
        for entry in definition.get("secrets") or []:
            of_container[entry["name"]] = _value(entry["valueFrom"], known, resolve_secret)
    return values


def registry_credentials(
    definition: Mapping[str, Any], resolve_secret: ResolveSecret, registry_auth: RegistryAuth
) -> Mapping[str, str] | None:
    """Return the user and password for a container's image: its `repositoryCredentials`, else the sandbox's own.

    A secret for a registry is JSON with `username` and `password` (ECS developer guide, private registry
    authentication). Raises `Refused`.
    """
    parameter = (definition.get("repositoryCredentials") or {}).get("credentialsParameter")
    if not parameter:
        return registry_auth(definition["image"])
    value = _value(parameter, {}, resolve_secret)
    try:
        secret = json.loads(value)
        return {"username": secret["username"], "password": secret["password"]}
    except (ValueError, TypeError, KeyError):
        raise Refused(
            reasons.secret(f"registry credentials of {parameter} are not JSON with username and password")
        ) from None


def _value(reference: str, known: dict[str, str], resolve_secret: ResolveSecret) -> str:
    if reference not in known:
        try:
            known[reference] = resolve_secret(reference)
        except SecretError as error:
            raise Refused(reasons.secret(str(error))) from None
    return known[reference]
