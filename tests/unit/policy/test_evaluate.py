from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.policy import PolicyError
from ecsdeploy.policy.evaluate import Decision, Principal, Request, evaluate

ALLOWED, DENIED, NOT_ALLOWED = Decision.ALLOWED, Decision.DENIED, Decision.NOT_ALLOWED
USER = Principal("AWS", "arn:aws:iam::123456789012:user/ann")


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def allow(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def deny(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return allow(action, resource, **more) | {"Effect": "Deny"}


def decide(statement: dict[str, Any], action: str = "s3:GetObject", resource: str = "*", **context: Any) -> Decision:
    return evaluate(
        [policy(statement)], Request(action, resource, {k.replace("__", ":"): v for k, v in context.items()})
    )


def test_nothing_is_allowed_by_itself() -> None:
    assert evaluate([], Request("s3:GetObject")) is NOT_ALLOWED


def test_a_denial_wins_wherever_it_stands() -> None:
    assert evaluate([policy(deny("s3:Get*")), policy(allow())], Request("s3:GetObject")) is DENIED
    assert evaluate([policy(allow(), deny("s3:Get*"))], Request("s3:GetObject")) is DENIED
    assert evaluate([policy(allow(), deny("s3:Get*"))], Request("s3:PutObject")) is ALLOWED


@pytest.mark.parametrize(
    ("pattern", "action", "matches"),
    [
        ("s3:GetObject", "S3:getobject", True),
        ("s3:Get*", "s3:GetObject", True),
        ("s3:Get?bject", "s3:GetObject", True),
        ("*", "s3:GetObject", True),
        ("s3:Get", "s3:GetObject", False),
        ("s3.*", "s3:GetObject", False),
        (["ec2:*", "s3:*"], "s3:GetObject", True),
    ],
)
def test_actions(pattern: Any, action: str, matches: bool) -> None:
    assert (decide(allow(pattern), action) is ALLOWED) == matches


@pytest.mark.parametrize(
    ("pattern", "resource", "matches"),
    [
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y", True),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b", False),
        ("arn:aws:s3:::B", "arn:aws:s3:::b", False),
        ("arn:aws:ecs:r:1:task/c/*", "arn:aws:ecs:r:1:task/c/x:y", True),
        ("arn:aws:ecs:r:1:task-definition/f:*", "arn:aws:ecs:r:1:task-definition/f:12", True),
        ("arn:aws:ecs:r:1:task-definition/f:*", "arn:aws:ecs:r:1:task-definition/ff:12", False),
        ("arn:aws:ecs:r:1:*/x", "arn:aws:ecs:r:1:a:b/x", False),
        ("arn:aws:ecs:?:1:x", "arn:aws:ecs:::1:x", False),
        ("arn:*:x", "arn:aws:ecs:r:1:x", True),
        ("arn:aws:ecs:*", "*", False),
    ],
)
def test_resources(pattern: str, resource: str, matches: bool) -> None:
    assert (decide(allow(resource=pattern), resource=resource) is ALLOWED) == matches


def test_opposites_cover_everything_else() -> None:
    assert decide({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, "s3:GetObject") is ALLOWED
    assert decide({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, "iam:GetRole") is NOT_ALLOWED
    other = {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::b"}
    assert decide(other, resource="arn:aws:s3:::c") is DENIED
    assert decide(other, resource="arn:aws:s3:::b") is NOT_ALLOWED


OPERATORS: list[tuple[str, Any, Any, bool]] = [
    ("StringEquals", "a", "a", True),
    ("StringEquals", ["b", "a"], "a", True),
    ("StringEquals", "A", "a", False),
    ("StringEquals", "*", "a", False),
    ("StringEquals", "a", None, False),
    ("StringEqualsIfExists", "a", None, True),
    ("StringEqualsIfExists", "a", "b", False),
    ("StringEqualsIgnoreCase", "A", "a", True),
    ("StringNotEquals", "a", "b", True),
    ("StringNotEquals", ["a", "b"], "b", False),
    ("StringNotEquals", "a", None, True),
    ("StringLike", "a*c?", "abbcd", True),
    ("StringLike", "a*", "b", False),
    ("StringLike", "[a]", "a", False),
    ("StringNotLike", "a*", "abc", False),
    ("ArnLike", "arn:aws:ecs:*:1:task/c/*", "arn:aws:ecs:r:1:task/c/x:y", True),
    ("ArnLike", "arn:aws:ecs:*", "arn:aws:ecs:r:1:task", False),
    ("ArnEquals", "arn:aws:ecs:r:1:c/*", "arn:aws:ecs:r:1:c/x", True),
    ("ArnLike", "arn:aws:*:r:1:x", "arn:aws:ecs:q:r:1:x", False),
    ("ArnNotLike", "arn:aws:ecs:r:1:c/*", "arn:aws:ecs:r:1:d/x", True),
    ("NumericLessThan", "10", "9.5", True),
    ("NumericGreaterThanEquals", 10, "10", True),
    ("NumericEquals", "10", "ten", False),
    ("NumericNotEquals", "10", "11", True),
    ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", True),
    ("DateGreaterThan", "2026-01-01", "1767225601", True),
    ("Bool", "true", "true", True),
    ("Bool", True, "true", True),
    ("Bool", "false", "true", False),
    ("Bool", "true", None, False),
    ("BinaryEquals", "YQ==", "YQ==", True),
    ("BinaryEquals", "YQ==", "Yg==", False),
    ("IpAddress", "10.0.0.0/8", "10.1.2.3", True),
    ("IpAddress", "10.0.0.0/8", "11.1.2.3", False),
    ("NotIpAddress", "10.0.0.0/8", "11.1.2.3", True),
    ("IpAddress", "10.0.0.0/8", "not an address", False),
    ("Null", "true", None, True),
    ("Null", "false", "a", True),
    ("Null", "true", "a", False),
    ("ForAnyValue:StringEquals", ["a", "b"], ("c", "b"), True),
    ("ForAnyValue:StringEquals", "a", ("c",), False),
    ("ForAnyValue:StringEquals", "a", None, False),
    ("ForAnyValue:StringNotEquals", "a", ("a", "b"), True),
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
    ("ForAllValues:StringEquals", "a", ("a", "b"), False),
    ("ForAllValues:StringEquals", "a", None, True),
    ("ForAllValues:StringLike", "a*", ("a1", "a2"), True),
    ("StringEquals", "a", ("a", "b"), False),
]


@pytest.mark.parametrize(("operator", "wanted", "given", "holds"), OPERATORS)
def test_conditions(operator: str, wanted: Any, given: Any, holds: bool) -> None:
    context = {} if given is None else {"X:Key": given}
    statement = allow(Condition={operator: {"x:key": wanted}})

    assert (evaluate([policy(statement)], Request("s3:GetObject", "*", context)) is ALLOWED) == holds


def test_all_operators_and_keys_must_hold() -> None:
    statement = allow(Condition={"StringEquals": {"a:b": "1", "c:d": "2"}, "StringLike": {"e:f": "3*"}})

    assert decide(statement, a__b="1", c__d="2", e__f="34") is ALLOWED
    assert decide(statement, a__b="1", c__d="9", e__f="34") is NOT_ALLOWED
    assert decide(statement, a__b="1", c__d="2", e__f="4") is NOT_ALLOWED


def test_variables_stand_for_the_requests_own_values() -> None:
    own = allow(resource="arn:aws:s3:::home/${aws:username}/*")

    assert decide(own, resource="arn:aws:s3:::home/ann/x", aws__username="ann") is ALLOWED
    assert decide(own, resource="arn:aws:s3:::home/bob/x", aws__username="ann") is NOT_ALLOWED
    assert decide(own, resource="arn:aws:s3:::home/bob/x", aws__username="*") is NOT_ALLOWED
    assert decide(own, resource="arn:aws:s3:::home/${aws:username}/x") is NOT_ALLOWED
    fallback = allow(resource="arn:aws:s3:::home/${aws:username, 'guest'}")
    assert decide(fallback, resource="arn:aws:s3:::home/guest") is ALLOWED
    assert decide(allow(Condition={"StringLike": {"a:b": "${*}x"}}), a__b="*x") is ALLOWED
    assert decide(allow(Condition={"StringLike": {"a:b": "${*}x"}}), a__b="yx") is NOT_ALLOWED


def test_old_policies_know_no_variables() -> None:
    old = policy(allow(resource="arn:aws:s3:::${aws:username}"), version="2008-10-17")

    assert evaluate([old], Request("s3:GetObject", "arn:aws:s3:::ann", {"aws:username": "ann"})) is NOT_ALLOWED
    assert evaluate([old], Request("s3:GetObject", "arn:aws:s3:::${aws:username}")) is ALLOWED


@pytest.mark.parametrize(
    ("principal", "who", "covered"),
    [
        ("*", USER, True),
        ({"AWS": "*"}, USER, True),
        ({"AWS": "123456789012"}, USER, True),
        ({"AWS": "arn:aws:iam::123456789012:root"}, USER, True),
        ({"AWS": ["arn:aws:iam::123456789012:user/bob", USER.name]}, USER, True),
        ({"AWS": "arn:aws:iam::999999999999:root"}, USER, False),
        ({"Service": "ecs-tasks.amazonaws.com"}, Principal("Service", "ecs-tasks.amazonaws.com"), True),
        ({"Service": "ecs-tasks.amazonaws.com"}, USER, False),
        ({"Federated": "a"}, Principal("Federated", "b"), False),
        ({"AWS": USER.name}, None, False),
    ],
)
def test_principals(principal: Any, who: Principal | None, covered: bool) -> None:
    trust = policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})

    assert (evaluate([trust], Request("sts:AssumeRole", principal=who)) is ALLOWED) == covered


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (allow() | {"Effect": "Maybe"}, "Effect"),
        ({"Effect": "Allow", "Resource": "*"}, "Action or NotAction"),
        ({"Effect": "Allow", "Action": "*"}, "Resource or NotResource"),
        (allow(NotAction="*"), "Action or NotAction"),
        (allow(action=[1]), "neither text"),
        (allow(Condition={"StringMatches": {"a:b": "c"}}), "StringMatches"),
        (allow(Condition={"ForAllValues:Null": {"a:b": "true"}}), "ForAllValues:Null"),
        (allow(Condition=[{"StringEquals": {"a:b": "c"}}]), "Condition"),
        (allow(Condition={"StringEquals": "c"}), "Condition"),
    ],
)
def test_what_is_no_policy_decides_nothing(statement: dict[str, Any], why: str) -> None:
    with pytest.raises(PolicyError, match=why):
        evaluate([policy(statement)], Request("s3:GetObject", "*", {"a:b": "c"}))


def test_a_statement_that_is_no_object_is_no_policy() -> None:
    with pytest.raises(PolicyError, match="object"):
        evaluate([{"Statement": ["Allow"]}], Request("s3:GetObject"))


TEXT = st.text("ab*?:[]^.$", max_size=8)


@given(TEXT, TEXT)
def test_equality_knows_no_wildcards(wanted: str, given_text: str) -> None:
    statement = allow(Condition={"StringEquals": {"a:b": wanted}})

    assert (decide(statement, a__b=given_text) is ALLOWED) == (wanted == given_text)


@given(TEXT, TEXT)
def test_likeness_is_a_walk_along_the_text(pattern: str, text: str) -> None:
    assert (decide(allow(Condition={"StringLike": {"a:b": pattern}}), a__b=text) is ALLOWED) == _walk(pattern, text)


def _walk(pattern: str, text: str) -> bool:
    """Match without regular expressions, as a second opinion."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return _walk(pattern[1:], text) or (bool(text) and _walk(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and _walk(pattern[1:], text[1:])


STATEMENTS = st.lists(
    st.tuples(st.sampled_from(["Allow", "Deny"]), st.sampled_from(["*", "s3:*", "s3:Get*", "ec2:*"])), max_size=5
)


@given(STATEMENTS, STATEMENTS)
def test_more_statements_never_lift_a_denial_and_order_does_not_count(
    some: list[tuple[str, str]], more: list[tuple[str, str]]
) -> None:
    def decision(statements: list[tuple[str, str]]) -> Decision:
        made = [{"Effect": effect, "Action": action, "Resource": "*"} for effect, action in statements]
        return evaluate([policy(*made)], Request("s3:GetObject"))

    assert decision(some) is not DENIED or decision(some + more) is DENIED
    assert decision(some + more) is decision(more + some)
