"""`portMappings` of [task.raw]: what ECS would refuse, told before anything is built.

The containers of a task share one network (awsvpc), so a port is given once in a task, and the host's port is the
container's. Sources: ECS API, PortMapping and ServiceConnectService.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ecsdeploy.config.mistake import Mistake, listing

PORTS = "portMappings"
PORT_NAME = r"[a-z0-9_][a-z0-9_-]{0,63}"
PROTOCOLS = ("tcp", "udp")
APP_PROTOCOLS = ("http", "http2", "grpc")
_LAST = 65_535
_ONE = 'Give containerPort = 8080, or containerPortRange = "8080-8089".'

Key = tuple[str | int, ...]


@dataclass(frozen=True)
class _Taken:
    """Ports that a container has; `place` is where that is said, () for `task.port`."""

    container: str
    protocol: str
    first: int
    last: int
    place: Key = ()

    def clashes(self, other: _Taken) -> bool:
        """Return whether both can't be in one task; one container may not have a port in two protocols either."""
        meets = self.first <= other.last and other.first <= self.last
        return meets and (self.protocol == other.protocol or self.container == other.container)

    def is_at(self, port: int | None, container: str) -> bool:
        """Return whether this says more about the port `port` of `container`."""
        return self.container == container and self.first == self.last == port


def port_mistakes(raw: Mapping[str, Any], container: str, port: int | None) -> list[Mistake]:
    """Return what is wrong with the port mappings of [task.raw]; `container` is the service's own, and has `port`."""
    mappings = tuple(_mappings(raw))
    wrong = [
        Mistake((*place, *each.key), each.what, each.fix) for place, _, mapping in mappings for each in _form(mapping)
    ]
    taken = [_taken(owner, mapping, place) for place, owner, mapping in mappings if not any(_form(mapping))]
    if port is not None and not any(each.is_at(port, container) for each in taken):
        taken.insert(0, _Taken(container, "tcp", port, port))
    return [*_no_lists(raw), *wrong, *_not_tcp(taken, container, port), *_taken_twice(taken), *_named_twice(mappings)]


def _not_tcp(taken: list[_Taken], container: str, port: int | None) -> Iterator[Mistake]:
    for each in taken:
        if each.is_at(port, container) and each.protocol != "tcp":
            fix = "Remove task.port: it is for TCP, and a port has one protocol."
            yield Mistake((*each.place, "protocol"), "task.port names this port", fix)


def _taken_twice(taken: list[_Taken]) -> Iterator[Mistake]:
    fix = "Give each port once: the containers of a task share one network."
    for number, each in enumerate(taken):
        clash = next((other for other in taken[:number] if other.clashes(each)), None)
        if clash is not None:
            who = f"by the container {clash.container}" if clash.place else "by task.port"
            yield Mistake(each.place, f"port {max(each.first, clash.first)} is taken already, {who}", fix)


def _named_twice(mappings: tuple[tuple[Key, str, Mapping[str, Any]], ...]) -> Iterator[Mistake]:
    names: set[object] = set()
    for place, _, mapping in mappings:
        if (name := mapping.get("name")) in names:
            yield Mistake((*place, "name"), "another port has this name", "Give each port a name of its own.")
        names |= {name} - {None}


def port_names(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the ports in [task.raw]."""
    return tuple(str(mapping["name"]) for _, _, mapping in _mappings(raw) if "name" in mapping)


def unnamed_ports(service: Mapping[str, Any], named: tuple[str, ...]) -> list[Mistake]:
    """Return where [service.raw] names a port that no container has."""
    return [
        Mistake((*place, "portName"), "no port of the task has this name", _how_to_name(named))
        for place, entry in _users(service)
        if isinstance(entry, Mapping) and "portName" in entry and entry["portName"] not in named
    ]


def _how_to_name(named: tuple[str, ...]) -> str:
    if named:
        return f"Use {listing(named)}."
    return "Name the port in portMappings of [[task.raw.containerDefinitions]]."


def _users(service: Mapping[str, Any]) -> Iterator[tuple[Key, Any]]:
    """Yield what refers to ports by name: Service Connect and VPC Lattice."""
    connect = service.get("serviceConnectConfiguration")
    for place, entries in (
        (("serviceConnectConfiguration", "services"), connect.get("services") if isinstance(connect, Mapping) else ()),
        (("vpcLatticeConfigurations",), service.get("vpcLatticeConfigurations")),
    ):
        if isinstance(entries, list):
            yield from (((*place, index), entry) for index, entry in enumerate(entries))


def _mappings(raw: Mapping[str, Any]) -> Iterator[tuple[Key, str, Mapping[str, Any]]]:
    """Yield each port mapping: where it is, its container's name, itself."""
    for number, container in enumerate(raw.get("containerDefinitions", [])):
        mappings = container.get(PORTS)
        if _is_list_of_tables(mappings):
            for index, mapping in enumerate(mappings):
                yield ("containerDefinitions", number, PORTS, index), str(container["name"]), mapping


def _no_lists(raw: Mapping[str, Any]) -> Iterator[Mistake]:
    for number, container in enumerate(raw.get("containerDefinitions", [])):
        if PORTS in container and not _is_list_of_tables(container[PORTS]):
            place = ("containerDefinitions", number, PORTS)
            yield Mistake(place, "this is not a list of tables", "Write portMappings = [{ containerPort = 8080 }].")


def _is_list_of_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, Mapping) for each in value)


def _form(mapping: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield what is wrong with one mapping by itself."""
    port, ports = mapping.get("containerPort"), mapping.get("containerPortRange")
    if (port is None) == (ports is None):
        yield Mistake((), "a port mapping is for one port or for one range", _ONE)
    elif port is not None and (isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= _LAST):
        yield Mistake(("containerPort",), "this is not a valid port", "Use a number from 1 to 65535.")
    elif ports is not None and _range(ports) is None:
        yield Mistake(("containerPortRange",), "this is not a valid range of ports", 'Write for example "8080-8089".')
    if mapping.get("hostPort", port) not in (0, port):
        yield Mistake(("hostPort",), "on Fargate a port is the same outside the container", "Remove hostPort.")
    for key, known in (("protocol", PROTOCOLS), ("appProtocol", APP_PROTOCOLS)):
        if mapping.get(key, known[0]) not in known:
            yield Mistake((key,), f"ECS has no such {key}", f"Use {listing(known)}.")
    if not re.fullmatch(PORT_NAME, str(mapping.get("name", "http")), re.ASCII):
        fix = "Use at most 64 lower-case letters, digits, underscores and hyphens; no hyphen first."
        yield Mistake(("name",), "this is not a valid name of a port", fix)


def _range(text: object) -> tuple[int, int] | None:
    found = re.fullmatch(r"(\d{1,5})-(\d{1,5})", text, re.ASCII) if isinstance(text, str) else None
    if found is None or not 1 <= int(found[1]) < int(found[2]) <= _LAST:
        return None
    return int(found[1]), int(found[2])


def _taken(container: str, mapping: Mapping[str, Any], place: Key) -> _Taken:
    first, last = _range(mapping.get("containerPortRange")) or (mapping["containerPort"], mapping["containerPort"])
    return _Taken(container, mapping.get("protocol", "tcp"), first, last, place)
