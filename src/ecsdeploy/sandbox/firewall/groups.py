"""Security groups and tasks -> who may reach what. Pure.

Amazon VPC User Guide, "Security group rules": a group lets in what one of its rules allows, and nothing else; the rules
of a task's groups add up; a rule that names a group means the private addresses of whatever has that group.
The client on this machine stands for the Internet: it is let in by a rule whose CIDR contains 127.0.0.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network

ANYONE = ""
"""The source that is everybody."""
INTERNET = "internet"
"""The source that is the client on this machine."""

_HOST = IPv4Address("127.0.0.1")
_NAMES = {"6": "tcp", "17": "udp", "1": "icmp"}
_ALL = "-1"
_PROTOCOL = re.compile(r"tcp|udp|icmp|-1|\d{1,3}")
_LAST_PORT = 65_535


@dataclass(frozen=True)
class Rule:
    """One inbound rule (EC2's IpPermission): `first` and `last` are ports, for ICMP type and code; None and -1: all.

    `protocol` is a name or a number, "-1" all. `cidrs` are IPv4: tasks have no other addresses here.
    """

    protocol: str
    first: int | None = None
    last: int | None = None
    cidrs: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """A security group with its inbound rules."""

    id: str
    name: str
    vpc: str
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Member:
    """A task on the network: its groups, the address that ECS reports, and `inside`, the one that other tasks see."""

    groups: tuple[str, ...]
    private_address: str
    inside: str


@dataclass(frozen=True)
class Opening:
    """What one source may send: `source` is `ANYONE`, `INTERNET` or the address of another task."""

    protocol: str
    first: int | None
    last: int | None
    source: str


def openings(groups: Iterable[Group], members: Iterable[Member]) -> frozenset[Opening]:
    """Return what a task with these groups lets in, while these tasks are on the network."""
    others = list(members)
    return frozenset(
        Opening(protocol, *_span(rule, protocol), source)
        for group in groups
        for rule in group.rules
        if _PROTOCOL.fullmatch(protocol := _NAMES.get(rule.protocol, rule.protocol))
        for source in _sources(rule, others)
    )


def admits_internet(found: Iterable[Opening], protocol: str, port: int) -> bool:
    """Return whether the client on this machine may reach a port."""
    return any(one.source in (ANYONE, INTERNET) and _covers(one, protocol, port) for one in found)


def groups_of(named: Iterable[str], vpc: str, known: Mapping[str, Group]) -> tuple[Group, ...]:
    """Return a task's groups: those that it names, or the default one of its network.

    API reference, AwsVpcConfiguration: if no security group is specified, the VPC's default one is used.
    """
    ids = list(named)
    if ids:
        return tuple(known[each] for each in ids if each in known)
    return tuple(group for group in known.values() if group.vpc == vpc and group.name == "default")


def _sources(rule: Rule, others: Iterable[Member]) -> Iterator[str]:
    networks = [network for cidr in rule.cidrs if (network := _network(cidr)) is not None]
    if any(network.prefixlen == 0 for network in networks):
        yield ANYONE
        return
    if any(_HOST in network for network in networks):
        yield INTERNET
    for one in others:
        address = IPv4Address(one.private_address)
        if any(address in network for network in networks) or not set(rule.groups).isdisjoint(one.groups):
            yield one.inside


@lru_cache(maxsize=1024)
def _network(cidr: str) -> IPv4Network | None:
    try:
        return IPv4Network(cidr, strict=False)
    except ValueError:
        return None  # AWS would not have taken it


def _span(rule: Rule, protocol: str) -> tuple[int | None, int | None]:
    if protocol == _ALL or rule.first is None or rule.first < 0:
        return None, None
    last = None if rule.last is None or rule.last < 0 else min(rule.last, _LAST_PORT)
    return min(rule.first, _LAST_PORT), rule.first if last is None and protocol != "icmp" else last


def _covers(one: Opening, protocol: str, port: int) -> bool:
    if one.protocol not in (_ALL, protocol):
        return False
    return one.first is None or one.last is None or one.first <= port <= one.last
