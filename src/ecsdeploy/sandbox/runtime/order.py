"""Which container of a task may start or stop next: `dependsOn`, decided without touching anything.

Source: ECS API reference, `ContainerDependency` and `ContainerDefinition.startTimeout`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ecsdeploy.sandbox.runtime import reasons
from ecsdeploy.sandbox.runtime.base import HealthStatus

State = Literal["pending", "starting", "running", "stopped"]


@dataclass(slots=True)
class ContainerRun:
    """Where one container of a task is."""

    name: str
    definition: Mapping[str, Any]
    state: State = "pending"
    ever_started: bool = False
    exit_code: int | None = None
    health: HealthStatus = "UNKNOWN"
    started_at: float = 0.0
    overdue: bool = False
    stop_sent: bool = False
    verdict: tuple[int | None, str | None] | None = None

    @property
    def essential(self) -> bool:
        """Return whether the task ends when this container does."""
        return bool(self.definition.get("essential", True))

    @property
    def active(self) -> bool:
        """Return whether it runs or is about to."""
        return self.state in ("starting", "running")


@dataclass(frozen=True)
class Ready:
    """Every dependency is met."""


@dataclass(frozen=True)
class Waiting:
    """Some dependency is not met yet."""


@dataclass(frozen=True)
class Never:
    """Some dependency can't be met any more; `reason` says so as the ECS agent does."""

    reason: str


def readiness(target: ContainerRun, containers: Mapping[str, ContainerRun]) -> Ready | Waiting | Never:
    """Return whether the pending container `target` may start."""
    answer: Ready | Waiting = Ready()
    for entry in target.definition.get("dependsOn") or []:
        dependency = containers[entry["containerName"]]
        if _met(dependency, entry["condition"]):
            continue
        reason = _hopeless(dependency, entry["condition"], target.name)
        if reason is not None:
            return Never(reason)
        answer = Waiting()
    sources = target.definition.get("volumesFrom") or []
    if any(containers[source["sourceContainer"]].state == "pending" for source in sources):
        return Waiting()
    return answer


def stoppable(containers: Iterable[ContainerRun]) -> list[ContainerRun]:
    """Return the running containers that no active container depends on: they are stopped first."""
    everything = list(containers)
    needed = {
        entry["containerName"]
        for container in everything
        if container.active
        for entry in container.definition.get("dependsOn") or []
    }
    return [container for container in everything if container.state == "running" and container.name not in needed]


def awaited(name: str, containers: Iterable[ContainerRun]) -> bool:
    """Return whether a pending container waits for `name` to get further than START."""
    return any(
        entry["containerName"] == name and entry["condition"] != "START"
        for container in containers
        if container.state == "pending"
        for entry in container.definition.get("dependsOn") or []
    )


def _met(dependency: ContainerRun, condition: str) -> bool:
    match condition:
        case "START":
            return dependency.ever_started
        case "COMPLETE":
            return dependency.state == "stopped"
        case "SUCCESS":
            return dependency.state == "stopped" and dependency.exit_code == 0
        case _:
            return dependency.state == "running" and dependency.health == "HEALTHY"


def _hopeless(dependency: ContainerRun, condition: str, target: str) -> str | None:
    if dependency.state == "stopped":
        if condition == "SUCCESS":
            return reasons.dependency_failed(dependency.name, target)
        return reasons.dependency_gone(dependency.name, target)
    if dependency.overdue and condition != "START":
        return reasons.dependency_timed_out(dependency.name, target)
    return None
