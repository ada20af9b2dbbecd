"""Rules of cdk-preflight for IAM: what a policy is, how large, how many, and what a role may be called."""

from __future__ import annotations

from collections.abc import Mapping

from tests.sandbox.refusals import iam_identity, iam_trust
from tests.sandbox.refusals.iam_documents import ACCOUNT, TRUST, allowing, document, role
from tests.sandbox.refusals.rule import Call, Rule

_NAME = "It must contain only alphanumeric characters and/or the following: +=,.@_-"
_POLICY = f"arn:aws:iam::{ACCOUNT}:policy"
_READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
_MANAGED = document(allowing("ecs:DescribeServices"))
_ISSUER = "https://ids.example.com"


def _of_size(size: int) -> str:
    """Return a policy of so many characters, white space not counted."""
    room = size - len(document(allowing("s3:GetObject", "arn:aws:s3:::")))
    return document(allowing("s3:GetObject", f"arn:aws:s3:::{'b' * room}"))


def _many(role_name: str) -> tuple[Call, ...]:
    """Return the calls that give a role as many managed policies as it may have."""
    calls = []
    for number in range(20):
        name = f"many-{number}"
        calls.append(Call(operation="iam:CreatePolicy", form={"PolicyName": name, "PolicyDocument": _MANAGED}))
        form = {"RoleName": role_name, "PolicyArn": f"{_POLICY}/{name}"}
        calls.append(Call(operation="iam:AttachRolePolicy", form=form))
    return tuple(calls)


RULES: tuple[Rule, ...] = (
    *iam_identity.RULES,
    *iam_trust.RULES,
    Rule(
        name="pf-iam-inline-policy-size",
        seen="2026-09-01",
        operation="iam:PutUserPolicy",
        before=(Call(operation="iam:CreateUser", form={"UserName": "ada"}),),
        good={"UserName": "ada", "PolicyName": "p", "PolicyDocument": _of_size(2_048)},
        bad={"UserName": "ada", "PolicyName": "p", "PolicyDocument": _of_size(2_049)},
        code="LimitExceeded",
        words="Maximum policy size of 2048 bytes exceeded for user",
        begins=True,
    ),
    Rule(
        name="pf-iam-managed-policy-size",
        seen="2026-09-13",
        operation="iam:CreatePolicy",
        good={"PolicyName": "large", "PolicyDocument": _of_size(6_144)},
        bad={"PolicyName": "larger", "PolicyDocument": _of_size(6_145)},
        code="LimitExceeded",
        words="Cannot exceed quota for PolicySize: 6144",
    ),
    Rule(
        name="pf-iam-managed-policy-count",
        seen="2026-09-01",
        operation="iam:AttachRolePolicy",
        before=(role("many"), *_many("many")),
        good={"RoleName": "many", "PolicyArn": f"{_POLICY}/many-0"},
        bad={"RoleName": "many", "PolicyArn": _READ_ONLY},
        code="LimitExceeded",
        words="Cannot exceed quota for PoliciesPerRole: 20",
    ),
    Rule(
        name="pf-iam-name-format",
        seen="2026-09-04",
        operation="iam:CreateRole",
        good={"RoleName": "cafe=1", "AssumeRolePolicyDocument": TRUST},
        bad={"RoleName": "café", "AssumeRolePolicyDocument": TRUST},
        code="ValidationError",
        words=f"The specified value for roleName is invalid. {_NAME}",
    ),
    Rule(
        name="pf-iam-path-service-role-reserved",
        seen="2026-09-07",
        operation="iam:CreateRole",
        good={"RoleName": "path", "Path": "/service-role/", "AssumeRolePolicyDocument": TRUST},
        bad={"RoleName": "path", "Path": "/aws-service-role/", "AssumeRolePolicyDocument": TRUST},
        code="InvalidInput",
        words="Paths beginning with '/aws-service-role' are reserved for AWS Service Linked Roles",
    ),
    Rule(
        name="pf-iam-permissions-boundary-policy-arn",
        seen="2026-09-07",
        operation="iam:CreateRole",
        good={"RoleName": "bound", "PermissionsBoundary": _READ_ONLY, "AssumeRolePolicyDocument": TRUST},
        bad={
            "RoleName": "bound",
            "PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:role/limit",
            "AssumeRolePolicyDocument": TRUST,
        },
        code="InvalidInput",
        words=f"ARN arn:aws:iam::{ACCOUNT}:role/limit is not valid.",
    ),
    Rule(
        name="pf-iam-policy-arn-partition",
        seen="2026-09-07",
        operation="iam:AttachRolePolicy",
        before=(role("partition"),),
        good={"RoleName": "partition", "PolicyArn": _READ_ONLY},
        bad={"RoleName": "partition", "PolicyArn": _READ_ONLY.replace("arn:aws:", "arn:aws-us-gov:")},
        code="ValidationError",
        words="Invalid ARN partition",
    ),
    Rule(
        name="pf-iam-oidc-provider-client-id-count",
        seen="2026-09-07",
        operation="iam:CreateOpenIDConnectProvider",
        good={"Url": f"{_ISSUER}/few", "ClientIDList": [str(number) for number in range(100)]},
        bad={"Url": f"{_ISSUER}/many", "ClientIDList": [str(number) for number in range(101)]},
        code="LimitExceeded",
        words="Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100",
    ),
    Rule(
        name="pf-iam-oidc-provider-url-https",
        seen="2026-09-07",
        operation="iam:CreateOpenIDConnectProvider",
        good={"Url": _ISSUER},
        bad={"Url": _ISSUER.replace("https", "http")},
        code="InvalidInput",
        # It was seen to come without a message.
        words="",
    ),
    Rule(
        name="pf-iam-slr-service-name-format",
        seen="2026-09-07",
        operation="iam:CreateServiceLinkedRole",
        good={"AWSServiceName": "ecs.application-autoscaling.amazonaws.com"},
        bad={"AWSServiceName": "ecs"},
        code="AccessDenied",
        words="ecs is not a valid AWS service name (Service Principal)",
    ),
)

LEFT_OUT: Mapping[str, str] = {
    "pf-iam-instance-profile-single-role": "Fargate has no instances, and tasks no instance profiles.",
}
"""Rule -> why the sandbox has no such case."""
