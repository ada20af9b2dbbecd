"""Amazon EC2: what each operation asks. Source: Service Authorization Reference; EC2 User Guide, "Grant permission to
tag Amazon EC2 resources during creation".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecsdeploy.sandbox.iam.authorization.rule import Call, Table, Value, creating, request_tags, tagging


def _groups(call: Call) -> list[str]:
    # A group that is made has no id yet.
    return [call.around.place.regional("ec2", f"security-group/{call.text('GroupId') or '*'}")]


def _rules(call: Call) -> list[str]:
    # Rules are asked for where they are tagged.
    return [call.around.place.regional("ec2", "security-group-rule/*")] if request_tags(call.parameters) else []


def _vpcs(call: Call) -> list[str]:
    return [call.around.place.regional("ec2", f"vpc/{call.text('VpcId')}")] if call.text("VpcId") else []


def _region(call: Call) -> Iterator[tuple[str, Value]]:
    yield "ec2:Region", call.around.place.region


def _group_id(call: Call) -> Iterator[tuple[str, Value]]:
    if group := call.text("GroupId"):
        yield "ec2:SecurityGroupID", group


def _vpc_id(call: Call) -> Iterator[tuple[str, Value]]:
    if vpc := call.text("VpcId"):
        yield "ec2:VpcID", vpc


def _vpc(call: Call) -> Iterator[tuple[str, Value]]:
    if (group := call.text("GroupId")) and (vpc := call.around.vpc(group)):
        yield "ec2:Vpc", call.around.place.regional("ec2", f"vpc/{vpc}")


_READS = (
    *("DescribeAvailabilityZones", "DescribeInternetGateways", "DescribeNatGateways", "DescribeNetworkInterfaces"),
    *("DescribeRegions", "DescribeRouteTables", "DescribeSecurityGroupRules", "DescribeSecurityGroups"),
    *("DescribeSubnets", "DescribeTags", "DescribeVpcEndpoints", "DescribeVpcs"),
)
_ADDS_RULES = ("AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress")
_CREATED = (_region, creating("ec2:CreateAction"))
_OF_A_GROUP = "ec2:Region ec2:SecurityGroupID ec2:Vpc"
_OF_RULES = f"{_OF_A_GROUP} aws:RequestTag aws:TagKeys"

LINES: Mapping[str, tuple[str, str]] = {
    **{operation: ("", "ec2:Region") for operation in _READS},
    "CreateSecurityGroup": ("security-group vpc", "ec2:Region ec2:VpcID aws:RequestTag aws:TagKeys"),
    "DeleteSecurityGroup": ("security-group", _OF_A_GROUP),
    **{operation: ("security-group security-group-rule", _OF_RULES) for operation in _ADDS_RULES},
    "RevokeSecurityGroupIngress": ("security-group", _OF_A_GROUP),
    "RevokeSecurityGroupEgress": ("security-group", _OF_A_GROUP),
}

TABLE = Table(
    prefix="ec2",
    types={"security-group": _groups, "security-group-rule": _rules, "vpc": _vpcs},
    keys={"ec2:Region": _region, "ec2:SecurityGroupID": _group_id, "ec2:Vpc": _vpc, "ec2:VpcID": _vpc_id},
    lines=LINES,
    limits={
        ("CreateSecurityGroup", "security-group"): "ec2:Region aws:RequestTag aws:TagKeys",
        ("CreateSecurityGroup", "vpc"): "ec2:Region ec2:VpcID",
        **{(operation, "security-group"): _OF_A_GROUP for operation in _ADDS_RULES},
        **{(operation, "security-group-rule"): "ec2:Region aws:RequestTag aws:TagKeys" for operation in _ADDS_RULES},
    },
    further={
        "CreateSecurityGroup": (tagging("ec2:CreateTags", _groups, *_CREATED),),
        **{operation: (tagging("ec2:CreateTags", _rules, *_CREATED),) for operation in _ADDS_RULES},
    },
)
