"""What RegisterTaskDefinition refuses for Fargate.

Developer Guide, "Amazon ECS task definition differences for Fargate" and "Amazon ECS task definition parameters for
Fargate". The texts of sizes, roles, network mode, ports, awslogs options, essential dependencies, images, secrets and
the containers' cpu and memory are ECS's own; the others say the same in the sandbox's words, since no published answer
was found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ecsdeploy.sandbox.ecs.api.lookup import client_error

Form = Mapping[str, Any]


def _steps(first: int, end: int, step: int) -> frozenset[int]:
    return frozenset(range(first, end + 1, step))


SIZES: Mapping[int, frozenset[int]] = {
    256: frozenset({512, 1024, 2048}),
    512: _steps(1024, 4096, 1024),
    1024: _steps(2048, 8192, 1024),
    2048: _steps(4096, 16384, 1024),
    4096: _steps(8192, 30720, 1024),
    8192: _steps(16384, 61440, 4096),
    16384: _steps(32768, 122880, 8192),
    32768: frozenset({61440, 122880, 249856}),
}
"""CPU units -> MiB that Fargate has for them (Developer Guide, "Task CPU and memory")."""

LOG_DRIVERS = ("awslogs", "splunk", "awsfirelens")
UNSUPPORTED = (
    "dnsServers",
    "dnsSearchDomains",
    "dockerSecurityOptions",
    "extraHosts",
    "links",
    "disableNetworking",
    "hostname",  # not with networkMode awsvpc (API reference, ContainerDefinition)
    "resourceRequirements",
)
UNSUPPORTED_VOLUMES = ("dockerVolumeConfiguration", "fsxWindowsFileServerVolumeConfiguration")
RANGES = {
    "interval": (5, 300),
    "timeout": (2, 60),
    "retries": (1, 10),
    "startPeriod": (0, 300),
}
"""HealthCheck's fields and their limits (API reference)."""


ROLES = ("taskRoleArn", "executionRoleArn")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+|[\w+=,.@-]{1,64}", re.ASCII)
_IMAGE = re.compile(r"[a-zA-Z0-9\-_:./#@]{1,255}")
"""The characters of an image's name (API reference, ContainerDefinition)."""
_MOST_BYTES = 65_536
"""A task definition's size (Developer Guide, service quotas: 64 KiB); which form of it ECS measures is not said."""


def check_role(role: str | None) -> None:
    """Raise ClientException for what is neither an IAM role's ARN nor its short name. An empty text is no role."""
    if role and not _ROLE.fullmatch(role):
        raise client_error("Role is not valid")


def check(form: Form, registry: str) -> None:
    """Raise ClientException if ECS would refuse a normalised definition; `registry` is the sandbox's own ECR."""
    containers = form["containerDefinitions"]
    _check_names(containers)
    for key in ROLES:
        check_role(form.get(key))
    for container in containers:
        _check_container(container, form)
    _check_dependencies({c["name"]: c for c in containers})
    if "FARGATE" in form.get("requiresCompatibilities", ()):
        _check_fargate(form, registry)
    if not form.get("memory"):
        _check_memory(containers)
    size = len(json.dumps(form, separators=(",", ":"), default=str).encode())
    if size > _MOST_BYTES:
        raise client_error(f"Actual length: '{size}'. Max allowed length is '{_MOST_BYTES}' bytes.")


def _check_names(containers: Sequence[Form]) -> None:
    if not containers:
        raise client_error("Task definition must have at least one container.")
    if len(containers) > 10:
        raise client_error("Task definition can have at most 10 containers.")
    names = [c.get("name") for c in containers]
    for name, container in zip(names, containers, strict=True):
        if not name:
            raise client_error("Container.name should not be null or empty.")
        if len(name) > 255 or not all(c.isascii() and (c.isalnum() or c in "-_") for c in name):
            raise client_error("Container.name contains invalid characters.")
        if not container.get("image"):
            raise client_error("Container.image should not be null or empty.")
        if not _IMAGE.fullmatch(container["image"]):
            raise client_error("Container.image contains invalid characters.")
    if len(set(names)) != len(names):
        raise client_error("Container.name should be unique within a task definition.")
    if not any(c["essential"] for c in containers):
        raise client_error("Task definition must have at least one essential container.")


def _check_container(container: Form, form: Form) -> None:
    name = container["name"]
    health = container.get("healthCheck")
    if health is not None:
        _check_health(name, health)
    for mapping in container["portMappings"]:
        _check_port(mapping, form)
    for key in ("stopTimeout", "startTimeout"):
        if key in container and not 2 <= container[key] <= 120:
            raise client_error(f"Container '{name}': {key} must be between 2 and 120 seconds.")
    _check_secrets(container)
    volumes = {volume.get("name") for volume in form["volumes"]}
    for mount in container["mountPoints"]:
        if mount.get("sourceVolume") not in volumes:
            raise client_error(f"Unknown volume '{mount.get('sourceVolume')}'.")
    restart = container.get("restartPolicy")
    if restart and "restartAttemptPeriod" in restart and not 60 <= restart["restartAttemptPeriod"] <= 1800:
        raise client_error(f"Container '{name}': restartAttemptPeriod must be between 60 and 1800 seconds.")


def _check_secrets(container: Form) -> None:
    names = [secret["name"] for secret in container.get("secrets", ())]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise client_error(f"Duplicate secret names found: {', '.join(twice)}. Each secret name must be unique.")
    shared = {pair.get("name") for pair in container["environment"]}.intersection(names)
    if shared:
        raise client_error(
            "The secret name must be unique and not shared with any new or existing environment variables set on the "
            f"container, such as '{min(shared)}'."
        )


def _check_port(mapping: Form, form: Form) -> None:
    port = mapping.get("containerPort")
    if port is not None and not 1 <= port <= 65535:
        raise client_error("Port mapping's containerPort must be between 1 and 65535.")
    if form.get("networkMode") == "awsvpc" and mapping.get("hostPort") != port:
        raise client_error("When networkMode=awsvpc, the host ports and container ports in port mappings must match.")


def _check_health(name: str, health: Form) -> None:
    command = health.get("command") or [""]
    if command[0] not in ("CMD", "CMD-SHELL", "NONE") or (command[0] != "NONE" and len(command) < 2):
        raise client_error(f"Container '{name}': the health check command must start with CMD or CMD-SHELL.")
    for key, (low, high) in RANGES.items():
        if key in health and not low <= health[key] <= high:
            raise client_error(f"Container '{name}': health check {key} must be between {low} and {high}.")


def _check_dependencies(containers: Mapping[str, Form]) -> None:
    for name, container in containers.items():
        for dependency in container.get("dependsOn", ()):
            target = containers.get(dependency["containerName"])
            if target is None:
                raise client_error(
                    f"Cannot depend on container + '{dependency['containerName']}' because it does not exist"
                )
            if dependency["condition"] == "HEALTHY" and not target.get("healthCheck"):
                raise client_error(
                    f"Container '{name}' depends on '{target['name']}' being HEALTHY, which has no health check."
                )
            if dependency["condition"] in ("COMPLETE", "SUCCESS") and target["essential"]:
                raise client_error(
                    "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container"
                )
    for name in containers:
        if name in _reachable(containers, name):
            raise client_error(f"There is a circular dependency between containers: '{name}' depends on itself.")


def _reachable(containers: Mapping[str, Form], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(_dependencies(containers[start]))
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(_dependencies(containers[name]))
    return seen


def _dependencies(container: Form) -> Iterator[str]:
    return (dependency["containerName"] for dependency in container.get("dependsOn", ()))


def _check_fargate(form: Form, registry: str) -> None:
    if form.get("networkMode") != "awsvpc":
        raise client_error("Fargate only supports network mode 'awsvpc'.")
    for key in ("cpu", "memory"):
        if not form.get(key):
            raise client_error(f"Fargate requires that '{key}' be defined at the task level.")
    if int(form["memory"]) not in SIZES.get(int(form["cpu"]), ()):
        raise client_error(
            f"No Fargate configuration exists for given values: {form['cpu']} CPU, {form['memory']} memory. "
            "See the Amazon ECS documentation for the valid values."
        )
    for key, what in (
        ("inferenceAccelerators", "inference accelerators"),
        ("placementConstraints", "task placement constraints"),
    ):
        if form.get(key):
            raise client_error(f"Fargate doesn't support {what}.")
    if form.get("ipcMode") or form.get("pidMode") == "host":
        raise client_error("Fargate doesn't support ipcMode, and of pidMode only 'task'.")
    storage = (form.get("ephemeralStorage") or {}).get("sizeInGiB", 21)
    if not 21 <= storage <= 200:
        raise client_error("Ephemeral storage must be between 21 and 200 GiB.")
    _check_volumes(form["volumes"])
    for container in form["containerDefinitions"]:
        _check_fargate_container(container, form, registry)
    _check_sum(form)


def _check_memory(containers: Sequence[Form]) -> None:
    for container in containers:
        if not container.get("memory") and not container.get("memoryReservation"):
            raise client_error(
                f"Invalid setting for container '{container['name']}'. At least one of 'memory' or 'memoryReservation' "
                "must be specified."
            )


def _check_volumes(volumes: Sequence[Form]) -> None:
    if any((volume.get("host") or {}).get("sourcePath") for volume in volumes):
        raise client_error("Fargate doesn't support host volumes with a sourcePath.")
    for key in UNSUPPORTED_VOLUMES:
        if any(volume.get(key) for volume in volumes):
            raise client_error(f"Fargate doesn't support volumes with '{key}'.")


def _check_fargate_container(container: Form, form: Form, registry: str) -> None:
    name = container["name"]
    if container.get("privileged"):
        raise client_error("Fargate doesn't support privileged containers.")
    for key in UNSUPPORTED:
        if container.get(key):
            raise client_error(f"Fargate doesn't support '{key}' (container '{name}').")
    _check_linux(container.get("linuxParameters") or {}, name)
    _check_logs(container.get("logConfiguration"), form)
    if not form.get("executionRoleArn"):
        if container.get("secrets"):
            raise client_error(
                "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
            )
        if ".dkr.ecr." in container["image"] or container["image"].startswith(f"{registry}/"):
            raise client_error("Fargate requires task definition to have execution role ARN to support ECR images.")
    for key in ("memory", "memoryReservation"):
        if int(container.get(key, 0)) > int(form["memory"]):
            raise client_error(f"The '{key}' setting for container '{name}' is greater than for the task.")


def _check_linux(parameters: Form, name: str) -> None:
    for key in ("devices", "sharedMemorySize", "maxSwap", "swappiness"):
        if parameters.get(key):
            raise client_error(f"Fargate doesn't support linuxParameters '{key}' (container '{name}').")
    added = (parameters.get("capabilities") or {}).get("add") or []
    if any(capability != "SYS_PTRACE" for capability in added):
        raise client_error(f"Fargate only supports adding the SYS_PTRACE capability (container '{name}').")


def _check_logs(configuration: Form | None, form: Form) -> None:
    if configuration is None:
        return
    driver, options = configuration["logDriver"], configuration.get("options", {})
    if driver not in LOG_DRIVERS:
        raise client_error(f"Fargate doesn't support log driver '{driver}'.")
    if driver != "awslogs":
        return
    missing = [key for key in ("awslogs-region", "awslogs-group", "awslogs-stream-prefix") if not options.get(key)]
    if missing:
        raise client_error(f"Log driver awslogs requires options: {', '.join(missing)}")
    if "awslogs-datetime-format" in options and "awslogs-multiline-pattern" in options:
        raise client_error("Log driver awslogs takes awslogs-datetime-format or awslogs-multiline-pattern, not both.")
    if options.get("mode", "blocking") not in ("blocking", "non-blocking"):
        raise client_error("Log driver option 'mode' must be blocking or non-blocking.")
    if not form.get("executionRoleArn"):
        raise client_error("Fargate requires task definition to have execution role ARN to support log driver awslogs.")


def _check_sum(form: Form) -> None:
    containers = form["containerDefinitions"]
    if sum(int(c.get("cpu", 0)) for c in containers) > int(form["cpu"]):
        raise client_error("The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.")
    reserved = sum(int(c.get("memoryReservation", c.get("memory", 0))) for c in containers)
    if reserved > int(form["memory"]):
        raise client_error("Invalid 'memory' setting for task: the containers' memory is greater than the task's.")
