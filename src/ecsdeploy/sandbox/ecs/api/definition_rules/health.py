"""Health checks of containers."""

from __future__ import annotations

from ecsdeploy.sandbox.ecs.api.definition_rules.place import Form
from ecsdeploy.sandbox.ecs.api.lookup import client_error

RANGES = {
    "interval": (5, 300),
    "timeout": (2, 60),
    "retries": (1, 10),
    "startPeriod": (0, 300),
}
"""HealthCheck's fields and their limits (API reference)."""


def check_health(name: str, health: Form | None) -> None:
    """Raise ClientException for a health check of container `name` that is none.

    ECS's text for a number that is too large is known; the one for a number that is too small follows it, and the one
    for the command is the sandbox's own.
    """
    if health is None:
        return
    command = health.get("command") or [""]
    if command[0] not in ("CMD", "CMD-SHELL", "NONE") or (command[0] != "NONE" and len(command) < 2):
        raise client_error(f"Container '{name}': the health check command must start with CMD or CMD-SHELL.")
    for key, (low, high) in RANGES.items():
        value = health.get(key, low)
        if value > high:
            raise _beyond(name, key, f"less than or equal to the maximum allowed value {high}")
        if value < low:
            raise _beyond(name, key, f"greater than or equal to the minimum allowed value {low}")


def _beyond(name: str, key: str, limit: str) -> Exception:
    return client_error(f"Health check {key} must be {limit} for container '{name}'")
