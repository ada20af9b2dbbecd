"""Deleting security groups: what still needs them keeps them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import QUICK, RunningSandbox
from tests.sandbox.core.test_app import refused, start_service


@pytest.fixture
def ec2(sandbox: RunningSandbox) -> Any:
    return sandbox.client("ec2")


def make(ec2: Any, name: str) -> str:
    network = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    return str(ec2.create_security_group(GroupName=name, Description="of a test", VpcId=network)["GroupId"])


def delete(ec2: Any, group: str) -> tuple[str, str]:
    return refused(lambda: ec2.delete_security_group(GroupId=group))


def needed(group: str) -> tuple[str, str]:
    return "DependencyViolation", f"resource {group} has a dependent object"


def test_a_group_that_nothing_needs_goes(ec2: Any) -> None:
    group = make(ec2, "mine")
    itself = [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": group}]}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=itself)
    assert refused(lambda: ec2.delete_security_group(GroupId=group, DryRun=True))[0] == "DryRunOperation"
    ec2.delete_security_group(GroupId=group)
    gone = ("InvalidGroup.NotFound", f"The security group '{group}' does not exist")
    assert delete(ec2, group) == gone
    assert refused(lambda: ec2.describe_security_groups(GroupIds=[group])) == gone


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_a_group_that_anothers_rules_name_stays(ec2: Any, direction: str) -> None:
    group, other = make(ec2, "mine"), make(ec2, "other")
    rules = [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": group}]}]
    getattr(ec2, f"authorize_security_group_{direction}")(GroupId=other, IpPermissions=rules)
    assert delete(ec2, group) == needed(group)
    getattr(ec2, f"revoke_security_group_{direction}")(GroupId=other, IpPermissions=rules)
    ec2.delete_security_group(GroupId=group)


def test_a_group_of_a_network_interface_stays(ec2: Any) -> None:
    group = make(ec2, "mine")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    made = ec2.create_network_interface(SubnetId=subnet, Groups=[group])["NetworkInterface"]["NetworkInterfaceId"]
    assert delete(ec2, group) == needed(group)
    ec2.delete_network_interface(NetworkInterfaceId=made)
    ec2.delete_security_group(GroupId=group)


def test_the_default_group_is_nobodys_to_delete(ec2: Any) -> None:
    group = ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"][0]["GroupId"]
    assert delete(ec2, group) == (
        "CannotDelete",
        f'the specified group: "{group}" name: "default" cannot be deleted by a user',
    )
    assert refused(lambda: ec2.delete_security_group())[0] == "MissingParameter"


def test_a_group_of_a_task_stays_until_the_task_is_stopped(sandbox: RunningSandbox, ec2: Any) -> None:
    ecs, group = start_service(sandbox, 1), make(ec2, "mine")
    mine = ecs.describe_services(cluster="c", services=["web"])["services"][0]["networkConfiguration"]
    mine["awsvpcConfiguration"]["securityGroups"] = [group]
    one = {"cluster": "c", "taskDefinition": "web", "launchType": "FARGATE", "networkConfiguration": mine}
    task = ecs.run_task(**one)["tasks"][0]["taskArn"]
    ecs.get_waiter("tasks_running").wait(cluster="c", tasks=[task], WaiterConfig=QUICK)
    assert delete(ec2, group) == needed(group)
    ecs.stop_task(cluster="c", task=task)
    ecs.get_waiter("tasks_stopped").wait(cluster="c", tasks=[task], WaiterConfig=QUICK)
    ec2.delete_security_group(GroupId=group)
