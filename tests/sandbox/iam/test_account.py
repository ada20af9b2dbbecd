"""What every operation asks in a real account: each name leads to the resource that is meant, none to nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.evaluate import Request
from ecsdeploy.policy.trust import ecs_tasks_trust
from ecsdeploy.sandbox.iam.account import Account
from ecsdeploy.sandbox.iam.authorization import TABLES, authorizations
from tests.sandbox.operations.furnished import Furnished, furnished_sandbox

READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "ecs:List*", "Resource": "*"}],
}
PLACE = Place("aws", "us-east-1", "123456789012")


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    with furnished_sandbox(tmp_path_factory.mktemp("home")) as furnished:
        yield furnished


@pytest.fixture
def account(furnished: Furnished) -> Account:
    return Account(PLACE, furnished.running.sandbox.stores)


def asked(account: Account, of: str, operation: str, **parameters: Any) -> dict[tuple[str, str], Any]:
    found = authorizations(of, operation, parameters, account)
    return {(each.action, each.resource): dict(each.context) for each in found}


def test_every_operation_asks_for_its_action_on_resources_of_its_kinds(furnished: Furnished, account: Account) -> None:
    for (service, operation), parameters in furnished.requests().items():
        first: Request = authorizations(service, operation, parameters, account)[0]
        kinds = TABLES[service].lines[operation][0].split()
        assert first.action == f"{service}:{operation}"
        assert (first.resource == "*") == (not kinds or operation == "ListTasks"), (operation, first.resource)
        assert first.resource == "*" or first.resource.startswith(f"arn:aws:{service}:us-east-1:123456789012:")


def test_a_service_passes_the_roles_of_the_revision_that_it_is_given(furnished: Furnished, account: Account) -> None:
    ecs = furnished.running.client("ecs")
    role = PLACE.role("app")
    container = {"name": "app", "image": "x", "memory": 128}
    ecs.register_task_definition(family="own", taskRoleArn=role, containerDefinitions=[container])
    found = asked(account, "ecs", "UpdateService", cluster="c", service="web", taskDefinition="own")
    revision = PLACE.regional("ecs", "task-definition/own:1")
    assert found[("ecs:UpdateService", PLACE.of_service("service", "c", "web"))]["ecs:task-definition"] == revision
    assert ("iam:PassRole", role) in found


def test_tags_paths_boundaries_and_networks_are_those_of_the_account(furnished: Furnished, account: Account) -> None:
    iam, ec2 = furnished.running.client("iam"), furnished.running.client("ec2")
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=json.dumps(READ))
    boundary = limit["Policy"]["Arn"]
    trust = json.dumps(ecs_tasks_trust(PLACE))
    tags = [{"Key": "team", "Value": "web"}]
    iam.create_role(
        RoleName="ours", Path="/ci/", PermissionsBoundary=boundary, AssumeRolePolicyDocument=trust, Tags=tags
    )
    assert asked(account, "iam", "PutRolePolicy", RoleName="ours") == {
        ("iam:PutRolePolicy", PLACE.iam("role/ci/ours")): {
            "aws:ResourceTag/team": "web",
            "iam:ResourceTag/team": "web",
            "iam:PermissionsBoundary": boundary,
        }
    }
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = ec2.create_security_group(GroupName="ours", Description="ours", VpcId=vpc)["GroupId"]
    ec2.create_tags(Resources=[group], Tags=tags)
    found = asked(account, "ec2", "DeleteSecurityGroup", GroupId=group)
    assert found[("ec2:DeleteSecurityGroup", PLACE.regional("ec2", f"security-group/{group}"))] == {
        "aws:ResourceTag/team": "web",
        "ec2:ResourceTag/team": "web",
        "ec2:Region": "us-east-1",
        "ec2:SecurityGroupID": group,
        "ec2:Vpc": PLACE.regional("ec2", f"vpc/{vpc}"),
    }


def test_a_secret_is_asked_for_by_its_whole_arn(furnished: Furnished, account: Account) -> None:
    made = furnished.running.client("secretsmanager").create_secret(Name="db", SecretString="x")["ARN"]
    for reference in ("db", made):
        found = asked(account, "secretsmanager", "DescribeSecret", SecretId=reference)
        assert found == {("secretsmanager:DescribeSecret", made): {"secretsmanager:SecretId": made}}
