"""What EC2 does about security groups and moto does not: default ones have a rule, and what is needed is not deleted.

API reference, DeleteSecurityGroup: a group that a network interface has or that another group's rules name fails with
DependencyViolation. The network of a stopping task keeps its interface until the task is STOPPED.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element

from ecsdeploy.sandbox.moto_backend import MotoBackend
from ecsdeploy.sandbox.network_interfaces import TaskInterface
from ecsdeploy.sandbox.wire import AwsError


def default_group(moto: MotoBackend, region: str, vpc: str) -> Element | None:
    """Return the default security group of a network, in EC2's form; None if there is no such network."""
    of_vpc = {"Filter.1.Name": "vpc-id", "Filter.1.Value.1": vpc}
    named = {"Filter.2.Name": "group-name", "Filter.2.Value.1": "default"}
    return moto.query("ec2", "DescribeSecurityGroups", region, **of_vpc, **named).find("securityGroupInfo/item")


def let_members_in(moto: MotoBackend, region: str, vpc: str) -> None:
    """Give a network's default security group the rule that it has from the start: its members reach each other.

    Amazon VPC User Guide, "Default security groups for your VPCs".
    """
    group = default_group(moto, region, vpc)
    if group is not None and group.find("ipPermissions/item") is None:
        identity = group.findtext("groupId", "")
        rule = {"IpPermissions.1.IpProtocol": "-1", "IpPermissions.1.Groups.1.GroupId": identity}
        moto.query("ec2", "AuthorizeSecurityGroupIngress", region, GroupId=identity, **rule)


def check_deletion(
    moto: MotoBackend, form: Mapping[str, str], region: str, interfaces: Iterable[TaskInterface]
) -> None:
    """Raise AWS's errors for a group that cannot be deleted; one that is not there is left to moto, as is a dry run."""
    if form.get("DryRun") == "true":
        return
    if not form.get("GroupId") and not form.get("GroupName"):
        raise AwsError("MissingParameter", "The request must contain the parameter groupName or groupId")
    groups = moto.query("ec2", "DescribeSecurityGroups", region).findall("securityGroupInfo/item")
    group = next((each for each in groups if _is_meant(each, form)), None)
    if group is None:
        return
    identity = group.findtext("groupId", "")
    if group.findtext("groupName") == "default":
        message = f'the specified group: "{identity}" name: "default" cannot be deleted by a user'
        raise AwsError("CannotDelete", message)
    named = any(identity in _names(each) for each in groups if each is not group)
    if named or any(identity in each.groups for each in interfaces) or _has_interface(moto, identity, region):
        raise AwsError("DependencyViolation", f"resource {identity} has a dependent object")


def _is_meant(group: Element, form: Mapping[str, str]) -> bool:
    if "GroupId" in form:
        return group.findtext("groupId") == form["GroupId"]
    return group.findtext("groupName") == form["GroupName"]


def _names(group: Element) -> set[str]:
    """Return the ids of the groups that a group's rules name."""
    found = (group.findall(f"{rules}/item/groups/item/groupId") for rules in ("ipPermissions", "ipPermissionsEgress"))
    return {each.text or "" for rule in found for each in rule}


def _has_interface(moto: MotoBackend, group: str, region: str) -> bool:
    wanted = {"Filter.1.Name": "group-id", "Filter.1.Value.1": group}
    return moto.query("ec2", "DescribeNetworkInterfaces", region, **wanted).find("networkInterfaceSet/item") is not None
