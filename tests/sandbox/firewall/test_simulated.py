"""Security groups before simulated tasks, and what `sandbox status` says of them."""

from __future__ import annotations

import random
from typing import Any

from ecsdeploy.sandbox.report import status_lines
from tests.sandbox.conftest import QUICK, RunningSandbox
from tests.sandbox.firewall.clients import knock
from tests.sandbox.operations.furnished import wait_for


class Service:
    """A service of one simulated task that listens on a port of its own."""

    def __init__(self, sandbox: RunningSandbox, *groups: str) -> None:
        self.port = random.randrange(20_000, 30_000)
        self.sandbox, self.ecs, self.ec2 = sandbox, sandbox.client("ecs"), sandbox.client("ec2")
        subnet = self.ec2.describe_subnets()["Subnets"][0]
        self.ecs.create_cluster(clusterName="c")
        self.ecs.register_task_definition(
            family="web",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[
                {"name": "app", "image": "example.com/web:1", "portMappings": [{"containerPort": self.port}]}
            ],
        )
        network = {"subnets": [subnet["SubnetId"]], "assignPublicIp": "ENABLED", "securityGroups": list(groups)}
        self.ecs.create_service(
            cluster="c",
            serviceName="web",
            taskDefinition="web",
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
        )
        self.ecs.get_waiter("services_stable").wait(cluster="c", services=["web"], WaiterConfig=QUICK)
        self.task = self.ecs.list_tasks(cluster="c")["taskArns"][0]
        self.interface = self.ec2.describe_network_interfaces()["NetworkInterfaces"][0]
        self.address = self.interface["Association"]["PublicIp"]

    def knock(self) -> str:
        return knock(self.address, self.port)

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = self.sandbox.sandbox.status()["security_groups"]
        return found


def group(sandbox: RunningSandbox, name: str = "mine") -> str:
    ec2 = sandbox.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    return str(ec2.create_security_group(GroupName=name, Description="of a test", VpcId=vpc)["GroupId"])


def rule(port: int, cidr: str = "0.0.0.0/0") -> list[dict[str, Any]]:
    return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}]


def test_a_closed_port_is_silent_and_status_says_which_rule_is_missing(sandbox: RunningSandbox) -> None:
    mine = group(sandbox)
    service = Service(sandbox, mine)
    assert service.knock() == "TimeoutError"
    [loss] = service.told()["dropped"]
    attempts = "1 attempt" if loss["attempts"] == 1 else f"{loss['attempts']} attempts"
    assert loss["text"] == (
        f"Dropped: {attempts} to reach TCP port {service.port} of web's task {service.task.rpartition('/')[2][:8]} "
        f"from the Internet: no rule of {mine} (mine) allowed it."
    )
    lines = list(status_lines([{**sandbox.sandbox.status(), "faults": []}], as_json=False))
    assert f"  {loss['text']}" in lines


def test_rules_that_change_while_the_task_runs(sandbox: RunningSandbox) -> None:
    mine = group(sandbox)
    service = Service(sandbox, mine)
    service.ec2.authorize_security_group_ingress(GroupId=mine, IpPermissions=rule(service.port, "203.0.113.0/24"))
    assert service.knock() == "TimeoutError", "this machine is not in that network"
    service.ec2.authorize_security_group_ingress(GroupId=mine, IpPermissions=rule(service.port))
    wait_for(lambda: service.knock().endswith("200 OK"), "an answer")
    service.ec2.revoke_security_group_ingress(GroupId=mine, IpPermissions=rule(service.port))
    wait_for(lambda: service.knock() == "TimeoutError", "it is closed again")


def test_what_was_dropped_is_still_told_of_a_task_that_has_ended(sandbox: RunningSandbox) -> None:
    service = Service(sandbox, group(sandbox))
    assert service.knock() == "TimeoutError"
    service.ecs.delete_service(cluster="c", service="web", force=True)
    service.ecs.get_waiter("tasks_stopped").wait(cluster="c", tasks=[service.task], WaiterConfig=QUICK)
    assert [loss["task"] for loss in service.told()["dropped"]] == [service.task]


def test_without_a_group_the_default_one_lets_only_its_members_in(sandbox: RunningSandbox) -> None:
    ec2 = sandbox.client("ec2")
    [default] = ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"]
    [permission] = default["IpPermissions"]
    assert (permission["IpProtocol"], permission["UserIdGroupPairs"][0]["GroupId"]) == ("-1", default["GroupId"])
    service = Service(sandbox)
    assert service.interface["Groups"][0]["GroupId"] == default["GroupId"]
    assert service.knock() == "TimeoutError"


def test_the_default_group_of_a_new_network_has_its_rule_too(sandbox: RunningSandbox) -> None:
    ec2 = sandbox.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    [found] = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    assert found["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == found["GroupId"]
