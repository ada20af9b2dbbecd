"""What IAM takes as a policy, and how it refuses one: seen on IAM, value by value, by those who recorded it."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.policy import Document
from ecsdeploy.policy.grammar import MalformedPolicy, check_identity_policy, check_trust_policy
from ecsdeploy.policy.trust import ecs_tasks_trust
from tests.unit.policy.documents import DEPLOY, EXECUTION, PLACE, TRUST

SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"
SUB = "token.actions.githubusercontent.com:sub"
OK = ""


def identity(**elements: Any) -> str:
    """Return what IAM says to a statement with these elements; those that are None are left out."""
    statement = {"Effect": "Allow", "Action": "ecs:*", "Resource": "*", **elements}
    kept = {name: value for name, value in statement.items() if value is not None}
    return says(check_identity_policy, {"Version": "2012-10-17", "Statement": kept})


def trust(**elements: Any) -> str:
    """Return what IAM says to a trust policy whose statement has these elements."""
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", **elements}
    kept = {name: value for name, value in statement.items() if value is not None}
    return says(check_trust_policy, {"Version": "2012-10-17", "Statement": [kept]})


def says(check: Any, document: Any) -> str:
    """Return the refusal, or an empty string."""
    try:
        check(document if isinstance(document, str) else json.dumps(document))
    except MalformedPolicy as error:
        return str(error)
    return OK


@pytest.mark.parametrize("document", [DEPLOY, EXECUTION])
def test_the_policies_that_the_tool_writes_are_policies(document: Document) -> None:
    assert says(check_identity_policy, document) == OK


def test_the_trust_policies_that_the_tool_writes_are_trust_policies() -> None:
    assert says(check_trust_policy, TRUST) == OK
    assert says(check_trust_policy, ecs_tasks_trust(PLACE)) == OK


@pytest.mark.parametrize(
    ("operator", "values", "answer"),
    [
        ("DateLessThan", ["2026", "2026-01", "2026-01-01", "2026-01-01T00:00Z", "1767225600"], OK),
        ("DateLessThan", ["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00+09:00"], OK),
        ("DateLessThan", ["tomorrow", "2026/01/01", "2026-13-45", "Thu, 01 Jan 2026 00:00:00 GMT"], LEGACY),
        ("NumericEquals", ["10", 10, "10.5", "-1", "1e3"], OK),
        ("NumericEqualsIfExists", ["abc", " 10", "0x10"], LEGACY),
        ("IpAddress", ["203.0.113.0/24", "203.0.113.5", "0.0.0.0/0", "2001:db8::/32", "2001:db8::1", "::/0"], OK),
        ("NotIpAddress", ["203.0.113.999/24", "example.com", "1.2.3", "10.0.0.0/33", "10.0.0.0 "], LEGACY),
        ("ArnLike", ["arn:*:s3:::b", "arn:aws:*:*:*:*", "*"], OK),
        ("ForAnyValue:ArnEquals", ["nope", "arn:aws:s3:b", "${aws:PrincipalArn}"], LEGACY),
        ("BinaryEquals", ["YWJj", "YWJjZA=="], OK),
        ("BinaryEquals", ["!!!", "abc", "YWJj=="], SYNTAX),
        ("ForAllValues:Null", ["true", False], OK),
        ("NullIfExists", ["true"], SYNTAX),
        ("StringEquals", [{"a": "b"}, [{"a": "b"}], None], SYNTAX),
        ("StringEqualz", ["a"], SYNTAX),
    ],
)
def test_a_conditions_value_is_what_its_operator_compares(operator: str, values: list[Any], answer: str) -> None:
    assert {identity(Condition={operator: {"aws:key": value}}) for value in values} == {answer}


@pytest.mark.parametrize(
    ("resource", "answer"),
    [
        ("arn:aws:ecs:us-east-1:123456789012:service/web/*", OK),
        ("arn:aws:sqs", OK),
        ("arn:aws:iam::123456789012:role/*", OK),
        ("arn:aws:iam::123456789012:*", OK),
        ("arn:aws:s3:us-east-1:123456789012:accesspoint/mine", OK),
        ("", 'Resource  must be in ARN format or "*".'),
        ("arn:aws", "Resource vendor must be fully qualified and cannot contain regexes."),
        ("arn:aws:s3*:::b", "Resource vendor must be fully qualified and cannot contain regexes."),
        ("arn:aws:s3::b", LEGACY),
        ("arn:AWS:s3:::b", 'Partition "AWS" is not valid for resource "arn:AWS:s3:::b".'),
        ("aws:s3:::b", 'Partition "s3" is not valid for resource "arn:s3:::b:*".'),
        ("a:b:c:d:e:f:g:h", 'Partition "b" is not valid for resource "arn:b:c:d:e:f:g:h".'),
        ("arn:aws:s3::123456789012:b", "Resource arn:aws:s3::123456789012:b cannot contain an account id."),
        (
            "arn:aws:iam:us-east-1:123456789012:role/r",
            "IAM resource arn:aws:iam:us-east-1:123456789012:role/r cannot contain region information.",
        ),
        (
            "arn:aws:route53:us-east-1::hostedzone/z",
            "Resource arn:aws:route53:us-east-1::hostedzone/z can not contain region information.",
        ),
    ],
)
def test_a_resource_is_an_arn_of_this_partition(resource: str, answer: str) -> None:
    assert identity(Resource=resource) == identity(Resource=["*", resource]) == answer


def test_an_iam_resource_says_of_what_kind_it_is() -> None:
    assert identity(Resource="arn:aws:iam:::web").startswith(
        'IAM resource path must either be "*" or start with user/, federated-user/, role/, '
    )


def test_of_several_faults_the_first_in_iams_order_is_named() -> None:
    two = identity(Resource=["web", "app"])
    assert two == identity(Resource=["app", "web"]) == 'Resource app must be in ARN format or "*".'
    assert identity(Action="a:b:c", Resource="web") == 'Resource web must be in ARN format or "*".'
    assert identity(Action="web", Resource=None).startswith("Actions/Conditions must be prefaced by a vendor")
    assert identity(Action=None, Resource=None) == "Policy statement must contain actions."
    assert identity(Effect="ALLOW", Action=None) == LEGACY
    assert identity(Effect="maybe", Action=None) == SYNTAX


@pytest.mark.parametrize(
    "document",
    ["{", "[]", "null", '{"Version": NaN}', {}, {"Version": "2012-10-17", "Statement": ["a"]}, "[" * 100_000],
)
def test_what_is_no_policy_at_all(document: Any) -> None:
    assert says(check_identity_policy, document) == SYNTAX
    assert says(check_trust_policy, document) in (SYNTAX, "This policy contains invalid Json")


def test_a_managed_policy_is_of_the_newer_version_and_any_other_of_any() -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    managed = partial(check_identity_policy, managed=True)
    for version in ({"Version": "2008-10-17"}, {}):
        document = {**version, "Statement": {**statement, "Resource": "*"}}
        assert says(managed, document) == "Policy document must be version 2012-10-17 or greater."
        assert says(check_identity_policy, document) == OK
        assert says(check_trust_policy, {**version, "Statement": {**statement, "Principal": {"AWS": "*"}}}) == OK


@pytest.mark.parametrize(
    ("elements", "answer"),
    [
        ({"Principal": None}, "Missing required field Principal"),
        ({"Principal": {}}, "Missing required field Principal cannot be empty!"),
        ({"Principal": {"Anybody": "*"}}, SYNTAX),
        ({"Principal": {"AWS": "12345"}}, 'Invalid principal in policy: "AWS":"12345"'),
        ({"Principal": {"AWS": ["123456789012", "1234-5678-9012"]}}, OK),
        ({"Principal": None, "NotPrincipal": {"AWS": "*"}}, "Allow with NotPrincipal is not allowed."),
        ({"Resource": "*"}, "Has prohibited field Resource"),
        ({"NotResource": "*"}, "AssumeRole policy must not contain resources."),
        ({"Action": "sts:assumerole"}, "AssumeRole policy may only specify STS AssumeRole actions."),
        ({"Action": ["sts:AssumeRole", "sts:TagSession"]}, OK),
        ({"Action": None, "NotAction": "s3:*"}, "AssumeRole policy may only specify STS AssumeRole actions."),
        ({"Condition": {"StringIs": {"a": "b"}}}, "Invalid Condition type : StringIs"),
    ],
)
def test_a_trust_policy_names_who_and_nothing_else(elements: dict[str, Any], answer: str) -> None:
    assert trust(**elements) == answer


@pytest.mark.parametrize(
    "issuer",
    [
        "token.actions.githubusercontent.com",
        "token.actions.githubusercontent.com/acme-corp",
        "gitlab.com",
        "agent.buildkite.com",
    ],
)
def test_a_role_for_a_shared_issuer_says_for_whom(issuer: str) -> None:
    """Without it, any repository of anybody could assume the role: IAM takes none such."""
    provider, sub = PLACE.provider(issuer), f"{issuer}:sub"
    of = {"Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity"}
    refused = (
        f"Trust policy with trusted principal {provider} must evaluate, using StringEquals, StringLike or "
        f"StringEqualsIgnoreCase, {sub} which is not scoped to all."
    )
    assert trust(**of) == trust(**of, Condition={"StringLike": {sub: ["*"]}}) == refused
    assert trust(**of, Condition={"StringLike": {sub: ["*", "repo:acme/hello:*"]}}) == refused
    assert trust(**of, Condition={"StringLike": {sub: ["repo:acme/hello:*", "*"]}}) == OK
    assert trust(**of, Condition={"StringEqualsIfExists": {sub: "repo:acme/hello:x"}}) == refused
    assert trust(**of, Effect="Deny") == OK
    assert trust(**of, Condition={"StringLike": {sub.upper().replace(":SUB", ":sub"): "repo:acme/*"}}) == OK


@given(st.characters(exclude_categories=["Cs"]))
def test_no_character_beyond_latin_1_is_taken_in_either_kind(letter: str) -> None:
    """Source: IAM API reference, the pattern of both documents."""
    statement = {"Effect": "Allow", "Action": "ecs:*", "Resource": f"arn:aws:s3:::web-{letter}"}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement}, ensure_ascii=False)
    foreign = ord(letter) > 0xFF
    assert ("is invalid. It must contain only printable" in says(check_identity_policy, text)) == foreign
    assert ("is invalid. It must contain only printable" in says(check_trust_policy, text)) == foreign
