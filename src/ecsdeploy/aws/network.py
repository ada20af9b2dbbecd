"""VPCs, subnets, route tables and security groups: dicts in, core models out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecsdeploy.asked import ask
from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.core.network import PEERS, RouteTable, Rule, SecurityGroup, Subnet


class Networks:
    """What is asked of EC2."""

    def __init__(self, aws: Aws) -> None:
        self._ec2 = aws.client("ec2")

    def default_vpc(self) -> str | None:
        """Return the id of the Region's default VPC, or None."""
        found = self._all("describe_vpcs", "Vpcs", Filters=_filters({"is-default": ["true"]}))
        return str(found[0]["VpcId"]) if found else None

    def subnets_of(self, vpc: str) -> list[Subnet]:
        """Return the subnets of a VPC."""
        filters = _filters({"vpc-id": [vpc], "state": ["available"]})
        return [_subnet(raw) for raw in self._all("describe_subnets", "Subnets", Filters=filters)]

    def subnets(self, ids: Sequence[str]) -> list[Subnet]:
        """Return the subnets that exist; a filter, since an unknown id would be an error without its name."""
        filters = _filters({"subnet-id": ids})
        return [_subnet(raw) for raw in self._all("describe_subnets", "Subnets", Filters=filters)]

    def route_tables(self, vpc: str) -> list[RouteTable]:
        """Return the route tables of a VPC."""
        filters = _filters({"vpc-id": [vpc]})
        return [_table(raw) for raw in self._all("describe_route_tables", "RouteTables", Filters=filters)]

    def security_groups(self, name: str) -> list[SecurityGroup]:
        """Return the security groups of that name, one per VPC at most."""
        filters = _filters({"group-name": [name]})
        return [_group(raw) for raw in self._all("describe_security_groups", "SecurityGroups", Filters=filters)]

    def security_groups_by_id(self, ids: Sequence[str]) -> list[SecurityGroup]:
        """Return the security groups that exist; a filter, since an unknown id would be an error for all of them."""
        filters = _filters({"group-id": ids})
        return [_group(raw) for raw in self._all("describe_security_groups", "SecurityGroups", Filters=filters)]

    def groups_at(self, address: str) -> list[SecurityGroup]:
        """Return the security groups of the network interface that has a public address."""
        filters = _filters({"association.public-ip": [address]})
        found = self._all("describe_network_interfaces", "NetworkInterfaces", Filters=filters)
        ids = sorted({str(group["GroupId"]) for raw in found for group in raw.get("Groups", [])})
        return self.security_groups_by_id(ids) if ids else []

    def interfaces_of(self, group: str) -> list[str]:
        """Return the ids of the network interfaces that have a security group."""
        filters = _filters({"group-id": [group]})
        found = self._all("describe_network_interfaces", "NetworkInterfaces", Filters=filters)
        return [str(raw["NetworkInterfaceId"]) for raw in found]

    def groups_naming(self, group: str) -> list[str]:
        """Return the ids of the other security groups that let in, or out to, a security group."""
        out = ask(lambda: self._groups_by("egress.ip-permission.group-id", group))
        return sorted({*self._groups_by("ip-permission.group-id", group), *out()} - {group})

    def _groups_by(self, key: str, value: str) -> list[str]:
        found = self._all("describe_security_groups", "SecurityGroups", Filters=_filters({key: [value]}))
        return [str(raw["GroupId"]) for raw in found]

    def _all(self, operation: str, key: str, **arguments: Any) -> list[Mapping[str, Any]]:
        with aws_errors("ec2"):
            client: Any = self._ec2  # no type can say which operation it is
            pages = client.get_paginator(operation).paginate(**arguments)
            return [item for page in pages for item in page.get(key, [])]


def _subnet(raw: Mapping[str, Any]) -> Subnet:
    return Subnet(raw["SubnetId"], raw["VpcId"], raw.get("AvailabilityZone", ""), raw.get("MapPublicIpOnLaunch", False))


def _table(raw: Mapping[str, Any]) -> RouteTable:
    associations = raw.get("Associations", [])
    return RouteTable(
        vpc=raw["VpcId"],
        subnets=tuple(item["SubnetId"] for item in associations if "SubnetId" in item),
        is_main=any(item.get("Main") for item in associations),
        has_internet_gateway=any(
            str(route.get("GatewayId", "")).startswith("igw-") and route.get("State") != "blackhole"
            for route in raw.get("Routes", [])
        ),
    )


def _group(raw: Mapping[str, Any]) -> SecurityGroup:
    return SecurityGroup(
        id=raw["GroupId"],
        name=raw["GroupName"],
        vpc=raw["VpcId"],
        ingress=frozenset(rule for permission in raw.get("IpPermissions", []) for rule in _rules(permission)),
        tags={tag["Key"]: tag["Value"] for tag in raw.get("Tags", [])},
    )


def _rules(permission: Mapping[str, Any]) -> list[Rule]:
    protocol, first, last = permission["IpProtocol"], permission.get("FromPort"), permission.get("ToPort")
    return [Rule(protocol, first, last, item[name]) for field, name in PEERS for item in permission.get(field, [])]


def _filters(values: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": list(allowed)} for name, allowed in values.items()]
