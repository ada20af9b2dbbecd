"""An answer key that nobody here wrote: which tokens a trust policy lets in, by subvectors (its corpus is CC0).

Many of its answers were observed: in AWS's policy simulator and in real tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from subvectors.corpus import load_suite, suite_names

from ecsdeploy.policy.evaluate import Decision, Principal, Request, evaluate

OPERATORS = {"aws-stringequals": "StringEquals", "aws-stringlike": "StringLike"}
PROVIDER = Principal("Federated", "arn:aws:iam::123456789012:oidc-provider/issuer.example")
SUITES = [name for name in suite_names() if name.endswith("-aws")]


def conditions(of: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield operator, claim and values of each part of a vector's condition."""
    if of["consumer"] == "aws-all":
        for each in of["of"]:
            yield from conditions(each)
        return
    qualifier = f"{of['qualifier']}:" if "qualifier" in of else ""
    yield qualifier + OPERATORS[of["consumer"]], of["claim"], of["pattern"]


def trust(vector: Mapping[str, Any]) -> dict[str, Any]:
    condition: dict[str, dict[str, Any]] = {}
    for operator, claim, values in conditions(vector["condition"]):
        keys = condition.setdefault(operator, {})
        assert claim not in keys, "the vector compares a claim twice"
        keys[f"issuer.example:{claim}"] = values
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER.name},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def is_let_in(vector: Mapping[str, Any]) -> bool:
    claims = vector.get("claims") or {"sub": vector["subject"]}
    context = {f"issuer.example:{claim}": str(value) for claim, value in claims.items()}
    request = Request("sts:AssumeRoleWithWebIdentity", "*", context, PROVIDER)
    return evaluate([trust(vector)], request) is Decision.ALLOWED


def test_the_answer_key_is_the_one_that_was_meant() -> None:
    assert {name: len(load_suite(name)["vectors"]) for name in SUITES}["github-aws"] >= 56


@pytest.mark.parametrize("suite", SUITES)
def test_every_answer_is_ours(suite: str) -> None:
    disagreed = {
        vector["id"]: vector["expect"]
        for vector in load_suite(suite)["vectors"]
        if is_let_in(vector) != (vector["expect"] == "match")
    }

    assert disagreed == {}
