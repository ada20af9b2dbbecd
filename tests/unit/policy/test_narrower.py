from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.policy import Document
from ecsdeploy.policy.evaluate import Decision, Principal, Request, evaluate
from ecsdeploy.policy.narrower import Relation, contains, covers, relation
from ecsdeploy.policy.patterns import like, resource_matches
from tests.unit.policy.documents import DEPLOY, PLACE, RELEASING, TRUST

ISSUER = "token.actions.githubusercontent.com"
PROVIDER = PLACE.github_provider()


def trust(condition: dict[str, Any], **more: Any) -> Document:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    return {"Version": "2012-10-17", "Statement": [statement | more]}


def sub(*subs: str, operator: str = "StringEquals", **others: str) -> Document:
    found = {operator: {f"{ISSUER}:sub": list(subs)}}
    for key, value in others.items():
        found.setdefault("StringEquals", {})[f"{ISSUER}:{key}"] = [value]
    return trust(found)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (sub("a", "b"), sub("b", "a"), "same"),
        (sub("a"), sub("a", "b"), "narrower"),
        (sub("a", "b"), sub("a"), "wider"),
        (sub("a"), sub("b"), "other"),
        (sub("repo:acme/*", operator="StringLike"), sub("repo:acme/hello:ref:refs/heads/main"), "wider"),
        (sub("repo:acme/x"), sub("repo:acme/?", operator="StringLike"), "narrower"),
        (sub("repo:a*c", operator="StringLike"), sub("repo:*", operator="StringLike"), "narrower"),
        (sub("repo:*", operator="StringLike"), sub("repo:?", operator="StringLike"), "wider"),
        (sub("a", repository_id="1"), sub("a"), "narrower"),
        (sub("a"), sub("a", repository_id="1"), "wider"),
        (sub("*"), sub("a", operator="StringLike"), "other"),
        (sub("a"), trust({"StringEquals": {f"{ISSUER}:aud": "a"}}), "other"),
        (trust({}), sub("a"), "wider"),
        (sub("a", operator="ForAllValues:StringEquals"), sub("a"), "other"),
        (sub("a"), trust({}, Principal={"AWS": "*"}), "other"),
        (trust({}, Principal="*"), sub("a"), "wider"),
        (sub("a"), trust({}, Action="sts:*"), "narrower"),
        (DEPLOY, RELEASING, "narrower"),
        (TRUST, TRUST, "same"),
    ],
)
def test_what_one_document_is_beside_another(one: Document, other: Document, expected: Relation) -> None:
    assert relation(one, other) == expected


def test_two_statements_may_be_one_elsewhere() -> None:
    both = {"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["x", "y"]}
    alone = [
        {"Effect": "Allow", "Action": action, "Resource": resource}
        for action in ("s3:GETOBJECT", "s3:PutObject")
        for resource in ("x", "y")
    ]

    assert relation({"Statement": both}, {"Statement": alone}) == "same"
    assert relation({"Statement": both}, {"Statement": alone[:-1]}) == "wider"


def test_a_denial_that_the_other_lacks_makes_it_narrower() -> None:
    allowed = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    denied = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}

    assert relation({"Statement": [allowed, denied]}, {"Statement": allowed}) == "narrower"


def test_a_variable_is_not_text() -> None:
    plain = {"Version": "2008-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "${aws:username}"}}

    assert relation(plain, {**plain, "Version": "2012-10-17"}) == "other"


TEXT = st.text(alphabet="ab:*?", max_size=6)


@given(TEXT, TEXT, st.text(alphabet="ab:", max_size=6), st.booleans())
def test_what_is_contained_is_matched(pattern: str, text: str, value: str, parts: bool) -> None:
    matches = resource_matches if parts else lambda pieces, given: like(pieces, given)
    if contains(pattern, text, parts=parts) and matches(((text, True),), value):
        assert matches(((pattern, True),), value)


@given(TEXT, TEXT)
def test_a_literal_text_is_contained_exactly_where_it_is_matched(pattern: str, text: str) -> None:
    assert contains(pattern, text, literal=True) == like(((pattern, True),), text)


VALUES = st.lists(st.sampled_from(["a", "b", "ab", "a*", "?", "*"]), min_size=1, max_size=2)
OPERATORS = st.sampled_from(
    ["StringEquals", "StringLike", "StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringLike", "ArnLike"]
)
CONDITIONS = st.dictionaries(
    OPERATORS, st.dictionaries(st.sampled_from(["k", "K2"]), VALUES, min_size=1, max_size=2), max_size=2
)
STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Principal": st.sampled_from(["*", {"AWS": "*"}, {"Federated": ["p", "q"]}, {"Federated": "p"}]),
        "Action": st.sampled_from(["sts:A", ["sts:A", "sts:B"], "sts:*", "*"]),
        "Condition": CONDITIONS,
    }
)
DOCUMENTS = st.lists(STATEMENTS, min_size=1, max_size=3).map(
    lambda found: {"Version": "2012-10-17", "Statement": found}
)
REQUESTS = st.builds(
    Request,
    action=st.sampled_from(["sts:A", "sts:B"]),
    context=st.dictionaries(st.sampled_from(["k", "k2"]), st.sampled_from(["a", "b", "ab", "c"]), max_size=2),
    principal=st.sampled_from([Principal("Federated", "p"), Principal("AWS", "x"), None]),
)


@given(DOCUMENTS, DOCUMENTS, st.lists(REQUESTS, min_size=1, max_size=8))
def test_what_is_covered_lets_nobody_else_in(wide: Document, narrow: Document, requests: list[Request]) -> None:
    if covers(wide, narrow):
        for request in requests:
            if evaluate([narrow], request) is Decision.ALLOWED:
                assert evaluate([wide], request) is Decision.ALLOWED


@given(DOCUMENTS)
def test_every_document_covers_itself(document: Document) -> None:
    assert relation(document, document) == "same"
