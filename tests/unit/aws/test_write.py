"""The one way to write to AWS."""

from __future__ import annotations

from typing import cast

import pytest

from ecsdeploy.aws.session import Aws
from ecsdeploy.aws.write import write
from ecsdeploy.errors import AwsError, PermissionDenied
from tests.unit.aws.stubs import StubbedAws

ARN = "arn:aws:iam::123456789012:role/role-name"


def of(aws: StubbedAws) -> Aws:
    return cast(Aws, aws)


def test_a_call_is_sent_by_its_name_in_iam(aws: StubbedAws) -> None:
    group = {"GroupId": "sg-1"}
    aws.answers("ec2", "create_security_group", group, GroupName="hello", Description="why", VpcId="vpc-1")
    parameters = {"GroupName": "hello", "Description": "why", "VpcId": "vpc-1"}

    assert write(of(aws), "ec2:CreateSecurityGroup", parameters)["GroupId"] == "sg-1"


def test_a_name_with_an_abbreviation_is_found(aws: StubbedAws) -> None:
    arn = "arn:aws:iam::123456789012:oidc-provider/x.example"
    aws.answers("iam", "create_open_id_connect_provider", {"OpenIDConnectProviderArn": arn}, Url="https://x.example")

    write(of(aws), "iam:CreateOpenIDConnectProvider", {"Url": "https://x.example"})


def test_a_full_account_is_told_in_awss_words(aws: StubbedAws) -> None:
    aws.refuses("iam", "create_role", "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000", 409)

    with pytest.raises(AwsError) as caught:
        write(of(aws), "iam:CreateRole", {"RoleName": "role-name", "AssumeRolePolicyDocument": "{}"})

    assert (caught.value.code, caught.value.why) == ("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000")


def test_a_refusal_names_the_action_and_the_resource(aws: StubbedAws) -> None:
    message = (
        "User: arn:aws:iam::123456789012:user/dev is not authorized to perform: iam:CreateRole on resource: "
        "arn:aws:iam::123456789012:role/role-name because no identity-based policy allows the iam:CreateRole action"
    )
    aws.refuses("iam", "create_role", "AccessDenied", message, 403)

    with pytest.raises(PermissionDenied) as caught:
        write(of(aws), "iam:CreateRole", {"RoleName": "role-name", "AssumeRolePolicyDocument": "{}"})

    assert (caught.value.action, caught.value.resource) == ("iam:CreateRole", ARN)
