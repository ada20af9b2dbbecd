"""EC2's DescribeNetworkInterfaces, completed with the interfaces of tasks, which moto does not know."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from ecsdeploy.sandbox.http import HttpAnswer
from ecsdeploy.sandbox.moto_backend import without_namespaces

NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"


@dataclass(frozen=True, kw_only=True)
class TaskInterface:
    """The network interface of a task as EC2 shows it; `public_ip` is None where the task has no public address."""

    id: str
    private_ip: str
    public_ip: str | None
    subnet: str
    vpc: str
    zone: str
    groups: tuple[str, ...]
    mac: str
    account: str
    region: str
    attachment_id: str


def select(interfaces: Iterable[TaskInterface], form: Mapping[str, str]) -> list[TaskInterface]:
    """Return the interfaces that a request's ids and filters ask for; a filter that nobody knows matches nothing."""
    ids = set(wanted_ids(form))
    filters = list(_filters(form))
    return [
        one
        for one in interfaces
        if (not ids or one.id in ids) and all(_matches(one, name, values) for name, values in filters)
    ]


def knows_filters(form: Mapping[str, str]) -> bool:
    """Say whether every filter of a request is one that `select` can judge."""
    return all(name in _FIELDS for name, _ in _filters(form))


def wanted_ids(form: Mapping[str, str]) -> list[str]:
    """Return the `NetworkInterfaceId.N` of a request."""
    return [value for name, value in form.items() if re.fullmatch(r"NetworkInterfaceId\.\d+", name)]


def without_ids(form: Mapping[str, str], ids: Iterable[str]) -> dict[str, str]:
    """Return a request that no longer asks for `ids`."""
    gone = set(ids)
    return {
        name: value for name, value in form.items() if not (name.startswith("NetworkInterfaceId.") and value in gone)
    }


def merged(answer: HttpAnswer | None, interfaces: Iterable[TaskInterface]) -> HttpAnswer:
    """Return moto's answer (or an empty one) with the tasks' interfaces added."""
    if answer is not None and answer.status >= 400:
        return answer
    root = without_namespaces(answer.body) if answer is not None else _empty()
    items = root.find("networkInterfaceSet")
    assert items is not None
    items.extend(_item(one) for one in interfaces)
    root.set("xmlns", NAMESPACE)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return HttpAnswer(200, text, "text/xml")


def _filters(form: Mapping[str, str]) -> Iterable[tuple[str, list[str]]]:
    for name, value in form.items():
        if match := re.fullmatch(r"Filter\.(\d+)\.Name", name):
            prefix = f"Filter.{match.group(1)}.Value."
            yield value, [given for key, given in form.items() if key.startswith(prefix)]


_FIELDS: Mapping[str, Callable[[TaskInterface], Iterable[str | None]]] = {
    "network-interface-id": lambda one: [one.id],
    "association.public-ip": lambda one: [one.public_ip],
    "private-ip-address": lambda one: [one.private_ip],
    "addresses.private-ip-address": lambda one: [one.private_ip],
    "subnet-id": lambda one: [one.subnet],
    "vpc-id": lambda one: [one.vpc],
    "availability-zone": lambda one: [one.zone],
    "group-id": lambda one: one.groups,
    "mac-address": lambda one: [one.mac],
    "owner-id": lambda one: [one.account],
    "status": lambda one: ["in-use"],
    "interface-type": lambda one: ["interface"],
    "requester-managed": lambda one: ["true"],
    "description": lambda one: [_description(one)],
}


def _matches(one: TaskInterface, name: str, values: list[str]) -> bool:
    field = _FIELDS.get(name)
    found = field(one) if field else ()
    patterns = [_wildcards(value) for value in values]
    return any(pattern.fullmatch(text) for text in found if text is not None for pattern in patterns)


def _wildcards(value: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in value), re.DOTALL)


def _description(one: TaskInterface) -> str:
    return f"arn:aws:ecs:{one.region}:{one.account}:attachment/{one.attachment_id}"


def _empty() -> ElementTree.Element:
    root = ElementTree.Element("DescribeNetworkInterfacesResponse")
    ElementTree.SubElement(root, "networkInterfaceSet")
    ElementTree.SubElement(root, "requestId").text = "00000000-0000-0000-0000-000000000000"
    return root


def _item(one: TaskInterface) -> ElementTree.Element:
    item = ElementTree.Element("item")
    flat = {
        "availabilityZone": one.zone,
        "description": _description(one),
        "interfaceType": "interface",
        "macAddress": one.mac,
        "networkInterfaceId": one.id,
        "ownerId": one.account,
        "privateIpAddress": one.private_ip,
        "requesterManaged": "true",
        "sourceDestCheck": "true",
        "status": "in-use",
        "subnetId": one.subnet,
        "vpcId": one.vpc,
    }
    for name, text in flat.items():
        ElementTree.SubElement(item, name).text = text
    _association(item, one)
    attachment = ElementTree.SubElement(item, "attachment")
    ElementTree.SubElement(attachment, "attachmentId").text = f"eni-attach-{one.id[4:]}"
    ElementTree.SubElement(attachment, "deleteOnTermination").text = "false"
    ElementTree.SubElement(attachment, "deviceIndex").text = "1"
    ElementTree.SubElement(attachment, "status").text = "attached"
    groups = ElementTree.SubElement(item, "groupSet")
    for group in one.groups:
        ElementTree.SubElement(ElementTree.SubElement(groups, "item"), "groupId").text = group
    addresses = ElementTree.SubElement(item, "privateIpAddressesSet")
    address = ElementTree.SubElement(addresses, "item")
    ElementTree.SubElement(address, "primary").text = "true"
    ElementTree.SubElement(address, "privateIpAddress").text = one.private_ip
    _association(address, one)
    ElementTree.SubElement(item, "tagSet")
    return item


def _association(parent: ElementTree.Element, one: TaskInterface) -> None:
    if one.public_ip is None:
        return
    association = ElementTree.SubElement(parent, "association")
    ElementTree.SubElement(association, "ipOwnerId").text = "amazon"
    # The name that AWS would give does not resolve here; the address does.
    ElementTree.SubElement(association, "publicDnsName").text = ""
    ElementTree.SubElement(association, "publicIp").text = one.public_ip
