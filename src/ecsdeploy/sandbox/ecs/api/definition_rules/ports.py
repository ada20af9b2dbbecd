"""Port mappings with networkMode awsvpc: the containers of a task share its ports."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ecsdeploy.sandbox.ecs.api.definition_rules.place import Form
from ecsdeploy.sandbox.ecs.api.lookup import client_error

_RANGE = re.compile(r"(\d{1,5})-(\d{1,5})", re.ASCII)
_LAST = 65535


def check_ports(containers: Sequence[Form]) -> None:
    """Raise ClientException for ports or names of ports that several mappings of a task claim, or that are none."""
    taken: list[tuple[str, int, int]] = []
    names: set[str] = set()
    for container in containers:
        for mapping in container["portMappings"]:
            first, last = _ports(container["name"], mapping)
            protocol = mapping["protocol"]
            twice = [
                max(first, low)
                for other, low, high in taken
                if (other, low <= last, first <= high) == (protocol, True, True)
            ]
            if twice:
                raise client_error(
                    f"{protocol.upper()} container port '{min(twice)}' is used multiple times in task when "
                    "networkMode=awsvpc."
                )
            taken.append((protocol, first, last))
            name = mapping.get("name")
            if name in names:
                raise client_error("When networkMode=awsvpc, port mapping name is already used")
            names.update([name] if name else [])


def _ports(container: str, mapping: Form) -> tuple[int, int]:
    """Return a mapping's first and last port; the text for a single port that is none is the sandbox's own."""
    single, ports = mapping.get("containerPort"), mapping.get("containerPortRange")
    if ports is not None:
        return _range(container, mapping, ports)
    if single is None or not 1 <= single <= _LAST:
        raise client_error(f"Port mapping's containerPort must be between 1 and {_LAST}.")
    if mapping.get("hostPort") != single:
        raise client_error("When networkMode=awsvpc, the host ports and container ports in port mappings must match.")
    return single, single


def _range(container: str, mapping: Form, ports: str) -> tuple[int, int]:
    if "containerPort" in mapping or "hostPort" in mapping:
        raise client_error(
            f"Invalid port mapping for container '{container}', cannot specify both single port and port range."
        )
    match = _RANGE.fullmatch(ports)
    first, last = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= first < last <= _LAST:
        raise client_error(f"Invalid 'containerPortRange' setting for container '{container}'.")
    return first, last
