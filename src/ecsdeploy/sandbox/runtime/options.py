"""A container definition in the form of the ECS API -> what the Docker Engine is asked to create.

Pure: plain dictionaries in and out. Fields are those of the Engine API's ContainerCreate (1.41).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ecsdeploy.sandbox.runtime.base import TaskSpec
from ecsdeploy.sandbox.settings import LABEL

TASK_LABEL = "ecsdeploy.task"
CONTAINER_LABEL = "ecsdeploy.container"
PAUSE = "~internal~ecs~pause"
"""What the pause container is called, as the ECS agent calls its own."""

MISSING_PROGRAM = "/ecsdeploy-sandbox/no-such-program"

_SECOND = 1_000_000_000
_MIB = 1024 * 1024
_NOFILE = 65_535
_LOG_OPTIONS = {"max-size": "64m", "max-file": "2"}


@dataclass(frozen=True, kw_only=True)
class Host:
    """What this machine can give.

    `cores`, `open_files` (the most that a process may have), and whether the Engine knows the field
    `StartInterval` of health checks (API 1.44).
    """

    cores: int
    open_files: int
    start_interval: bool


def labels(sandbox: str, spec: TaskSpec, container: str | None = None) -> dict[str, str]:
    """Return the labels by which the sandbox finds again what it made."""
    return {LABEL: sandbox, TASK_LABEL: spec.arn, **({CONTAINER_LABEL: container} if container else {})}


def runtime_name(sandbox: str, spec: TaskSpec, container: str) -> str:
    """Return a name that says which task's container this is; `container` may be a volume's name too."""
    return f"ecsdeploy-{sandbox}-{spec.family}-{spec.revision}-{container.strip('~').replace('~', '-')}-{spec.id[:12]}"


def refusal(spec: TaskSpec) -> str | None:
    """Return why a task must not run here at all, or None: nothing of the host is ever lent, and no line is lost."""
    for definition in spec.containers:
        if definition.get("privileged"):
            return f"container {definition['name']} is privileged, which Fargate does not allow"
        driver = (definition.get("logConfiguration") or {}).get("logDriver", "awslogs")
        if driver != "awslogs":
            return f"container {definition['name']} has the log driver {driver}, whose lines the sandbox cannot deliver"
        if definition.get("environmentFiles"):
            return "the sandbox cannot download environment variable files from Amazon S3"
    for volume in spec.volumes:
        if (volume.get("host") or {}).get("sourcePath"):
            return f"volume {volume['name']} mounts a host path, which Fargate does not allow"
        for kind in ("efsVolumeConfiguration", "fsxWindowsFileServerVolumeConfiguration", "configuredAtLaunch"):
            if volume.get(kind):
                return f"volume {volume['name']} has {kind}, which the sandbox does not offer"
    return None


def pause_config(sandbox: str, spec: TaskSpec, *, image: str, network: str) -> dict[str, Any]:
    """Return the container that owns the task's network: its ports are published on the task's own address."""
    ports = [f"{port}/{protocol}" for port, protocol in task_ports(spec)]
    return {
        "Image": image,
        "StopSignal": "SIGKILL",  # it heeds no other: so an Engine that shuts down need not wait for it
        "Hostname": f"ip-{spec.private_address.replace('.', '-')}.ec2.internal",
        "Labels": labels(sandbox, spec, PAUSE),
        "ExposedPorts": {port: {} for port in ports},
        "HostConfig": {
            "NetworkMode": network,
            "PortBindings": {port: [{"HostIp": spec.address, "HostPort": port.partition("/")[0]}] for port in ports},
            "Sysctls": _sysctls(spec.containers, network=True),
            "LogConfig": {"Type": "none", "Config": {}},
            # Where the containers share their processes it is process 1, and orphans are left to it: Docker's init
            # fetches what the pause program would leave as zombies.
            **({"Init": True} if spec.shared_processes else {}),
        },
    }


def task_ports(spec: TaskSpec) -> list[tuple[int, str]]:
    """Return every (port, protocol) that is published at the task's address."""
    return [] if "deaf" in spec.faults else published_ports(spec.containers)


def published_ports(containers: Iterable[Mapping[str, Any]]) -> list[tuple[int, str]]:
    """Return every (port, protocol) of the port mappings, once."""
    ports: dict[tuple[int, str], None] = {}
    for definition in containers:
        for mapping in definition.get("portMappings") or []:
            first, _, last = str(mapping.get("containerPortRange") or mapping["containerPort"]).partition("-")
            for port in range(int(first), int(last or first) + 1):
                ports[port, mapping.get("protocol") or "tcp"] = None
    return list(ports)


def container_config(
    sandbox: str,
    spec: TaskSpec,
    definition: Mapping[str, Any],
    *,
    pause: str,
    environment: Mapping[str, str],
    host: Host,
) -> dict[str, Any]:
    """Return one container of the task; `pause` is the pause container's id, `environment` includes the secrets."""
    config: dict[str, Any] = {
        "Image": definition["image"],
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "Labels": {
            **(definition.get("dockerLabels") or {}),
            "com.amazonaws.ecs.cluster": spec.cluster,
            "com.amazonaws.ecs.container-name": definition["name"],
            "com.amazonaws.ecs.task-arn": spec.arn,
            "com.amazonaws.ecs.task-definition-family": spec.family,
            "com.amazonaws.ecs.task-definition-version": str(spec.revision),
            **labels(sandbox, spec, definition["name"]),
        },
        "Healthcheck": _health_check(definition, spec.faults, start_interval=host.start_interval),
        "Tty": bool(definition.get("pseudoTerminal")),
        "OpenStdin": bool(definition.get("interactive")),
        "HostConfig": _host_config(sandbox, spec, definition, pause=pause, host=host),
    }
    for theirs, ours in (
        ("Entrypoint", "entryPoint"),
        ("Cmd", "command"),
        ("User", "user"),
        ("WorkingDir", "workingDirectory"),
    ):
        if definition.get(ours):
            config[theirs] = definition[ours]
    if "start-error" in spec.faults and definition.get("essential", True):
        config["Entrypoint"] = [MISSING_PROGRAM]
    return config


def environment(definition: Mapping[str, Any], secrets: Mapping[str, str], region: str) -> dict[str, str]:
    """Return a container's variables: Fargate's, the definition's, then the secrets.

    The address of the credentials is left out: a task's credentials are good for nothing that it can reach here.
    """
    return {
        "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        **{entry["name"]: entry.get("value", "") for entry in definition.get("environment") or []},
        **secrets,
    }


def volume_name(sandbox: str, spec: TaskSpec, volume: str) -> str:
    """Return the name of the Engine's volume for a volume of the task."""
    return f"ecsdeploy-{sandbox}-{spec.id[:12]}-{volume}"


def _host_config(
    sandbox: str, spec: TaskSpec, definition: Mapping[str, Any], *, pause: str, host: Host
) -> dict[str, Any]:
    linux = definition.get("linuxParameters") or {}
    capabilities = linux.get("capabilities") or {}
    memory = min(definition.get("memory") or spec.memory, spec.memory) * _MIB
    config: dict[str, Any] = {
        "NetworkMode": f"container:{pause}",
        "Memory": memory,
        "MemorySwap": memory,  # memory and swap together: so there is no swap, as on Fargate
        "NanoCpus": int(min(spec.cpu / 1024, host.cores) * _SECOND),
        "CpuShares": max(definition.get("cpu") or _fair_share(spec), 2),
        "ReadonlyRootfs": bool(definition.get("readonlyRootFilesystem")),
        "Init": bool(linux.get("initProcessEnabled")),
        "CapAdd": list(capabilities.get("add") or []),
        "CapDrop": list(capabilities.get("drop") or []),
        "Ulimits": _ulimits(definition, host.open_files),
        "Sysctls": _sysctls([definition], network=False),
        "Mounts": [_mount(sandbox, spec, point) for point in definition.get("mountPoints") or []],
        "VolumesFrom": [
            runtime_name(sandbox, spec, source["sourceContainer"]) + (":ro" if source.get("readOnly") else "")
            for source in definition.get("volumesFrom") or []
        ],
        "Tmpfs": {
            mount["containerPath"]: ",".join([f"size={mount['size']}m", *(mount.get("mountOptions") or [])])
            for mount in linux.get("tmpfs") or []
        },
        "LogConfig": {"Type": "json-file", "Config": _LOG_OPTIONS},
    }
    if spec.shared_processes:
        config["PidMode"] = f"container:{pause}"
    if definition.get("memoryReservation"):
        config["MemoryReservation"] = min(definition["memoryReservation"] * _MIB, memory)
    return config


def _mount(sandbox: str, spec: TaskSpec, point: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Type": "volume",
        "Source": volume_name(sandbox, spec, point["sourceVolume"]),
        "Target": point["containerPath"],
        "ReadOnly": bool(point.get("readOnly")),
    }


def _fair_share(spec: TaskSpec) -> int:
    """Return the CPU units of a container that names none: an equal part of what the others leave."""
    named = [definition.get("cpu") or 0 for definition in spec.containers]
    return int((spec.cpu - sum(named)) / max(named.count(0), 1))


def _health_check(definition: Mapping[str, Any], faults: frozenset[str], *, start_interval: bool) -> dict[str, Any]:
    check = definition.get("healthCheck")
    if not check:
        # An image's own HEALTHCHECK does not count in ECS (API reference, `ContainerDefinition.healthCheck`).
        return {"Test": ["NONE"]}
    command = list(check["command"])
    if command[0] not in ("CMD", "CMD-SHELL", "NONE"):
        command = ["CMD-SHELL", " ".join(command)] if len(command) == 1 else ["CMD", *command]
    if "unhealthy" in faults:
        command = ["CMD", MISSING_PROGRAM]
    interval = (check.get("interval") or 30) * _SECOND
    return {
        "Test": command,
        "Interval": interval,
        "Timeout": (check.get("timeout") or 5) * _SECOND,
        "Retries": check.get("retries") or 3,
        "StartPeriod": (check.get("startPeriod") or 0) * _SECOND,
        # From API 1.44 the Engine checks every 5 s during the start period unless told otherwise; ECS does not.
        **({"StartInterval": interval} if start_interval else {}),
    }


def _ulimits(definition: Mapping[str, Any], open_files: int) -> list[dict[str, Any]]:
    limits = {"nofile": (_NOFILE, _NOFILE)}  # Fargate's default
    for limit in definition.get("ulimits") or []:
        limits[limit["name"]] = (limit["softLimit"], limit["hardLimit"])
    soft, hard = limits["nofile"]
    limits["nofile"] = (min(soft, open_files), min(hard, open_files))
    return [{"Name": name, "Soft": soft, "Hard": hard} for name, (soft, hard) in limits.items()]


def _sysctls(containers: Iterable[Mapping[str, Any]], *, network: bool) -> dict[str, str]:
    return {
        control["namespace"]: control["value"]
        for definition in containers
        for control in definition.get("systemControls") or []
        if control["namespace"].startswith("net.") == network
    }
