"""IAM's documents and limits, as a client of the sandbox meets them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from ecsdeploy.policy.grammar import check_identity_policy
from tests.sandbox.conftest import RunningSandbox
from tests.sandbox.core.test_app import refused
from tests.sandbox.refusals.iam_documents import TRUST, allowing, document, trusting

WEB = {"RoleName": "web"}


@pytest.fixture
def iam(sandbox: RunningSandbox) -> Any:
    client = sandbox.client("iam")
    client.create_role(**WEB, AssumeRolePolicyDocument=TRUST)
    return client


def long(size: int) -> str:
    """Return a policy of so many characters, white space not counted."""
    room = size - len(document(allowing("s3:GetObject", "arn:aws:s3:::")))
    return json.dumps(json.loads(document(allowing("s3:GetObject", f"arn:aws:s3:::{'b' * room}"))), indent=4)


def test_a_refused_document_changes_nothing(iam: Any) -> None:
    iam.put_role_policy(**WEB, PolicyName="p", PolicyDocument=document(allowing()))
    bad = document(allowing(Effect="Maybe"))
    syntax = ("MalformedPolicyDocument", "Syntax errors in policy.")
    assert refused(lambda: iam.put_role_policy(**WEB, PolicyName="p", PolicyDocument=bad)) == syntax
    assert (
        refused(lambda: iam.update_assume_role_policy(**WEB, PolicyDocument=document(trusting(Effect="No")))) == syntax
    )
    assert refused(lambda: iam.create_policy(PolicyName="p", PolicyDocument=bad)) == syntax
    assert iam.get_role_policy(**WEB, PolicyName="p")["PolicyDocument"] == json.loads(document(allowing()))
    assert iam.get_role(**WEB)["Role"]["AssumeRolePolicyDocument"] == json.loads(TRUST)


def test_a_new_version_of_a_policy_is_looked_at_too(iam: Any) -> None:
    arn = iam.create_policy(PolicyName="p", PolicyDocument=document(allowing()))["Policy"]["Arn"]
    bad = document(allowing(Sid="with space"))
    code, _ = refused(lambda: iam.create_policy_version(PolicyArn=arn, PolicyDocument=bad))
    assert code == "MalformedPolicyDocument"
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allowing("ecs:*")))


@pytest.mark.parametrize("name", ["Production \u2013 web", "生产", "🚀"])
def test_letters_that_iam_has_not_are_refused_where_they_are_written_plainly(iam: Any, name: str) -> None:
    sub = {"StringEquals": {"token.actions.githubusercontent.com:sub": f"repo:acme/web:environment:{name}"}}
    trust = json.dumps(json.loads(document(trusting(Condition=sub))), ensure_ascii=False)
    said = "is invalid. It must contain only printable ASCII characters."
    assert refused(lambda: iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=trust)) == (
        "MalformedPolicyDocument",
        f"The specified value for assumeRolePolicyDocument {said}",
    )
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["web"]
    policy = trust.replace("Principal", "principal")
    code, message = refused(lambda: iam.put_role_policy(**WEB, PolicyName="p", PolicyDocument=policy))
    assert (code, message) == ("MalformedPolicyDocument", f"The specified value for policyDocument {said}")
    iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=trust.replace(name, "Größe"))


def test_the_policies_that_aws_itself_has_written_are_policies() -> None:
    data = json.loads(aws_managed_policies_data)
    assert len(data) > 1_000
    for policy in data.values():
        check_identity_policy(json.dumps(policy["Document"]))


def test_the_old_version_is_taken_of_a_trust_policy(iam: Any) -> None:
    """The role that the ECS console makes, ecsTaskExecutionRole, has it."""
    old = document(trusting(), Version="2008-10-17")
    iam.update_assume_role_policy(**WEB, PolicyDocument=old)
    assert iam.get_role(**WEB)["Role"]["AssumeRolePolicyDocument"]["Version"] == "2008-10-17"


def test_a_missing_role_is_told_before_its_document_is_read(iam: Any) -> None:
    missing = ("NoSuchEntity", "The role with name none cannot be found.")
    none = {"RoleName": "none", "PolicyDocument": "{"}
    assert refused(lambda: iam.put_role_policy(**none, PolicyName="p")) == missing
    assert refused(lambda: iam.update_assume_role_policy(**none)) == missing


def test_a_roles_inline_policies_are_measured_together_without_white_space(iam: Any) -> None:
    exceeded = ("LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role web")
    assert refused(lambda: iam.put_role_policy(**WEB, PolicyName="one", PolicyDocument=long(10_241))) == exceeded
    iam.put_role_policy(**WEB, PolicyName="one", PolicyDocument=long(10_000))
    assert refused(lambda: iam.put_role_policy(**WEB, PolicyName="two", PolicyDocument=long(241))) == exceeded
    iam.put_role_policy(**WEB, PolicyName="two", PolicyDocument=long(240))
    iam.put_role_policy(**WEB, PolicyName="one", PolicyDocument=long(10_000))
    assert iam.list_role_policies(**WEB)["PolicyNames"] == ["one", "two"]


def test_a_trust_policy_has_2048_characters_at_most(iam: Any) -> None:
    room = 2_048 - len(document(trusting(Sid="")))
    exceeded = ("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048")
    too_long = document(trusting(Sid="s" * (room + 1)))
    assert refused(lambda: iam.update_assume_role_policy(**WEB, PolicyDocument=too_long)) == exceeded
    assert refused(lambda: iam.create_role(RoleName="new", AssumeRolePolicyDocument=too_long)) == exceeded
    iam.update_assume_role_policy(**WEB, PolicyDocument=document(trusting(Sid="s" * room)))


def test_a_name_is_no_longer_than_iam_has_room_for(iam: Any) -> None:
    constraint = "Member must have length less than or equal to 64"
    assert refused(lambda: iam.create_role(RoleName="r" * 65, AssumeRolePolicyDocument=TRUST)) == (
        "ValidationError",
        f"1 validation error detected: Value at 'roleName' failed to satisfy constraint: {constraint}",
    )


def test_a_policy_that_is_attached_already_may_be_attached_again(iam: Any) -> None:
    """A role with as many as it may have is not refused what changes nothing."""
    arns = []
    for number in range(20):
        made = iam.create_policy(PolicyName=f"p{number}", PolicyDocument=document(allowing()))
        arns.append(made["Policy"]["Arn"])
        iam.attach_role_policy(**WEB, PolicyArn=arns[-1])
    iam.attach_role_policy(**WEB, PolicyArn=arns[0])
    iam.detach_role_policy(**WEB, PolicyArn=arns[0])
    iam.attach_role_policy(**WEB, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
