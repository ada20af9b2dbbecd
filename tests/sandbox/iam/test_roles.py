"""What takes a role apart: its policies first, then the role; AWS's own roles and policies are AWS's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import RunningSandbox
from tests.sandbox.core.test_app import refused

EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
GITHUB = "token.actions.githubusercontent.com"
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})


def trust(principal: dict[str, str], **more: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def iam(sandbox: RunningSandbox) -> Any:
    made = sandbox.client("iam")
    tags = [{"Key": "app", "Value": "web"}, {"Key": "env", "Value": "test"}]
    made.create_role(RoleName="web", AssumeRolePolicyDocument=trust({"Service": "ecs-tasks.amazonaws.com"}), Tags=tags)
    return made


def test_a_role_is_deleted_when_its_policies_are_gone(iam: Any) -> None:
    web = {"RoleName": "web"}
    iam.attach_role_policy(**web, PolicyArn=EXECUTION)
    iam.put_role_policy(**web, PolicyName="mine", PolicyDocument=ALLOW)
    assert [p["PolicyArn"] for p in iam.list_attached_role_policies(**web)["AttachedPolicies"]] == [EXECUTION]
    assert refused(lambda: iam.delete_role(**web)) == (
        "DeleteConflict",
        "Cannot delete entity, must detach all policies first.",
    )
    iam.detach_role_policy(**web, PolicyArn=EXECUTION)
    assert refused(lambda: iam.detach_role_policy(**web, PolicyArn=EXECUTION)) == (
        "NoSuchEntity",
        f"Policy {EXECUTION} was not found.",
    )
    assert refused(lambda: iam.delete_role(**web)) == (
        "DeleteConflict",
        "Cannot delete entity, must delete policies first.",
    )
    iam.delete_role_policy(**web, PolicyName="mine")
    assert refused(lambda: iam.delete_role_policy(**web, PolicyName="mine")) == (
        "NoSuchEntity",
        "The role policy with name mine cannot be found.",
    )
    iam.delete_role(**web)
    missing = ("NoSuchEntity", "The role with name web cannot be found.")
    for call in (
        lambda: iam.delete_role(**web),
        lambda: iam.delete_role_policy(**web, PolicyName="mine"),
        lambda: iam.detach_role_policy(**web, PolicyArn=EXECUTION),
        lambda: iam.untag_role(**web, TagKeys=["app"]),
    ):
        assert refused(call) == missing


def test_tags_are_taken_away_by_key_whether_they_are_there_or_not(iam: Any) -> None:
    iam.untag_role(RoleName="web", TagKeys=["app", "never"])
    assert iam.list_role_tags(RoleName="web")["Tags"] == [{"Key": "env", "Value": "test"}]


def test_a_provider_is_deleted_once_or_twice_whoever_trusts_it(iam: Any) -> None:
    arn = iam.create_open_id_connect_provider(Url=f"https://{GITHUB}", ClientIDList=["sts.amazonaws.com"])
    provider = {"OpenIDConnectProviderArn": arn["OpenIDConnectProviderArn"]}
    for number in range(3):
        condition = {"StringEquals": {f"{GITHUB}:sub": "repo:acme/hello:ref:refs/heads/main"}}
        document = trust({"Federated": provider["OpenIDConnectProviderArn"]}, Condition=condition)
        iam.create_role(RoleName=f"deploy-{number}", AssumeRolePolicyDocument=document)
    pages = iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 2})
    roles = [role for page in pages for role in page["Roles"]]
    assert sorted(role["RoleName"] for role in roles) == ["deploy-0", "deploy-1", "deploy-2", "web"]
    trusting = {role["RoleName"] for role in roles if GITHUB in str(role["AssumeRolePolicyDocument"])}
    assert trusting == {"deploy-0", "deploy-1", "deploy-2"}
    # API reference, ListRoles: a list has no tags.
    assert not any("Tags" in role for role in roles)
    for _ in range(2):
        # API reference, DeleteOpenIDConnectProvider: one that is not there is no error.
        iam.delete_open_id_connect_provider(**provider)
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
    assert refused(lambda: iam.get_open_id_connect_provider(**provider))[0] == "NoSuchEntity"


def test_the_service_linked_role_is_only_modifiable_by_aws(sandbox: RunningSandbox, iam: Any) -> None:
    sandbox.client("ecs").create_cluster(clusterName="c")
    name = "AWSServiceRoleForECS"
    for call in (
        lambda: iam.delete_role(RoleName=name),
        lambda: iam.put_role_policy(RoleName=name, PolicyName="mine", PolicyDocument=ALLOW),
    ):
        assert refused(call) == (
            "UnmodifiableEntity",
            f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS",
        )
    assert iam.get_role(RoleName=name)["Role"]["RoleName"] == name


def test_a_boundary_is_a_policy_that_exists(iam: Any) -> None:
    nowhere = "arn:aws:iam::123456789012:policy/nowhere"
    missing = ("NoSuchEntity", f"Scope ARN: {nowhere} does not exist or is not attachable.")
    limited = {"RoleName": "limited", "AssumeRolePolicyDocument": trust({"Service": "ecs-tasks.amazonaws.com"})}
    assert refused(lambda: iam.create_role(**limited, PermissionsBoundary=nowhere)) == missing
    assert refused(lambda: iam.put_role_permissions_boundary(RoleName="web", PermissionsBoundary=nowhere)) == missing
    iam.create_role(**limited, PermissionsBoundary="arn:aws:iam::aws:policy/PowerUserAccess")
    own = iam.create_policy(PolicyName="limit", PolicyDocument=ALLOW)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="web", PermissionsBoundary=own)
    assert iam.get_role(RoleName="web")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == own
