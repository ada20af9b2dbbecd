"""What a service uses and is paid for: as the config has it, and as it runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ecsdeploy.core.account import Account
from ecsdeploy.core.capacity import spot_share
from ecsdeploy.core.cost import HOURS, Shape
from ecsdeploy.core.log_group import LogGroup
from ecsdeploy.core.service import Service
from ecsdeploy.core.service_settings import CAPACITY
from ecsdeploy.core.target import Target

SECONDS_A_DAY = 24 * 3600


def wanted_shape(target: Target, service: Service | None, count: int | None = None) -> Shape:
    """Return what the config asks for; a count that it does not set is the service's own, and 1 for a new one."""
    task, network = target.config.task, target.config.network
    named = count if count is not None else target.config.service.count
    running = service.desired if service is not None else 1
    tasks = named if named is not None else running
    return Shape(
        cpu=task.cpu,
        memory=task.memory,
        architecture=task.architecture,
        count=tasks,
        spot_share=spot_share(target.config.service.raw.get(CAPACITY, ()), tasks),
        ephemeral_storage=task.ephemeral_storage,
        public_ip=network.public_ip,
        log_retention_days=target.config.logs.retention_days,
    )


def running_shape(target: Target, account: Account) -> Shape | None:
    """Return what runs; None if nothing is deployed or its revision does not say its size."""
    if account.service is None or account.running is None:
        return None
    service, document = account.service.service, account.running.document
    cpu, memory = str(document.get("cpu", "")), str(document.get("memory", ""))
    if not (cpu.isdecimal() and memory.isdecimal()):
        return None
    platform: Mapping[str, Any] = document.get("runtimePlatform") or {}
    storage: Mapping[str, Any] = document.get("ephemeralStorage") or {}
    return Shape(
        cpu=int(cpu),
        memory=int(memory),
        architecture="arm64" if platform.get("cpuArchitecture") == "ARM64" else "x86_64",
        count=service.desired,
        spot_share=spot_share(service.capacity_providers, service.desired),
        ephemeral_storage=storage.get("sizeInGiB"),
        public_ip=_has_public_addresses(service),
        log_retention_days=target.config.logs.retention_days,
    )


def _has_public_addresses(service: Service) -> bool:
    network: Any = service.raw.get("networkConfiguration") or {}
    return bool(network.get("awsvpcConfiguration", {}).get("assignPublicIp") == "ENABLED")


def log_bytes_per_month(group: LogGroup, now: datetime) -> int | None:
    """Return how many bytes come into the log in a month, by what it holds now; None if it is too new to tell.

    What it holds came in since it was made, or within the retention, whichever is shorter (CloudWatch Logs API,
    LogGroup.storedBytes and creationTime).
    """
    if group.created_at is None or not group.stored_bytes:
        return None
    age = (now.timestamp() - group.created_at / 1000) / SECONDS_A_DAY
    days = min(age, group.retention_days or age)
    return round(group.stored_bytes / days * HOURS / 24) if days >= 1 else None
