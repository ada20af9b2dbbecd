"""What a failed task was meant to be: the numbers and names that advice is given with.

They are read from the task definition, since that is what ran; where there is none, from what the config would render.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ecsdeploy.core.image import Unbuilt
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import Facts, Roles, render

STORAGE = 20
"""GiB of disk that a task has on Fargate unless it says otherwise (ECS API, EphemeralStorage)."""
_UNKNOWN = Unbuilt("", "")


@dataclass(frozen=True)
class Check:
    """A container's health check, with ECS's defaults (ECS API, HealthCheck); times are seconds."""

    command: tuple[str, ...]
    interval: int = 30
    timeout: int = 5
    retries: int = 3
    start_period: int = 0

    @property
    def text(self) -> str:
        """Return the command as one would type it."""
        return " ".join(self.command[1:] if self.command[:1] in (("CMD",), ("CMD-SHELL",)) else self.command)


@dataclass(frozen=True)
class Part:
    """One container as it is defined. `memory` is its own limit in MiB, 0 if it has none."""

    name: str
    image: str = ""
    memory: int = 0
    ports: tuple[int, ...] = ()
    check: Check | None = None
    user: str = ""
    variables: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Subject:
    """Whose tasks they are: the service's own container, whether it has a port to serve, and what is known of a task.

    `memory` is in MiB and `storage` in GiB, 0 where they are not known; `architecture` is the config's word.
    """

    container: str = ""
    serves: bool = True
    memory: int = 0
    storage: int = 0
    architecture: str = ""
    parts: tuple[Part, ...] = ()

    def part(self, name: str) -> Part:
        """Return how a container is defined; only its name, if that is all there is."""
        return next((part for part in self.parts if part.name == name), Part(name))

    def setting(self, key: str, name: str = "") -> str:
        """Return what a setting is, as a sentence; "" if it is not known. `name` is the container it is about."""
        own = self.part(name).memory if key == "memory" else 0
        known = {"memory": own or self.memory, "storage": self.storage, "architecture": self.architecture}.get(key)
        said = {
            "memory": f"memory of {name} in [task.raw] is" if own else "[task] memory is",
            "storage": "[task] ephemeral_storage is",
            "architecture": "[task] architecture is",
        }
        return f"{said[key]} {known} now." if known else ""


def subject(target: Target, definition: Mapping[str, Any] | None = None) -> Subject:
    """Return what is known of the tasks of `target`.

    `definition` is the document of the revision that they run; without it the config has to do, which knows no image
    and may have changed since.
    """
    document = definition if definition is not None else _as_configured(target)
    parts = tuple(_part(each) for each in document.get("containerDefinitions", []))
    # A config that only stands in for the service's own does not know the container's name.
    unnamed = parts[0] if parts else Part(target.names.container)
    own = next((part for part in parts if part.name == target.names.container), unnamed)
    platform = (document.get("runtimePlatform") or {}).get("cpuArchitecture", "X86_64")
    return Subject(
        container=own.name,
        serves=bool(own.ports),
        memory=_mib(document.get("memory")),
        storage=(document.get("ephemeralStorage") or {}).get("sizeInGiB", STORAGE),
        architecture=str(platform).lower(),
        parts=parts,
    )


def _as_configured(target: Target) -> dict[str, Any]:
    secrets = dict.fromkeys(target.config.task.secrets, "")
    facts = Facts(image=_UNKNOWN, roles=Roles(execution="", task=""), region=target.region, secrets=secrets)
    return render(target.config, target.names, facts)


def _part(container: Mapping[str, Any]) -> Part:
    image = container.get("image", "")
    ports = (mapping.get("containerPort") for mapping in container.get("portMappings") or [])
    return Part(
        name=str(container.get("name", "")),
        image=image if isinstance(image, str) else "",  # not known before it is built
        memory=int(container.get("memory") or 0),
        ports=tuple(port for port in ports if port is not None),
        check=_check(container.get("healthCheck")),
        user=str(container.get("user") or ""),
        variables=frozenset(_variables(container)),
    )


def _check(given: Mapping[str, Any] | None) -> Check | None:
    if not given or not given.get("command"):
        return None
    return Check(
        command=tuple(map(str, given["command"])),
        interval=given.get("interval") or Check.interval,
        timeout=given.get("timeout") or Check.timeout,
        retries=given.get("retries") or Check.retries,
        start_period=given.get("startPeriod") or 0,
    )


def _variables(container: Mapping[str, Any]) -> Iterator[str]:
    for key in ("environment", "secrets"):
        yield from (str(entry.get("name", "")) for entry in container.get(key) or [])


def _mib(memory: object) -> int:
    """Return a task's memory in MiB, 0 where it is not a plain number (the API also takes `1 GB`)."""
    text = str(memory or "")
    return int(text) if text.isdecimal() else 0
