"""A task definition as ECS stores it: defaults filled in, sizes normalised, attributes derived."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ecsdeploy.sandbox.ecs.api.lookup import client_error

Form = Mapping[str, Any]


def normalised(params: Form) -> dict[str, Any]:
    """Return what DescribeTaskDefinition answers for a request, but for the fields of one revision."""
    form: dict[str, Any] = {k: v for k, v in params.items() if k != "tags"}
    form["containerDefinitions"] = [_container(c, form.get("networkMode")) for c in params["containerDefinitions"]]
    form["volumes"] = [dict(volume) for volume in params.get("volumes", ())]
    form.setdefault("placementConstraints", [])
    form.setdefault("enableFaultInjection", False)
    if form.get("cpu"):
        form["cpu"] = _units(form["cpu"], r"([\d.]+)\s*vcpu", 1024, "cpu")
    if form.get("memory"):
        form["memory"] = _units(form["memory"], r"([\d.]+)\s*gb", 1024, "memory")
    return form


def completed(form: Form, *, fargate: bool) -> dict[str, Any]:
    """Return a checked form with compatibilities and requiresAttributes; `fargate` says whether it fits Fargate."""
    return {
        **form,
        "requiresAttributes": [{"name": name} for name in _attributes(form)],
        "compatibilities": ["EC2", "MANAGED_INSTANCES", "FARGATE"] if fargate else ["EC2"],
    }


def _units(text: str, pattern: str, factor: int, what: str) -> str:
    """Return `1024`, from `1024` or `1 vCPU` or `1 GB` (API reference, RegisterTaskDefinition)."""
    if text.strip().isdigit():
        return str(int(text))
    match = re.fullmatch(pattern, text.strip(), re.IGNORECASE)
    try:
        value = float(match.group(1)) * factor if match else None
    except ValueError:
        value = None
    if value is None:
        raise client_error(f"Invalid '{what}' setting for task.")
    return str(int(value))


def _container(container: Form, network_mode: str | None) -> dict[str, Any]:
    full: dict[str, Any] = {"cpu": 0, "essential": True, **container}
    full["portMappings"] = [_port(mapping, network_mode) for mapping in container.get("portMappings", ())]
    for key in ("environment", "mountPoints", "volumesFrom", "systemControls"):
        full[key] = list(container.get(key, ()))
    if "healthCheck" in container:
        full["healthCheck"] = {"interval": 30, "timeout": 5, "retries": 3, **container["healthCheck"]}
    if "logConfiguration" in container:
        full["logConfiguration"] = {"options": {}, "secretOptions": [], **container["logConfiguration"]}
    return full


def _port(mapping: Form, network_mode: str | None) -> dict[str, Any]:
    full = {"protocol": "tcp", **mapping}
    if "containerPort" in mapping:
        default = mapping["containerPort"] if network_mode in ("awsvpc", "host") else 0
        full["hostPort"] = mapping.get("hostPort") or default
    return full


def _attributes(form: Form) -> list[str]:
    """Return the capabilities that ECS derives (requiresAttributes), in a fixed order."""
    containers = form["containerDefinitions"]
    drivers = {(c.get("logConfiguration") or {}).get("logDriver") for c in containers}
    secrets = [secret["valueFrom"] for c in containers for secret in c.get("secrets", ())]
    vault = any(":secretsmanager:" in value for value in secrets)
    held = {
        "com.amazonaws.ecs.capability.docker-remote-api.1.18": True,
        "com.amazonaws.ecs.capability.ecr-auth": any(".dkr.ecr." in c["image"] for c in containers),
        "com.amazonaws.ecs.capability.logging-driver.awslogs": "awslogs" in drivers,
        "com.amazonaws.ecs.capability.task-iam-role": bool(form.get("taskRoleArn")),
        "ecs.capability.container-health-check": any(c.get("healthCheck") for c in containers),
        "ecs.capability.container-ordering": any(c.get("dependsOn") for c in containers),
        "ecs.capability.execution-role-awslogs": "awslogs" in drivers and bool(form.get("executionRoleArn")),
        "ecs.capability.secrets.asm.environment-variables": vault,
        "ecs.capability.secrets.ssm.environment-variables": bool(secrets) and not vault,
        "ecs.capability.task-eni": form.get("networkMode") == "awsvpc",
    }
    return [name for name, present in held.items() if present]
