"""What a service says of where it listens and how its health is checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ecsdeploy.core.target import Target

HEALTHY_SECONDS = 40.0
"""Without a health check a task counts as healthy so long after it is RUNNING (ECS API, CreateService)."""
CHECK_INTERVAL = 30
"""Seconds between two checks where none are given (ECS API, HealthCheck.interval)."""


def is_checked(target: Target) -> bool:
    """Return whether ECS checks the service's own container; a check of a sidecar says nothing of it."""
    return target.config.task.health_check is not None or bool(_own(target).get("healthCheck"))


def check_seconds(target: Target) -> float:
    """Return how long after a task is RUNNING it can count as healthy: at its first check, or after ECS's own time."""
    check = target.config.task.health_check
    if check is not None:
        return float(check.interval)
    given = _own(target).get("healthCheck")
    return float(given.get("interval", CHECK_INTERVAL)) if given else HEALTHY_SECONDS


def is_balanced(target: Target) -> bool:
    """Return whether a load balancer sends the service its requests, and drains what is replaced."""
    return any(target.config.service.raw.get(key) for key in ("loadBalancers", "gatewayConnectors"))


def serves(target: Target) -> bool:
    """Return whether the service's own container has any port."""
    return target.config.task.port is not None or any(_mappings(target))


def asked_port(target: Target) -> int | None:
    """Return the TCP port at which the service can be asked: `task.port`, or the first in `[task.raw]`."""
    ports = (
        int(mapping["containerPort"])
        for mapping in _mappings(target)
        if mapping.get("protocol", "tcp") == "tcp" and "containerPort" in mapping
    )
    return target.config.task.port or next(ports, None)


def _mappings(target: Target) -> Iterator[Mapping[str, Any]]:
    yield from _own(target).get("portMappings", [])


def _own(target: Target) -> Mapping[str, Any]:
    """Return what `[task.raw]` says of the service's own container."""
    containers = target.config.task.raw.get("containerDefinitions", [])
    return next((each for each in containers if each.get("name") == target.names.container), {})
