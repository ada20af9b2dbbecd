"""[task.raw] and [service.raw]: AWS's own parameters, for what the config has no key for.

They are merged over what the tool renders, so a key that the tool owns is refused here with the place to set it.
Whether a parameter exists, and its type, only AWS's model can say: the gateway checks that before the call.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ecsdeploy.config.exact import wildcard_mistakes
from ecsdeploy.config.mistake import Mistake
from ecsdeploy.config.percentages import percentage_mistakes
from ecsdeploy.config.ports import port_mistakes

TASK_OWNED: Mapping[str, str] = MappingProxyType(
    {
        "family": "names.family",
        "cpu": "task.cpu",
        "memory": "task.memory",
        "networkMode": "",
        "requiresCompatibilities": "",
        "executionRoleArn": "names.execution_role",
        "taskRoleArn": "names.task_role",
        "ephemeralStorage": "task.ephemeral_storage",
        "tags": "",
    }
)
"""Parameter of RegisterTaskDefinition -> the key to use instead ("": there is none, the tool decides it)."""

CONTAINER_OWNED: Mapping[str, str] = MappingProxyType(
    {
        "image": "[image]",
        "environment": "task.environment",
        "secrets": "task.secrets",
        "healthCheck": "task.health_check",
        "command": "task.command",
        "entryPoint": "task.entry_point",
        "user": "task.user",
        "stopTimeout": "task.stop_timeout",
        "readonlyRootFilesystem": "task.readonly_root_filesystem",
        "essential": "",
    }
)
"""The same for the service's own container, in `containerDefinitions`."""

SERVICE_OWNED: Mapping[str, str] = MappingProxyType(
    {
        "cluster": "names.cluster",
        "service": "names.service",
        "serviceName": "names.service",
        "taskDefinition": "[task]",
        "desiredCount": "service.count",
        "clientToken": "",
        "launchType": "",
        "schedulingStrategy": "",
        "deploymentController": "",
        "networkConfiguration": "[network]",
        "forceNewDeployment": "",
        "role": "",
        "tags": "",
        "propagateTags": "",
    }
)
"""Parameter of CreateService or UpdateService -> the key to use instead."""


def merge(params: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return `params` with `raw` over it: tables merge, everything else is replaced.

    `containerDefinitions` merge by their `name` and `portMappings` by their `containerPort`, so a sidecar or a port can
    be added, and the service's own extended.
    """
    merged = dict(params)
    for key, value in raw.items():
        before = merged.get(key)
        if key in _MERGED_BY and isinstance(value, list):
            merged[key] = _merge_tables(before or [], value, _MERGED_BY[key])
        elif isinstance(value, Mapping) and isinstance(before, Mapping):
            merged[key] = merge(before, value)
        else:
            merged[key] = value
    return merged


_MERGED_BY = {"containerDefinitions": "name", "portMappings": "containerPort"}


def _merge_tables(before: list[dict[str, Any]], raw: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Return the tables of both lists, those with the same `key` merged; one without it stands for itself."""
    merged: dict[object, dict[str, Any]] = {each[key]: each for each in before}
    for number, table in enumerate(raw):
        known = table.get(key, (number,))
        merged[known] = merge(merged.get(known, {}), table)
    return list(merged.values())


def task_mistakes(raw: Mapping[str, Any]) -> list[Mistake]:
    """Return what [task.raw] may not say, whatever the containers are called."""
    found = [*_owned(raw, TASK_OWNED), *_unsendable(raw)]
    containers = raw.get("containerDefinitions", [])
    if not isinstance(containers, list) or not all(isinstance(each, dict) for each in containers):
        return [*found, Mistake(("containerDefinitions",), "this is not a list of tables", _CONTAINERS)]
    for index, each in enumerate(containers):
        if not isinstance(each.get("name"), str):
            place = ("containerDefinitions", index)
            found.append(Mistake(place, "this container has no name", "Add name: the app's, or a sidecar's."))
    return [*found, *wildcard_mistakes(raw)]


def container_mistakes(raw: Mapping[str, Any], container: str, port: int | None) -> list[Mistake]:
    """Return what `containerDefinitions` of [task.raw] may not say; the service's own container has `port`."""
    owned = [
        Mistake(("containerDefinitions", index, *each.key), each.what, each.fix)
        for index, definition in enumerate(raw.get("containerDefinitions", []))
        if definition["name"] == container
        for each in _owned(definition, CONTAINER_OWNED)
    ]
    return [*owned, *port_mistakes(raw, container, port)]


def service_mistakes(raw: Mapping[str, Any]) -> list[Mistake]:
    """Return what [service.raw] may not say."""
    return [*_owned(raw, SERVICE_OWNED), *_unsendable(raw), *percentage_mistakes(raw)]


_CONTAINERS = "Write [[task.raw.containerDefinitions]] above each container's keys."


def _owned(raw: Mapping[str, Any], owned: Mapping[str, str]) -> Iterator[Mistake]:
    for key in raw:
        if key in owned:
            instead = f"Set {owned[key]} instead." if owned[key] else "Remove it: ecsdeploy decides this itself."
            yield Mistake((key,), "ecsdeploy sets this itself", instead)
        elif key[:1].isupper() or "_" in key or "-" in key:
            yield Mistake((key,), "this is not the name of an AWS parameter", f"Write it as AWS does: {_camel(key)}.")


def _camel(key: str) -> str:
    first, *rest = key.replace("-", "_").split("_")
    return first[:1].lower() + first[1:] + "".join(word[:1].upper() + word[1:] for word in rest)


def _unsendable(value: object, place: tuple[str | int, ...] = ()) -> Iterator[Mistake]:
    """Dates, times, infinity: TOML has them, ECS's API takes none."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _unsendable(inner, (*place, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unsendable(inner, (*place, index))
    elif not isinstance(value, (str, int, float)) or (isinstance(value, float) and not math.isfinite(value)):
        yield Mistake(place, "AWS does not accept such a value", "Write text in quotes, a number, true or false.")
