"""Rules of cdk-preflight for the policies of roles: what a statement is made of, and how each element is written."""

from __future__ import annotations

from typing import Any

from tests.sandbox.refusals.iam_documents import allowing, document, role
from tests.sandbox.refusals.rule import Rule

SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"


def _rule(name: str, seen: str, words: str, *, good: str, bad: str) -> Rule:
    role_name = name.removeprefix("pf-iam-")
    form = {"RoleName": role_name, "PolicyName": "p"}
    return Rule(
        name=name,
        seen=seen,
        operation="iam:PutRolePolicy",
        before=(role(role_name),),
        good={**form, "PolicyDocument": good},
        bad={**form, "PolicyDocument": bad},
        code="MalformedPolicyDocument",
        words=words,
    )


def _statement(name: str, seen: str, words: str, *, good: dict[str, Any], bad: dict[str, Any]) -> Rule:
    return _rule(name, seen, words, good=document(allowing(**good)), bad=document(allowing(**bad)))


def _condition(name: str, seen: str, words: str, operator: str, key: str, *, good: Any, bad: Any) -> Rule:
    conditions = ({"Condition": {operator: {key: value}}} for value in (good, bad))
    return _statement(name, seen, words, good=next(conditions), bad=next(conditions))


RULES: tuple[Rule, ...] = (
    _statement(
        "pf-iam-identity-policy-no-principal",
        "2026-09-03",
        "Policy document should not specify a principal.",
        good={},
        bad={"Principal": {"AWS": "*"}},
    ),
    _statement(
        "pf-iam-policy-action-format",
        "2026-09-03",
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        good={"action": "logs:CreateLogStream"},
        bad={"action": "CreateLogStream"},
    ),
    _statement(
        "pf-iam-policy-action-required",
        "2026-09-07",
        "Policy statement must contain actions.",
        good={"Action": None, "NotAction": ["iam:*"]},
        bad={"Action": []},
    ),
    _statement(
        "pf-iam-policy-action-single-colon",
        "2026-09-07",
        "Actions/Condition can contain only one colon.",
        good={"action": "ecs:StopTask"},
        bad={"action": "ecs:Stop:Task"},
    ),
    _statement(
        "pf-iam-policy-action-vendor-wildcard",
        "2026-09-07",
        "Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.",
        good={"action": "ecs:Describe*"},
        bad={"action": "e?s:DescribeTasks"},
    ),
    _condition(
        *("pf-iam-policy-condition-arn-value", "2026-09-07", LEGACY, "ArnLike", "ecs:cluster"),
        good="arn:aws:ecs:*:*:cluster/web",
        bad="web",
    ),
    _condition(
        *("pf-iam-policy-condition-binary-value", "2026-09-07", SYNTAX, "BinaryEquals", "s3:x-amz-meta-key"),
        good="d2Vi",
        bad="web",
    ),
    _condition(
        *("pf-iam-policy-condition-date-value", "2026-09-07", LEGACY, "DateLessThan", "aws:CurrentTime"),
        good="2027-06-30T12:00Z",
        bad="30.06.2027",
    ),
    _condition(
        *("pf-iam-policy-condition-ip-value", "2026-09-07", LEGACY, "IpAddress", "aws:SourceIp"),
        good="198.51.100.0/24",
        bad="198.51.100.0/40",
    ),
    _statement(
        "pf-iam-policy-condition-null-ifexists",
        "2026-09-07",
        SYNTAX,
        good={"Condition": {"Null": {"aws:MultiFactorAuthAge": "true"}}},
        bad={"Condition": {"NullIfExists": {"aws:MultiFactorAuthAge": "true"}}},
    ),
    _condition(
        *("pf-iam-policy-condition-numeric-value", "2026-09-07", LEGACY, "NumericLessThan", "s3:max-keys"),
        good=50,
        bad="fifty",
    ),
    _statement(
        "pf-iam-policy-condition-operator",
        "2026-09-03",
        SYNTAX,
        good={"Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": "app"}}},
        bad={"Condition": {"StringMatches": {"aws:TagKeys": "app"}}},
    ),
    _condition(
        *("pf-iam-policy-condition-value-type", "2026-09-07", SYNTAX, "StringEquals", "aws:RequestedRegion"),
        good=["us-east-1", "eu-central-1"],
        bad={"one": "us-east-1"},
    ),
    _rule(
        "pf-iam-policy-duplicate-sid",
        "2026-09-03",
        "Statement IDs (SID) in a single policy must be unique.",
        good=document(allowing(Sid="Logs"), allowing(Sid="Images", action="ecr:BatchGetImage")),
        bad=document(allowing(Sid="Logs"), allowing(Sid="Logs", action="ecr:BatchGetImage")),
    ),
    _statement("pf-iam-policy-effect-case", "2026-09-03", LEGACY, good={"Effect": "Deny"}, bad={"Effect": "DENY"}),
    _statement("pf-iam-policy-effect-required", "2026-09-07", SYNTAX, good={}, bad={"Effect": None}),
    _statement(
        "pf-iam-policy-exclusive-fields",
        "2026-09-03",
        SYNTAX,
        good={"Resource": None, "NotResource": "arn:aws:logs:*:*:log-group:/aws/*"},
        bad={"NotResource": "arn:aws:logs:*:*:log-group:/aws/*"},
    ),
    _statement(
        "pf-iam-policy-resource-arn-segments",
        "2026-09-07",
        "Resource arn:aws:s3:assets:*:* can not contain region information.",
        good={"resource": "arn:aws:s3:::assets"},
        bad={"resource": "arn:aws:s3:assets"},
    ),
    _statement(
        "pf-iam-policy-resource-format",
        "2026-09-03",
        'Resource assets must be in ARN format or "*".',
        good={"resource": "arn:aws:s3:::assets/*"},
        bad={"resource": "assets"},
    ),
    _statement(
        "pf-iam-policy-resource-global-service-arn",
        "2026-09-07",
        "Resource arn:aws:s3:us-east-1:123456789012:assets can not contain region information.",
        good={"resource": "arn:aws:s3:us-east-1:123456789012:accesspoint/assets"},
        bad={"resource": "arn:aws:s3:us-east-1:123456789012:assets"},
    ),
    _statement(
        "pf-iam-policy-resource-partition",
        "2026-09-07",
        'Partition "aws-cn" is not valid for resource "arn:aws-cn:s3:::assets".',
        good={"resource": "arn:*:s3:::assets"},
        bad={"resource": "arn:aws-cn:s3:::assets"},
    ),
    _statement(
        "pf-iam-policy-resource-service-wildcard",
        "2026-09-07",
        "Resource vendor must be fully qualified and cannot contain regexes.",
        good={"resource": "arn:aws:ecs:*:*:task/*"},
        bad={"resource": "arn:aws:ec?:*:*:task/*"},
    ),
    _statement(
        "pf-iam-policy-sid-format",
        "2026-09-04",
        "Statement IDs (SID) must be alpha-numeric. "
        "Check that your input satisfies the regular expression [0-9A-Za-z]*",
        good={"Sid": "WriteLogs"},
        bad={"Sid": "write_logs"},
    ),
    _rule("pf-iam-policy-statement-required", "2026-09-07", SYNTAX, good=document(allowing()), bad=document()),
    _statement(
        "pf-iam-policy-statement-resource-required",
        "2026-09-03",
        "Policy statement must contain resources.",
        good={},
        bad={"Resource": None},
    ),
    _statement(
        "pf-iam-policy-statement-unknown-field", "2026-09-07", SYNTAX, good={}, bad={"Actions": "logs:PutLogEvents"}
    ),
    _rule(
        "pf-iam-policy-unknown-toplevel-field",
        "2026-09-07",
        SYNTAX,
        good=document(allowing(), Id="logs"),
        bad=document(allowing(), Name="logs"),
    ),
    _rule(
        "pf-iam-policy-version",
        "2026-09-03",
        SYNTAX,
        good=document(allowing()),
        bad=document(allowing(), Version="2026-11-29"),
    ),
)
