"""The task definition for a config, and how it differs from one in ECS.

`render` gives the parameters of RegisterTaskDefinition. ECS answers with the same document, defaults filled in and
lists in an order of its own, so both sides are brought into one form before they are compared.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ecsdeploy.changes import Change
from ecsdeploy.config.models import Config, HealthCheck
from ecsdeploy.config.names import Names
from ecsdeploy.config.placeholders import expand
from ecsdeploy.config.raw import merge
from ecsdeploy.config.tags import COMMIT, NO_ENVIRONMENT
from ecsdeploy.core.container_logs import with_log
from ecsdeploy.core.image import Image, Unbuilt

Document = Mapping[str, Any]

READ_ONLY = frozenset(
    {
        "taskDefinitionArn",
        "revision",
        "status",
        "requiresAttributes",
        "compatibilities",
        "registeredAt",
        "registeredBy",
        "deregisteredAt",
        "deleteRequestedAt",
    }
)
"""What DescribeTaskDefinition adds and RegisterTaskDefinition refuses (botocore's ecs model)."""


@dataclass(frozen=True, kw_only=True)
class TaskDefinition:
    """A revision that ECS has. `document` is what could be registered again; `tags` are not part of it."""

    arn: str
    family: str
    revision: int
    status: str
    document: Document
    tags: Mapping[str, str] = field(default_factory=dict)
    registered_at: datetime | None = None

    @property
    def commit(self) -> str:
        """Return the git commit that it was registered from; "" if its tags do not say."""
        return self.tags.get(COMMIT, "")

    def image(self, container: str) -> str:
        """Return the image that one of its containers names; "" if it has no such container."""
        containers = self.document.get("containerDefinitions", [])
        return next((str(each.get("image", "")) for each in containers if each.get("name") == container), "")


@dataclass(frozen=True, kw_only=True)
class Roles:
    """The ARNs of the two roles that a task runs with."""

    execution: str
    task: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What rendering needs besides the config, from AWS and git.

    `secrets` are `valueFrom` by the environment variable's name; `commit` is the full hash, or "".
    """

    image: Image | Unbuilt
    roles: Roles
    region: str
    commit: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)


def render(config: Config, names: Names, facts: Facts) -> dict[str, Any]:
    """Return the parameters of RegisterTaskDefinition, tags left out (they are never part of a difference)."""
    task = config.task
    document: dict[str, Any] = {
        "family": names.family,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": str(task.cpu),
        "memory": str(task.memory),
        "executionRoleArn": facts.roles.execution,
        "taskRoleArn": facts.roles.task,
        "runtimePlatform": {
            "cpuArchitecture": "ARM64" if task.architecture == "arm64" else "X86_64",
            "operatingSystemFamily": "LINUX",
        },
        "containerDefinitions": [_container(config, names, facts)],
    }
    if task.ephemeral_storage is not None:
        document["ephemeralStorage"] = {"sizeInGiB": task.ephemeral_storage}
    merged = merge(document, task.raw)
    logging = [with_log(each, names, facts.region) for each in merged["containerDefinitions"]]
    return {**merged, "containerDefinitions": logging}


def _container(config: Config, names: Names, facts: Facts) -> dict[str, Any]:
    task = config.task
    known = {"commit": facts.commit, "tag": facts.image.tag, "env": names.environment or NO_ENVIRONMENT}
    container: dict[str, Any] = {
        "name": names.container,
        "image": facts.image.reference,
        "essential": True,
        "environment": [{"name": k, "value": expand(v, **known)} for k, v in sorted(task.environment.items())],
        "secrets": [{"name": k, "valueFrom": v} for k, v in sorted(facts.secrets.items())],
        "linuxParameters": {"initProcessEnabled": task.init_process},
        "readonlyRootFilesystem": task.readonly_root_filesystem,
        "stopTimeout": task.stop_timeout,
    }
    if task.port is not None:
        container["portMappings"] = [{"containerPort": task.port, "protocol": "tcp"}]
    if task.health_check is not None:
        container["healthCheck"] = _health_check(task.health_check)
    if task.command is not None:
        container["command"] = list(task.command)
    if task.entry_point is not None:
        container["entryPoint"] = list(task.entry_point)
    if task.user is not None:
        container["user"] = task.user
    return container


def _health_check(check: HealthCheck) -> dict[str, Any]:
    return {
        "command": list(check.command),
        "interval": check.interval,
        "timeout": check.timeout,
        "retries": check.retries,
        "startPeriod": check.start_period,
    }


# ---- comparing

_TASK_DEFAULTS: Document = {"trustedExecutionConfiguration": {"isolationMode": "SHARED"}}
_CONTAINER_DEFAULTS: Document = {
    "cpu": 0,
    "essential": True,
    "environment": [],
    "environmentFiles": [],
    "mountPoints": [],
    "portMappings": [],
    "secrets": [],
    "systemControls": [],
    "versionConsistency": "enabled",
    "volumesFrom": [],
}
_HEALTH_DEFAULTS: Document = {"interval": 30, "timeout": 5, "retries": 3, "startPeriod": 0}
_RESTART_DEFAULTS: Document = {"restartAttemptPeriod": 300}
_EFS_DEFAULTS: Document = {"rootDirectory": "/", "transitEncryption": "DISABLED"}
"""What ECS fills in (botocore's ecs model: the documentation of each of these shapes)."""

_SETS = frozenset(
    {
        "add",
        "containerDefinitions",
        "drop",
        "environment",
        "mountPoints",
        "portMappings",
        "properties",
        "requiresCompatibilities",
        "secretOptions",
        "secrets",
        "systemControls",
        "ulimits",
        "volumes",
        "volumesFrom",
    }
)
"""Lists whose order does not matter: ECS may answer in a different order."""


def normalise(document: Document) -> dict[str, Any]:
    """Return `document` in the form in which two task definitions can be compared."""
    kept = {k: v for k, v in document.items() if k not in READ_ONLY and k != "tags" and v != _TASK_DEFAULTS.get(k)}
    kept["cpu"] = _units(kept.get("cpu"), 1024, ("vcpu",))
    kept["memory"] = _units(kept.get("memory"), 1024, ("gb",))
    kept["containerDefinitions"] = [_normal_container(c) for c in kept.get("containerDefinitions", [])]
    kept["volumes"] = [_filled(volume, "efsVolumeConfiguration", _EFS_DEFAULTS) for volume in kept.get("volumes", [])]
    normal = _ordered(_without_empty(kept))
    assert isinstance(normal, dict)
    return normal


def _normal_container(container: Document) -> dict[str, Any]:
    filled = {**_CONTAINER_DEFAULTS, **container}
    filled["portMappings"] = [
        {"protocol": "tcp", **port, "hostPort": port.get("hostPort") or port.get("containerPort")}
        for port in filled["portMappings"]
    ]
    return _filled(_filled(filled, "healthCheck", _HEALTH_DEFAULTS), "restartPolicy", _RESTART_DEFAULTS)


def _filled(document: Document, key: str, defaults: Document) -> dict[str, Any]:
    """Return `document` with what ECS fills into the table `key`, if it has one."""
    table = document.get(key)
    return {**document, key: {**defaults, **table}} if table else dict(document)


def _units(value: object, factor: int, suffixes: tuple[str, ...]) -> str | None:
    """Return `.25 vCPU` as `256` and `0.5 GB` as `512`, as ECS does."""
    if value is None:
        return None
    text = str(value).strip().lower()
    for suffix in suffixes:
        if text.endswith(suffix):
            return str(round(float(text.removesuffix(suffix)) * factor))
    return text


def _without_empty(value: Any) -> Any:
    """Return `value` without what means the same as absent; every switch except `essential` is off by default."""
    if isinstance(value, Mapping):
        cleaned = {k: _without_empty(v) for k, v in value.items()}
        return {k: v for k, v in cleaned.items() if v is not False and v not in (None, [], {})}
    if isinstance(value, list | tuple):
        return [_without_empty(item) for item in value]
    return value


def _ordered(value: Any, key: str = "") -> Any:
    if isinstance(value, Mapping):
        return {k: _ordered(v, k) for k, v in sorted(value.items())}
    if isinstance(value, list):
        items = [_ordered(item) for item in value]
        return sorted(items, key=lambda i: json.dumps(i, sort_keys=True, default=str)) if key in _SETS else items
    return value


def diff(before: Document | None, after: Document) -> tuple[Change, ...]:
    """Return what registering `after` would change; `before` is None when there is nothing yet."""
    if before is None:
        return ()
    old, new = _flatten(normalise(before)), _flatten(normalise(after))
    return tuple(
        Change(path, old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    )


def _flatten(value: Any, prefix: str = "") -> dict[str, Any]:
    """Return leaves by dotted path; list entries that have a name go by it."""
    if isinstance(value, Mapping):
        pairs = [(str(k), v) for k, v in value.items()]
    elif isinstance(value, list) and all(isinstance(i, Mapping) and "name" in i for i in value) and value:
        pairs = [(f"{i['name']}", _named_value(i)) for i in value]
    else:
        return {prefix: value}
    flat: dict[str, Any] = {}
    for name, item in pairs:
        flat.update(_flatten(item, f"{prefix}.{name}" if prefix else name))
    return flat


def _named_value(item: Document) -> Any:
    rest = {k: v for k, v in item.items() if k != "name"}
    return next(iter(rest.values())) if set(rest) in ({"value"}, {"valueFrom"}) else rest


def short_name(arn: str) -> str:
    """Return `family:revision` of a task definition's ARN."""
    return arn.rsplit("/", 1)[-1]


def revision_of(arn: str) -> tuple[str, int]:
    """Return the family and the number of a task definition's ARN, or of `family:revision`."""
    family, _, number = short_name(arn).rpartition(":")
    return family, int(number)
