"""Rules of cdk-preflight for trust policies: who may assume a role."""

from __future__ import annotations

from typing import Any

from tests.sandbox.refusals.iam_documents import ACCOUNT, document, trusting
from tests.sandbox.refusals.rule import Rule

_COGNITO = "cognito-identity.amazonaws.com"


def _rule(name: str, seen: str, words: str, *, good: dict[str, Any], bad: dict[str, Any]) -> Rule:
    role_name = name.removeprefix("pf-iam-")
    return Rule(
        name=name,
        seen=seen,
        operation="iam:CreateRole",
        good={"RoleName": role_name, "AssumeRolePolicyDocument": document(trusting(**good))},
        bad={"RoleName": role_name, "AssumeRolePolicyDocument": document(trusting(**bad))},
        code="MalformedPolicyDocument",
        words=words,
    )


RULES: tuple[Rule, ...] = (
    _rule(
        "pf-iam-trust-policy-action-sts-only",
        "2026-09-07",
        "AssumeRole policy may only specify STS AssumeRole actions.",
        good={"Action": ["sts:AssumeRole", "sts:SetContext"]},
        bad={"Action": "sts:*"},
    ),
    _rule(
        "pf-iam-trust-policy-aws-principal-format",
        "2026-09-07",
        f'Invalid principal in policy: "AWS":"arn:aws:iam::{ACCOUNT}:role/*"',
        good={"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}},
        bad={"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/*"}},
    ),
    _rule(
        "pf-iam-trust-policy-cognito-condition",
        "2026-09-07",
        "A condition block must be present for the Cognito provider",
        good={
            "Principal": {"Federated": _COGNITO},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{_COGNITO}:aud": "us-east-1:pool"}},
        },
        bad={"Principal": {"Federated": _COGNITO}, "Action": "sts:AssumeRoleWithWebIdentity"},
    ),
    _rule(
        "pf-iam-trust-policy-no-resource",
        "2026-09-03",
        "Has prohibited field Resource",
        good={},
        bad={"Resource": "*"},
    ),
    _rule(
        "pf-iam-trust-policy-principal-star-string",
        "2026-09-07",
        'AssumeRolepolicy contained an invalid principal: "STAR":"*".',
        good={"Principal": {"AWS": "*"}},
        bad={"Principal": "*"},
    ),
    _rule(
        "pf-iam-trust-policy-service-principal",
        "2026-09-03",
        'Invalid principal in policy: "SERVICE":"ecs-tasks.example.com"',
        good={"Principal": {"Service": ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"]}},
        bad={"Principal": {"Service": "ecs-tasks.example.com"}},
    ),
    _rule(
        "pf-iam-trust-policy-service-wildcard",
        "2026-09-07",
        'Invalid principal in policy: "SERVICE":"*"',
        good={},
        bad={"Principal": {"Service": "*"}},
    ),
)
