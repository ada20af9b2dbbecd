"""The security groups that EC2 has, out of moto."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

from ecsdeploy.sandbox.firewall.groups import Group, Rule
from ecsdeploy.sandbox.moto_backend import MotoBackend, MotoError


def read_groups(moto: MotoBackend, regions: Iterable[str]) -> dict[str, Group]:
    """Return every security group of these Regions by its id. Raises `MotoError`."""
    found = [group for region in regions for group in _groups(moto, region)]
    return {group.id: group for group in found}


def changes_groups(operation: str) -> bool:
    """Say whether a call of EC2 may change who is let in: whatever does not only read may."""
    return not operation.startswith(("Describe", "Get", "List", "Search"))


def _groups(moto: MotoBackend, region: str) -> Iterator[Group]:
    for item in moto.query("ec2", "DescribeSecurityGroups", region).findall("securityGroupInfo/item"):
        yield Group(
            id=item.findtext("groupId", ""),
            name=item.findtext("groupName", ""),
            vpc=item.findtext("vpcId", ""),
            rules=tuple(_rule(moto, region, each) for each in item.findall("ipPermissions/item")),
        )


def _rule(moto: MotoBackend, region: str, item: Element) -> Rule:
    lists = _texts(item, "prefixListIds/item/prefixListId")
    return Rule(
        protocol=item.findtext("ipProtocol", ""),
        first=_number(item.findtext("fromPort")),
        last=_number(item.findtext("toPort")),
        cidrs=(
            *_texts(item, "ipRanges/item/cidrIp"),
            *(cidr for each in lists for cidr in _entries(moto, region, each)),
        ),
        groups=_texts(item, "groups/item/groupId"),
    )


def _entries(moto: MotoBackend, region: str, prefix_list: str) -> tuple[str, ...]:
    try:
        root = moto.query("ec2", "GetManagedPrefixListEntries", region, PrefixListId=prefix_list)
    except MotoError:
        return ()
    return tuple(cidr for cidr in _texts(root, "entrySet/item/cidr") if ":" not in cidr)


def _texts(item: Element, path: str) -> tuple[str, ...]:
    return tuple(each.text for each in item.findall(path) if each.text)


def _number(text: str | None) -> int | None:
    return int(text) if text else None
