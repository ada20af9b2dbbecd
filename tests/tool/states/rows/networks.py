"""Where the tasks run, and who reaches them."""

from __future__ import annotations

import re
from typing import Any

from tests.support.idle_engine import idle_engine
from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, account_row, row

AREA = "Network"


def _awsvpc(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = bench.service()["networkConfiguration"]["awsvpcConfiguration"]
    return found


def _drift(bench: Bench, **changed: Any) -> None:
    bench.update(networkConfiguration={"awsvpcConfiguration": {**_awsvpc(bench), **changed}})
    bench.wait_until_steady()


@row(AREA, "the service was moved to other subnets by hand", does="moves it back, and shows both")
def subnets_drifted(bench: Bench) -> Steps:
    bench.deployed()
    before = _awsvpc(bench)["subnets"]
    _drift(bench, subnets=before[:1])
    ran = yield
    assert "    networkConfiguration.awsvpcConfiguration.subnets: " in ran.err
    assert sorted(_awsvpc(bench)["subnets"]) == sorted(before)
    assert bench.run("deploy", "--debug").writes == {}


@row(AREA, "the service got other security groups by hand", does="gives it back its own, and shows both")
def service_groups_drifted(bench: Bench) -> Steps:
    bench.deployed()
    before = _awsvpc(bench)["securityGroups"]
    vpc = bench.client("ec2").describe_security_groups(GroupIds=before)["SecurityGroups"][0]["VpcId"]
    other = bench.client("ec2").create_security_group(GroupName=f"{bench.app}-x", Description="x", VpcId=vpc)
    _drift(bench, securityGroups=[other["GroupId"]])
    ran = yield
    assert f"securityGroups: {other['GroupId']} -> {before[0]}\n" in ran.err
    assert _awsvpc(bench)["securityGroups"] == before


@row(AREA, "the service lost its public addresses by hand", does="gives them back, and shows both")
def public_address_drifted(bench: Bench) -> Steps:
    bench.deployed()
    _drift(bench, assignPublicIp="DISABLED")
    ran = yield
    assert "assignPublicIp: DISABLED -> ENABLED\n" in ran.err


def _rule(bench: Bench) -> None:
    bench.client("ec2").authorize_security_group_ingress(
        GroupId=_awsvpc(bench)["securityGroups"][0], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="10.0.0.0/8"
    )


SSH = "tcp 22 from 10.0.0.0/8"


def _told(bench: Bench, rules: str) -> str:
    """Return what is said of rules of our group that the config does not have."""
    ec2 = bench.client("ec2")
    groups = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [bench.app]}])["SecurityGroups"]
    whose = f"{groups[0]['GroupId']} ({bench.app})"
    return f"warning: {whose} lets in more than the config says: {rules}. `ecsdeploy setup` closes it.\n"


@row(AREA, "the security group lets in more than the config says", does="leaves it (somebody chose that), and says so")
def group_rules_drifted(bench: Bench) -> Steps:
    bench.deployed()
    _rule(bench)
    ran = yield
    assert ran.writes == {}
    assert _told(bench, SSH) in ran.err


@row(AREA, "the security group lets in more than the config says", command="plan", does="says so")
def group_rules_drifted_plan(bench: Bench) -> Steps:
    bench.deployed()
    _rule(bench)
    ran = yield
    assert _told(bench, SSH) in ran.err


@row(AREA, "the security group lets in more than the config says", command="status", does="says so")
def group_rules_drifted_status(bench: Bench) -> Steps:
    bench.deployed()
    _rule(bench)
    ran = yield
    assert _told(bench, SSH) in re.sub(r"\n(?!warning|The|\n|$)", " ", ran.out)
    assert "The service matches the config.\n" in ran.out


@row(
    AREA,
    "the security group lets in more than the config says",
    command="setup",
    does="shows the rule, and removes it (asks first on a terminal)",
)
def group_rules_drifted_setup(bench: Bench) -> Steps:
    bench.deployed()
    _rule(bench)
    ran = yield
    assert "    ingress: tcp 22 from 10.0.0.0/8 -> (none)\n" in ran.err
    assert ran.writes.keys() == {"ec2:RevokeSecurityGroupIngress"}


@row(AREA, "the security group lets nobody in (an earlier run was interrupted)", does="opens the port")
def group_without_rules(bench: Bench) -> Steps:
    bench.deployed()
    ec2, group = bench.client("ec2"), _awsvpc(bench)["securityGroups"][0]
    rules = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rules)
    ran = yield
    assert ran.writes.keys() == {"ec2:AuthorizeSecurityGroupIngress"}
    assert "cannot be reached" not in ran.err


@row(AREA, "the config names another port than before", does="opens it, and says which one stays open")
def port_changed(bench: Bench) -> Steps:
    bench.deployed()
    bench.configure(bench.config_text().replace("port = 3000", "port = 8080"))
    bench.release()
    ran = yield
    assert "    ingress: (none) -> tcp 8080 from 0.0.0.0/0\n" in ran.err
    told = _told(bench, "tcp 3000 from 0.0.0.0/0, tcp 3000 from ::/0")
    assert ran.err.index(told) < ran.err.index("security group")
    assert "cannot be reached" not in ran.err
    assert told in bench.run("deploy").err, "however often"
    assert bench.service()["deployments"][0]["rolloutState"] == "COMPLETED"


@row(AREA, "the config names no port any more", does="says before it writes that the old one stays open")
def port_removed(bench: Bench) -> Steps:
    bench.deployed()
    bench.configure(bench.config_text().replace("port = 3000\n", ""))
    bench.release()
    ran = yield
    told = _told(bench, "tcp 3000 from 0.0.0.0/0, tcp 3000 from ::/0")
    assert ran.err.index(told) < ran.err.index("task definition")
    assert bench.service()["deployments"][0]["rolloutState"] == "COMPLETED"


@row(
    AREA,
    "the config names another port than before, and these credentials may not open it",
    does="refuses before the image is built; names the action and `setup`",
    code=3,
)
def port_changed_and_denied(bench: Bench) -> Steps:
    bench.deployed()
    bench.configure(bench.config_text().replace("port = 3000", "port = 8080"))
    bench.sandbox.faults.break_api("access-denied", "ec2:AuthorizeSecurityGroupIngress", 1000)
    with idle_engine() as engine:
        bench.env = {**bench.env, **engine.env}
        ran = yield
        assert engine.asked == []
    lacks = "lacks what the config needs, and these credentials cannot change it: they lack "
    assert f"error: The security group {bench.app} {lacks}ec2:AuthorizeSecurityGroupIngress.\n" in ran.err
    assert "Ask an admin to run this once: ecsdeploy setup\n" in ran.err
    assert ran.writes.keys() == {"ec2:AuthorizeSecurityGroupIngress"}


def _group_by_hand(bench: Bench, port: int = 8080) -> str:
    ec2 = bench.client("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    group: str = ec2.create_security_group(GroupName=bench.app, Description="by hand", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="10.0.0.0/8"
    )
    return group


@row(
    AREA,
    "the security group is somebody else's (untagged), and closed",
    does="uses it as it is, says that nobody will reach the tasks",
)
def group_of_somebody_else(bench: Bench) -> Steps:
    bench.release()
    group = _group_by_hand(bench)
    ran = yield
    assert _awsvpc(bench)["securityGroups"] == [group]
    assert not any(call.startswith("ec2:") for call in ran.writes)
    name = f"{group} ({bench.app})"
    warning = f"Nobody will reach the tasks: no rule of {name} opens TCP port 3000 to anybody.\n"
    assert ran.err.index(warning) < ran.err.index("service")
    cause = f"no rule of {name} opens TCP port 3000 to anybody, although the task runs."
    assert f":3000 cannot be reached: {cause} Open TCP port 3000 in one of its security groups.\n" in ran.err


@row(AREA, "the security group is somebody else's (untagged)", command="setup", does="refuses to change it", code=3)
def group_of_somebody_else_setup(bench: Bench) -> Steps:
    _group_by_hand(bench)
    ran = yield
    assert f"error: The security group {bench.app} exists and was not made by ecsdeploy.\n" in ran.err
    assert not any(call.startswith("ec2:") for call in ran.writes)


@row(AREA, "the security group was deleted", does="makes it again, and gives it to the service")
def group_deleted(bench: Bench) -> Steps:
    bench.deployed()
    # EC2 keeps a group while a task's network interface has it.
    ec2, group = bench.client("ec2"), _awsvpc(bench)["securityGroups"][0]
    bench.lame()
    own = [{"Name": "group-id", "Values": [group]}]
    bench.eventually(lambda: not ec2.describe_network_interfaces(Filters=own)["NetworkInterfaces"])
    ec2.delete_security_group(GroupId=group)
    ran = yield
    assert f"+ security group {bench.app}: created" in ran.err
    assert "securityGroups: sg-" in ran.err


@row(
    AREA,
    "the security group is full (a quota of EC2)",
    command="setup",
    does="says which quota, changes nothing",
    code=3,
)
def group_full(bench: Bench) -> Steps:
    bench.require("setup")
    ec2 = bench.client("ec2")
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [bench.app]}])["SecurityGroups"][0]
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    ranges = [{"CidrIp": f"10.0.{n}.0/24"} for n in range(60)]
    ec2.authorize_security_group_ingress(
        GroupId=group["GroupId"],
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": ranges}],
    )
    ran = yield
    assert "error: AWS refused ec2:AuthorizeSecurityGroupIngress: RulesPerSecurityGroupLimitExceeded.\n" in ran.err
    assert "A quota is reached" in ran.err


def _named(bench: Bench, group: str) -> None:
    bench.config("[network]", f'security_groups = ["{group}"]')
    bench.release()


@row(
    AREA,
    "[network] names a security group that opens the port to some only",
    does="uses it, says whom it lets in if the tasks do not answer",
)
def named_group_for_some(bench: Bench) -> Steps:
    group = _group_by_hand(bench, port=3000)
    _named(bench, group)
    ran = yield
    assert _awsvpc(bench)["securityGroups"] == [group]
    assert "Nobody will reach the tasks" not in ran.err
    assert f"timed out): {group} ({bench.app}) opens TCP port 3000 only to 10.0.0.0/8.\n" in ran.err


@row(
    AREA,
    "[network] names a security group that opens the port to nobody",
    command="plan",
    does="says that nobody will reach the tasks",
)
def named_group_closed(bench: Bench) -> Steps:
    group = _group_by_hand(bench)
    _named(bench, group)
    ran = yield
    assert f"no rule of {group} ({bench.app}) opens TCP port 3000 to anybody.\n" in ran.err


@row(
    AREA,
    "[network] names a security group that is not there",
    does="refuses before anything is built or written",
    code=3,
)
def named_group_missing(bench: Bench) -> Steps:
    _named(bench, "sg-0123456789abcdef0")
    ran = yield
    assert "error: There is no security group sg-0123456789abcdef0.\n" in ran.err
    assert ran.writes == {}


@row(AREA, "[network] names a subnet that is not there", does="refuses before anything is built or written", code=3)
def subnet_missing(bench: Bench) -> Steps:
    bench.config("[network]", 'subnets = ["subnet-0123456789abcdef0"]')
    bench.release()
    ran = yield
    assert "subnet-0123456789abcdef0" in ran.err
    assert ran.writes == {}


def _without_default_vpc(bench: Bench) -> None:
    ec2 = bench.client("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    for subnet in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    for gateway in ec2.describe_internet_gateways()["InternetGateways"]:
        ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
    ec2.delete_vpc(VpcId=vpc)


def without_public_subnets(bench: Bench) -> None:
    ec2 = bench.client("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    for subnet in ec2.describe_subnets(Filters=filters)["Subnets"]:
        ec2.modify_subnet_attribute(SubnetId=subnet["SubnetId"], MapPublicIpOnLaunch={"Value": False})
    for table in ec2.describe_route_tables(Filters=filters)["RouteTables"]:
        if any(route.get("GatewayId", "").startswith("igw-") for route in table["Routes"]):
            ec2.delete_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")


@account_row(
    AREA, "no default VPC, and the config names no subnets", does="refuses before anything is built or written", code=3
)
def no_default_vpc(bench: Bench) -> Steps:
    bench.release()
    _without_default_vpc(bench)
    ran = yield
    assert "error: There is no default VPC in us-east-1.\n" in ran.err
    assert "[network]\n" in ran.err
    assert ran.writes == {}


@account_row(
    AREA, "no default VPC, and the config names no subnets", command="setup", does="refuses before it writes", code=3
)
def no_default_vpc_setup(bench: Bench) -> Steps:
    _without_default_vpc(bench)
    ran = yield
    assert "error: There is no default VPC in us-east-1.\n" in ran.err
    assert ran.writes == {}


@account_row(AREA, "the default VPC has no public subnet", does="refuses before anything is built or written", code=3)
def no_public_subnets(bench: Bench) -> Steps:
    bench.release()
    without_public_subnets(bench)
    ran = yield
    assert " has no public subnet.\n" in ran.err
    assert ran.writes == {}


@account_row(AREA, "no default VPC any more, while the service runs", does="refuses; the service runs on", code=3)
def default_vpc_deleted(bench: Bench) -> Steps:
    bench.deployed()
    bench.change()
    without_public_subnets(bench)
    ran = yield
    assert ran.writes == {}
    assert bench.runs() == f"{bench.app}:1"
