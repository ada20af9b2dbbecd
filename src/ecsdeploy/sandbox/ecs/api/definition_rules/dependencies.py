"""`dependsOn`: the order in which containers start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecsdeploy.sandbox.ecs.api.definition_rules.place import Form
from ecsdeploy.sandbox.ecs.api.lookup import client_error


def check_dependencies(containers: Mapping[str, Form]) -> None:
    """Raise ClientException for dependencies that can never be met. The text for a circle is the sandbox's own."""
    for container in containers.values():
        for dependency in container.get("dependsOn", ()):
            _check(dependency, containers)
    for name in containers:
        if name in _reachable(containers, name):
            raise client_error(f"There is a circular dependency between containers: '{name}' depends on itself.")


def _check(dependency: Form, containers: Mapping[str, Form]) -> None:
    target = containers.get(dependency["containerName"])
    if target is None:
        raise client_error(f"Cannot depend on container + '{dependency['containerName']}' because it does not exist")
    if dependency["condition"] == "HEALTHY" and not target.get("healthCheck"):
        raise client_error("A dependency container with HEALTHY condition must have health check configured")
    if dependency["condition"] in ("COMPLETE", "SUCCESS") and target["essential"]:
        raise client_error("A dependency container with SUCCESS or COMPLETE condition cannot be an essential container")


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
