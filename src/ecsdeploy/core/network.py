"""Where tasks run: subnets of one VPC, a security group, and whether each task has a public address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ecsdeploy.changes import Change
from ecsdeploy.errors import Refused

MAX_SUBNETS = 16
"""AwsVpcConfiguration: at most 16 subnets and 5 security groups."""

HOW_TO_NAME_SUBNETS = 'Name subnets in the config:\n[network]\nsubnets = ["subnet-...", "subnet-..."]'


@dataclass(frozen=True)
class Subnet:
    """A subnet. `maps_public_ip`: instances started in it get a public address."""

    id: str
    vpc: str
    zone: str
    maps_public_ip: bool = False


@dataclass(frozen=True)
class RouteTable:
    """A route table: the subnets it is for by name; the main one is for every other subnet of the VPC."""

    vpc: str
    subnets: tuple[str, ...]
    is_main: bool
    has_internet_gateway: bool


@dataclass(frozen=True)
class Rule:
    """One source that may reach a port range over TCP; `peer` is a CIDR, a group or a prefix list."""

    protocol: str
    from_port: int | None
    to_port: int | None
    peer: str

    def covers(self, port: int) -> bool:
        """Return whether it lets somebody in at that TCP port."""
        if self.protocol not in ("tcp", "6", "-1"):
            return False
        return self.from_port is None or self.to_port is None or self.from_port <= port <= self.to_port

    def __str__(self) -> str:
        if self.protocol == "-1":
            return f"all from {self.peer}"
        ports = f"{self.from_port}" if self.from_port == self.to_port else f"{self.from_port}-{self.to_port}"
        return f"{self.protocol} {ports} from {self.peer}"


@dataclass(frozen=True)
class SecurityGroup:
    """A security group with its inbound rules."""

    id: str
    name: str
    vpc: str
    ingress: frozenset[Rule] = frozenset()
    tags: Mapping[str, str] = field(default_factory=dict)


PEERS = (
    ("IpRanges", "CidrIp"),
    ("Ipv6Ranges", "CidrIpv6"),
    ("UserIdGroupPairs", "GroupId"),
    ("PrefixListIds", "PrefixListId"),
)
"""Where a peer stands in EC2's IpPermission: the list, and the field in its entries."""


def permissions(rules: Iterable[Rule]) -> list[dict[str, object]]:
    """Return `rules` as EC2's IpPermissions, always in the same order."""
    found = []
    for rule in sorted(rules, key=str):
        listed, name = PEERS[_kind_of(rule.peer)]
        permission: dict[str, object] = {"IpProtocol": rule.protocol, listed: [{name: rule.peer}]}
        if rule.from_port is not None:
            permission |= {"FromPort": rule.from_port, "ToPort": rule.to_port}
        found.append(permission)
    return found


def _kind_of(peer: str) -> int:
    if peer.startswith("sg-"):
        return 2
    if peer.startswith("pl-"):
        return 3
    return 1 if ":" in peer else 0


def public_subnets(subnets: Sequence[Subnet], tables: Sequence[RouteTable]) -> tuple[Subnet, ...]:
    """Return the subnets from which the internet is reached with a public address, in a stable order.

    Public is what maps public addresses, or has a route to an internet gateway (Amazon VPC User Guide, "Subnets").
    With more than 16, each zone keeps its share.
    """
    public = [subnet for subnet in subnets if subnet.maps_public_ip or _reaches_internet(subnet, tables)]
    return tuple(_spread(public)[:MAX_SUBNETS])


def _reaches_internet(subnet: Subnet, tables: Iterable[RouteTable]) -> bool:
    named = [table for table in tables if subnet.id in table.subnets]
    valid = named or [table for table in tables if table.is_main and table.vpc == subnet.vpc]
    return any(table.has_internet_gateway for table in valid)


def _spread(subnets: Sequence[Subnet]) -> list[Subnet]:
    seen: dict[str, int] = {}
    ranked = []
    for subnet in sorted(subnets, key=lambda each: (each.zone, each.id)):
        seen[subnet.zone] = seen.get(subnet.zone, 0) + 1
        ranked.append((seen[subnet.zone], subnet.zone, subnet))
    return [subnet for _, _, subnet in sorted(ranked, key=lambda each: each[:2])]


def vpc_of(subnets: Sequence[Subnet], named: Sequence[str]) -> str:
    """Return the VPC of the subnets that the config names. Raises `Refused`: one is missing, or they are of several."""
    missing = sorted(set(named) - {subnet.id for subnet in subnets})
    if missing:
        raise Refused(
            f"There is no subnet {', '.join(missing)}.",
            why="[network] in the config names it, but this account and Region have no such subnet.",
            fix="Correct [network] subnets; `aws ec2 describe-subnets` lists those that exist.",
        )
    found = sorted({subnet.vpc for subnet in subnets})
    if len(found) > 1:
        raise Refused(
            f"The subnets in [network] belong to several VPCs: {', '.join(found)}.",
            why="ECS runs the tasks of a service in one VPC.",
            fix="Name subnets of one VPC.",
        )
    return found[0]


def open_port(port: int | None) -> frozenset[Rule]:
    """Return the inbound rules: everybody, at the task's port; none if it has no port."""
    if port is None:
        return frozenset()
    return frozenset(Rule("tcp", port, port, anywhere) for anywhere in ("0.0.0.0/0", "::/0"))


def unopened(groups: Iterable[SecurityGroup], port: int) -> str:
    """Return the names of `groups` if none of them lets anybody in at that TCP port, else ""."""
    found = list(groups)
    if any(rule.covers(port) for group in found for rule in group.ingress):
        return ""
    return ", ".join(_names(found))


def peers_at(groups: Iterable[SecurityGroup], port: int) -> frozenset[str]:
    """Return whom `groups` let in at that TCP port: CIDRs and ids of groups and prefix lists."""
    return frozenset(rule.peer for group in groups for rule in group.ingress if rule.covers(port))


def closed_to_the_internet(groups: Iterable[SecurityGroup], port: int) -> str:
    """Return, in words, whom `groups` let in at that TCP port, or "" if that is the whole Internet."""
    found = list(groups)
    peers = peers_at(found, port)
    if not found or "0.0.0.0/0" in peers:
        return ""
    names = " and ".join(_names(found))
    opens = "open" if len(found) > 1 else "opens"
    if not peers:
        return f"no rule of {names} opens TCP port {port} to anybody"
    return f"{names} {opens} TCP port {port} only to {', '.join(sorted(peers))}"


def _names(groups: Iterable[SecurityGroup]) -> list[str]:
    return sorted(f"{group.id} ({group.name})" for group in groups)


def beyond(rules: Iterable[Rule], port: int | None) -> list[Rule]:
    """Return those of `rules` that let somebody in elsewhere than at that TCP port, which is open to everybody."""
    at_the_port = ("tcp", port, port)
    return [each for each in sorted(rules, key=str) if (each.protocol, each.from_port, each.to_port) != at_the_port]


def ingress_changes(group: SecurityGroup, wanted: frozenset[Rule]) -> tuple[Change, ...]:
    """Return the rules to remove (nothing after) and to add (nothing before)."""
    gone = [Change("ingress", str(rule), None) for rule in sorted(group.ingress - wanted, key=str)]
    new = [Change("ingress", None, str(rule)) for rule in sorted(wanted - group.ingress, key=str)]
    return tuple(gone + new)
