"""Where tasks run, and who may reach them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from ecsdeploy.changes import Change
from ecsdeploy.core.account import NetworkSeen
from ecsdeploy.core.network import RouteTable, Rule, SecurityGroup, Subnet, closed_to_the_internet, open_port
from ecsdeploy.core.plan import make_plan
from ecsdeploy.core.step import Later, Ref
from ecsdeploy.core.target import Target
from ecsdeploy.core.things import network
from ecsdeploy.core.things.network import Network
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.upkeep import FILL, RECONCILE, Upkeep
from ecsdeploy.errors import PermissionDenied, Refused
from tests.unit.core import builders as a

TAGS = {"ecsdeploy:app": "hello", "ecsdeploy:env": "default"}
LATER = Later(Ref("security group", "hello"), "id")
SSH = Rule("tcp", 22, 22, "10.0.0.0/8")
HIDDEN = (
    {"network": a.hidden("ec2:DescribeVpcs")},
    {"security_groups": a.hidden("ec2:DescribeSecurityGroups")},
)


def target(port: int | None = 3000, **tables: Any) -> Target:
    return a.target(**{"task": {"port": port} if port else {}, **tables})


def decided(
    upkeep: Upkeep = RECONCILE, *groups: SecurityGroup, of: Target | None = None, **seen: Any
) -> Decision | None:
    """Decide where AWS has these security groups of our name."""
    return network.decide(a.wanted(target=of or target()), a.account(security_groups=groups, **seen), upkeep)


def group(*rules: Rule, **changed: Any) -> SecurityGroup:
    return a.security_group(**{"ingress": frozenset(rules), "tags": TAGS, **changed})


OURS = group(*open_port(3000))
EVERYBODY = [
    {"IpProtocol": "tcp", "FromPort": 3000, "ToPort": 3000, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
    {"IpProtocol": "tcp", "FromPort": 3000, "ToPort": 3000, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
]


# ---- the security group


@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
@pytest.mark.parametrize("elsewhere", [(), (group(vpc="vpc-2"),)])
def test_one_that_is_missing_in_the_vpc_is_made_and_opens_the_port(
    upkeep: Upkeep, elsewhere: tuple[SecurityGroup, ...]
) -> None:
    decision = decided(upkeep, *elsewhere)
    assert decision is not None
    created, allow = decision.steps
    assert (created.call, created.action) == ("ec2:CreateSecurityGroup", "created")
    assert created.parameters == {
        "GroupName": "hello",
        "Description": "Tasks of hello, made by ecsdeploy",
        "VpcId": "vpc-1",
        "TagSpecifications": [
            {"ResourceType": "security-group", "Tags": [{"Key": key, "Value": value} for key, value in TAGS.items()]}
        ],
    }
    assert created.detail == "{id} in vpc-1: tcp 3000 from 0.0.0.0/0, tcp 3000 from ::/0"
    assert allow.call == "ec2:AuthorizeSecurityGroupIngress"
    assert allow.parameters == {"GroupId": LATER, "IpPermissions": EVERYBODY}


def test_without_a_port_nothing_is_opened() -> None:
    decision = decided(of=target(port=None))
    assert decision is not None
    (created,) = decision.steps
    assert created.detail == "{id} in vpc-1: lets nothing in"


@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
def test_one_as_the_config_has_it_is_left_alone(upkeep: Upkeep) -> None:
    decision = decided(upkeep, group(vpc="vpc-2"), OURS)
    assert decision is not None
    assert decision.steps == ()
    assert decision.detail == "sg-1"
    assert decision.quiet is not upkeep.reconcile


def test_what_was_opened_by_hand_is_asked_about_and_closed_after_what_is_new_is_open() -> None:
    decision = decided(RECONCILE, group(*open_port(3000), SSH), of=target(8080))
    assert decision is not None
    allow, revoke = decision.steps
    assert [step.call for step in decision.steps] == [
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:RevokeSecurityGroupIngress",
    ]
    assert allow.parameters["GroupId"] == revoke.parameters["GroupId"] == "sg-1"
    assert [each["FromPort"] for each in allow.parameters["IpPermissions"]] == [8080, 8080]
    assert [each["FromPort"] for each in revoke.parameters["IpPermissions"]] == [22, 3000, 3000]
    assert allow.changes == (
        Change("ingress", None, "tcp 8080 from 0.0.0.0/0"),
        Change("ingress", None, "tcp 8080 from ::/0"),
    )
    assert revoke.changes == (
        Change("ingress", "tcp 22 from 10.0.0.0/8", None),
        Change("ingress", "tcp 3000 from 0.0.0.0/0", None),
        Change("ingress", "tcp 3000 from ::/0", None),
    )
    (question,) = decision.questions
    assert question.unattended is True
    assert question.text == (
        "The security group hello lets in more than the config allows:\n"
        "  tcp 22 from 10.0.0.0/8\n"
        "  tcp 3000 from 0.0.0.0/0\n"
        "  tcp 3000 from ::/0\n"
        "Remove these rules?"
    )


@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
def test_one_that_lets_nobody_in_was_left_by_an_interrupted_run(upkeep: Upkeep) -> None:
    decision = decided(upkeep, group())
    assert decision is not None
    (allow,) = decision.steps
    assert allow.parameters == {"GroupId": "sg-1", "IpPermissions": EVERYBODY}
    assert decision.questions == ()


OFFICE = Rule("tcp", 3000, 3000, "198.51.100.0/24")


@pytest.mark.parametrize(
    "rules", [(OFFICE,), (OFFICE, SSH), (Rule("tcp", 1, 65535, "sg-2"),), (Rule("-1", None, None, "::/0"),)]
)
def test_a_deploy_leaves_the_rules_of_others_alone(rules: tuple[Rule, ...]) -> None:
    decision = decided(FILL, group(*rules))
    assert decision is not None
    assert decision.steps == ()
    assert decision.quiet


@pytest.mark.parametrize("rules", [(SSH,), (Rule("udp", 3000, 3000, "0.0.0.0/0"),), tuple(open_port(8080))])
def test_a_deploy_opens_the_port_that_the_config_names_now(rules: tuple[Rule, ...]) -> None:
    decision = decided(FILL, group(*rules))
    assert decision is not None
    (allow,) = decision.steps
    assert allow.call == "ec2:AuthorizeSecurityGroupIngress"
    assert allow.parameters == {"GroupId": "sg-1", "IpPermissions": EVERYBODY}
    assert decision.questions == ()


@pytest.mark.parametrize(
    ("port", "rules", "told"),
    [
        (3000, open_port(3000), ""),
        (3000, [OFFICE, Rule("tcp", 3000, 3000, "sg-2")], ""),
        (3000, [*open_port(3000), *open_port(8080)], "tcp 8080 from 0.0.0.0/0, tcp 8080 from ::/0"),
        (None, open_port(8080), "tcp 8080 from 0.0.0.0/0, tcp 8080 from ::/0"),
        (3000, [SSH], "tcp 22 from 10.0.0.0/8"),
        (3000, [Rule("udp", 3000, 3000, "0.0.0.0/0")], "udp 3000 from 0.0.0.0/0"),
        (3000, [Rule("tcp", 3000, 3001, "0.0.0.0/0")], "tcp 3000-3001 from 0.0.0.0/0"),
        (None, [], ""),
    ],
)
def test_what_our_group_lets_in_beyond_the_config_is_told_whether_or_not_anything_is_due(
    port: int | None, rules: Iterable[Rule], told: str
) -> None:
    seen = a.account(security_groups=(group(*open_port(1), vpc="vpc-2"), group(*rules)))
    warnings = make_plan(a.wanted(target=target(port)), seen, FILL).warnings
    more = [f"sg-1 (hello) lets in more than the config says: {told}. `ecsdeploy setup` closes it."] if told else []
    assert [each for each in warnings if "lets in more" in each] == more


@pytest.mark.parametrize(
    ("of", "seen"),
    [
        (target(), (group(SSH, tags={}),)),
        (target(), a.hidden("ec2:DescribeSecurityGroups")),
        (target(network={"security_groups": ["sg-0000000a"]}), (group(SSH, id="sg-0000000a"),)),
    ],
)
def test_what_the_groups_of_others_let_in_is_their_affair(of: Target, seen: Any) -> None:
    assert list(network.lets_in_more(a.wanted(target=of), a.account(security_groups=seen))) == []


def test_a_repeated_rule_is_as_good_as_a_new_one_and_a_closed_one_as_a_revoked_one() -> None:
    decision = decided(RECONCILE, group(SSH))
    assert decision is not None
    allow, revoke = decision.steps
    assert [each.code for each in allow.repeat.done] == ["InvalidPermission.Duplicate"]
    assert [each.code for each in revoke.repeat.done] == ["InvalidPermission.NotFound"]


def test_somebody_elses_is_refused_and_can_be_adopted() -> None:
    foreign = group(*open_port(3000), tags={})
    with pytest.raises(Refused, match="The security group hello exists and was not made by ecsdeploy"):
        decided(RECONCILE, foreign)
    decision = decided(Upkeep(adopt=True), foreign)
    assert decision is not None
    (tag,) = decision.steps
    assert tag.call == "ec2:CreateTags"
    assert tag.parameters == {
        "Resources": ["sg-1"],
        "Tags": [{"Key": key, "Value": value} for key, value in TAGS.items()],
    }


def test_groups_that_the_config_names_are_none_of_ours() -> None:
    of = target(network=THEIRS)
    assert decided(RECONCILE, group(id="sg-0000000a"), of=of) is None
    seen = a.account(security_groups=a.hidden("ec2:DescribeSecurityGroups"))
    assert network.decide(a.wanted(target=of), seen, RECONCILE) is None


def test_a_group_that_the_config_names_and_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Refused, match=r"There is no security group sg-0000000b\."):
        decided(FILL, group(id="sg-0000000a"), of=target(network=THEIRS | {"security_groups": [A, "sg-0000000b"]}))


A = "sg-0000000a"
THEIRS = {"security_groups": [A]}
ANYBODY = Rule("tcp", 3000, 3000, "0.0.0.0/0")


@pytest.mark.parametrize(
    ("rule", "warns"),
    [
        (None, True),
        (Rule("tcp", 8080, 8080, "0.0.0.0/0"), True),
        (Rule("udp", 3000, 3000, "0.0.0.0/0"), True),
        (ANYBODY, False),
        (Rule("-1", None, None, "203.0.113.0/24"), False),
        (Rule("tcp", 0, 65535, "sg-0000000b"), False),
    ],
)
def test_groups_that_the_config_names_and_that_open_the_port_to_nobody(rule: Rule | None, warns: bool) -> None:
    groups = (group(*([rule] if rule else []), id=A, name="theirs"),)
    wanted = a.wanted(target=target(network=THEIRS))
    told = "Nobody will reach the tasks: no rule of sg-0000000a (theirs) opens TCP port 3000 to anybody."
    found = make_plan(wanted, a.account(security_groups=groups), FILL).warnings
    assert (told in found) is warns


@pytest.mark.parametrize(
    ("of", "seen"),
    [
        (target(), ()),
        (target(), (group(),)),
        (target(port=None, network=THEIRS), (group(id=A),)),
        (target(network=THEIRS | {"public_ip": False}), (group(id=A),)),
        (target(network=THEIRS), a.hidden("ec2:DescribeSecurityGroups")),
    ],
)
def test_nobody_is_warned_of_tasks_that_need_not_be_reached(of: Target, seen: Any) -> None:
    assert list(network.nobody_gets_in(a.wanted(target=of), a.account(security_groups=seen))) == []


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ([], "no rule of sg-1 (hello) opens TCP port 3000 to anybody"),
        ([SSH], "no rule of sg-1 (hello) opens TCP port 3000 to anybody"),
        ([Rule("-1", None, None, "sg-2"), SSH], "sg-1 (hello) opens TCP port 3000 only to sg-2"),
        ([ANYBODY, Rule("-1", None, None, "sg-2")], ""),
    ],
)
def test_whom_groups_let_in_in_words(rules: list[Rule], told: str) -> None:
    assert closed_to_the_internet([group(*rules)], 3000) == told


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_may_not_be_looked_at_stops_all_but_a_service_that_runs(hidden: dict[str, Any]) -> None:
    (expected,) = hidden.values()
    decision = network.decide(a.wanted(), a.account(**hidden), FILL)
    assert decision is not None
    assert decision.steps == ()
    assert decision.hidden is expected
    for account, upkeep in ((a.account(**hidden, service=None), FILL), (a.account(**hidden), RECONCILE)):
        with pytest.raises(PermissionDenied, match=str(expected)):
            network.decide(a.wanted(), account, upkeep)


# ---- where tasks run


def test_the_default_vpcs_public_subnets_and_our_group() -> None:
    assert network.network_of(target(), a.account()) == Network("vpc-1", ("subnet-a", "subnet-b"), ("sg-1",), True)


def test_a_group_that_the_plan_itself_makes_has_an_id_only_later() -> None:
    found = network.network_of(target(), a.account(security_groups=(group(vpc="vpc-2", id="sg-2"),)))
    assert found is not None
    assert found.security_groups == (LATER,)


def test_what_the_config_names_is_taken_in_its_order() -> None:
    one, two = (Subnet(f"subnet-0000000{number}", "vpc-3", "us-east-1a") for number in (1, 2))
    named = {"subnets": [two.id, one.id], "security_groups": ["sg-00000009"], "public_ip": False}
    seen = NetworkSeen(subnets=(one, two))
    found = network.network_of(target(network=named), a.account(network=seen))
    assert found == Network("vpc-3", (two.id, one.id), ("sg-00000009",), False)


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_network_that_may_not_be_looked_at_is_none(hidden: dict[str, Any]) -> None:
    assert network.network_of(target(), a.account(**hidden)) is None


def refused(seen: NetworkSeen, **tables: Any) -> Refused:
    of = target(**tables)
    for ask in (network.subnets_of, network.network_of):
        with pytest.raises(Refused) as caught:
            ask(of, a.account(network=seen))
    return caught.value


def test_subnets_that_do_not_exist_or_are_of_two_vpcs_are_refused() -> None:
    one, other = Subnet("subnet-00000001", "vpc-1", "a"), Subnet("subnet-00000002", "vpc-2", "b")
    named = {"network": {"subnets": [one.id, other.id]}}
    assert refused(NetworkSeen(subnets=(one,)), **named).what == "There is no subnet subnet-00000002."
    assert "belong to several VPCs: vpc-1, vpc-2" in refused(NetworkSeen(subnets=(one, other)), **named).what


def test_no_default_vpc_says_what_to_write() -> None:
    error = refused(NetworkSeen())
    assert error.what == "There is no default VPC in us-east-1."
    assert 'subnets = ["subnet-...", "subnet-..."]' in error.fix


def test_a_private_default_vpc_is_refused_until_a_route_leads_out() -> None:
    private = (Subnet("subnet-a", "vpc-1", "us-east-1a"),)
    inside = RouteTable("vpc-1", (), is_main=True, has_internet_gateway=False)
    outside = RouteTable("vpc-1", (), is_main=True, has_internet_gateway=True)
    error = refused(NetworkSeen(default_vpc="vpc-1", subnets=private, tables=(inside,)))
    assert error.what == "The default VPC vpc-1 has no public subnet."
    seen = NetworkSeen(default_vpc="vpc-1", subnets=private, tables=(outside,))
    assert network.subnets_of(target(), a.account(network=seen)) == private
