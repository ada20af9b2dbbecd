"""Where tasks run, as it is found in an account and made in it."""

from __future__ import annotations

from typing import Any

import pytest

from ecsdeploy.core.things.network import Network, network_of
from ecsdeploy.core.upkeep import FILL, RECONCILE, Upkeep
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.errors import Refused
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.made import bring_up
from tests.unit.workflow.fakes import CONFIG, Bench

OPEN = [("tcp", 3000, 3000, "0.0.0.0/0"), ("tcp", 3000, 3000, "::/0")]


def resolve_network(run: Run, upkeep: Upkeep = FILL) -> Network:
    """Make the security group if there is none, and return where tasks run."""
    made = bring_up(run, Wanted(target=run.target, parts=("security group",)), upkeep)
    found = network_of(run.target, made.account)
    assert found is not None
    groups = tuple(made.hands.resolved(group) for group in found.security_groups)
    return Network(found.vpc, found.subnets, groups, found.assign_public_ip)


def group_of(run: Run) -> str:
    """Return the id of the security group."""
    (group,) = resolve_network(run).security_groups
    return str(group)


def default_vpc(ec2: Any) -> str:
    return str(ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"])


def rules(ec2: Any, group: str) -> list[tuple[str, int, int, str]]:
    found = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    return sorted(
        (each["IpProtocol"], each["FromPort"], each["ToPort"], peer.get("CidrIp") or peer.get("CidrIpv6"))
        for each in found
        for peer in [*each["IpRanges"], *each["Ipv6Ranges"]]
    )


def test_the_default_vpcs_public_subnets_and_a_group_that_opens_the_port(bench: Bench) -> None:
    ec2 = bench.client("ec2")
    vpc = default_vpc(ec2)
    run, report = bench.run()

    network = resolve_network(run)

    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    assert set(network.subnets) == {subnet["SubnetId"] for subnet in subnets}
    assert (network.vpc, network.assign_public_ip) == (vpc, True)
    assert report.resources == [("security group", "hello-service", "created")]
    assert rules(ec2, str(network.security_groups[0])) == OPEN


def test_without_a_port_nothing_is_opened(bench: Bench) -> None:
    run, _ = bench.run(CONFIG.replace("port = 3000", ""))

    assert rules(bench.client("ec2"), group_of(run)) == []


def test_what_the_config_names_is_taken_in_its_order_and_nothing_is_made(bench: Bench) -> None:
    ec2 = bench.client("ec2")
    ids = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:3][::-1]
    named = ", ".join(f'"{each}"' for each in ids)
    group = ec2.create_security_group(GroupName="theirs", Description="x", VpcId=default_vpc(ec2))["GroupId"]
    run, _ = bench.run(CONFIG + f'[network]\nsubnets = [{named}]\nsecurity_groups = ["{group}"]\npublic_ip = false\n')

    network = resolve_network(run)

    assert network.subnets == tuple(ids)
    assert network.security_groups == (group,)
    assert network.assign_public_ip is False
    assert bench.writes == {}


def test_a_subnet_that_does_not_exist_is_named(bench: Bench) -> None:
    run, _ = bench.run(CONFIG + '[network]\nsubnets = ["subnet-00000000"]\n')

    with pytest.raises(Refused, match="There is no subnet subnet-00000000"):
        resolve_network(run)


def test_subnets_of_two_vpcs_are_refused(bench: Bench) -> None:
    ec2 = bench.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    other = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    ours = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [default_vpc(ec2)]}])["Subnets"][0]["SubnetId"]
    run, _ = bench.run(CONFIG + f'[network]\nsubnets = ["{other}", "{ours}"]\n')

    with pytest.raises(Refused, match="belong to several VPCs"):
        resolve_network(run)


def test_no_default_vpc_says_what_to_write(bench: Bench) -> None:
    ec2 = bench.client("ec2")
    vpc = default_vpc(ec2)
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc)
    run, _ = bench.run()

    with pytest.raises(Refused) as caught:
        resolve_network(run)

    assert caught.value.what == "There is no default VPC in us-east-1."
    assert 'subnets = ["subnet-...", "subnet-..."]' in caught.value.fix


def test_a_private_default_vpc_is_refused_until_a_route_leads_out(bench: Bench) -> None:
    ec2 = bench.client("ec2")
    vpc = default_vpc(ec2)
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.modify_subnet_attribute(SubnetId=subnet["SubnetId"], MapPublicIpOnLaunch={"Value": False})
    run, _ = bench.run()
    with pytest.raises(Refused, match="has no public subnet"):
        resolve_network(run)

    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    main = ec2.describe_route_tables(Filters=[{"Name": "association.main", "Values": ["true"]}])["RouteTables"][0]
    ec2.create_route(RouteTableId=main["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    run, _ = bench.run()

    assert len(resolve_network(run).subnets) == len(ec2.describe_subnets()["Subnets"])


@pytest.mark.parametrize("answer", [None, True])
def test_what_was_opened_by_hand_is_shown_and_closed(bench: Bench, answer: bool | None) -> None:
    run, _ = bench.run()
    group = group_of(run)
    ec2 = bench.client("ec2")
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="10.0.0.0/8")
    run, report = bench.run(CONFIG.replace("3000", "8080"), answer=answer)

    resolve_network(run, RECONCILE)

    assert report.all_changes("security group") == [
        ("ingress", None, "tcp 8080 from 0.0.0.0/0"),
        ("ingress", None, "tcp 8080 from ::/0"),
        ("ingress", "tcp 22 from 10.0.0.0/8", None),
        ("ingress", "tcp 3000 from 0.0.0.0/0", None),
        ("ingress", "tcp 3000 from ::/0", None),
    ]
    assert rules(ec2, group) == [("tcp", 8080, 8080, "0.0.0.0/0"), ("tcp", 8080, 8080, "::/0")]
    assert bench.writes == {"ec2:AuthorizeSecurityGroupIngress": 1, "ec2:RevokeSecurityGroupIngress": 1}


def test_a_person_can_say_no(bench: Bench) -> None:
    group = group_of(bench.run()[0])
    run, report = bench.run(CONFIG.replace("3000", "8080"), answer=False)

    with pytest.raises(Refused, match="so nothing was changed"):
        resolve_network(run, RECONCILE)

    assert bench.writes == {}
    assert rules(bench.client("ec2"), group) == OPEN
    assert report.questions == [
        "The security group hello-service lets in more than the config allows:\n"
        "  tcp 3000 from 0.0.0.0/0\n"
        "  tcp 3000 from ::/0\n"
        "Remove these rules?"
    ]


def test_a_deploy_opens_another_port_and_closes_none(bench: Bench) -> None:
    group = str(resolve_network(bench.run()[0]).security_groups[0])
    run, _ = bench.run(CONFIG.replace("3000", "8080"))

    resolve_network(run, FILL)

    assert bench.writes == {"ec2:AuthorizeSecurityGroupIngress": 1}
    assert {rule[1] for rule in rules(bench.client("ec2"), group)} == {3000, 8080}
