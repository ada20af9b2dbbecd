from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.policy.arns import GITHUB_ISSUER
from ecsdeploy.policy.explain_denial import Denial, why_not
from ecsdeploy.policy.trust import GitHubSource, github_trust
from tests.unit.policy.documents import CLAIMS, PLACE, SOURCE, TRUST, trusts

PROVIDER = PLACE.github_provider()
BRANCH = github_trust(PLACE, replace(SOURCE, environments=()))
ENVIRONMENT = github_trust(PLACE, replace(SOURCE, branches=()))
OLD_FORM = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{GITHUB_ISSUER}:aud": "sts.amazonaws.com",
                f"{GITHUB_ISSUER}:sub": "repo:acme/hello:ref:refs/heads/main",
            }
        },
    },
}
NEW_SUB = "repo:acme@99/hello@1234:ref:refs/heads/main"


def denied(trust: object, provider: str = PROVIDER, **claims: str) -> Denial:
    found = why_not(trust, CLAIMS | claims, provider)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_who_is_let_in_needs_no_explanation() -> None:
    assert why_not(TRUST, CLAIMS, PROVIDER) is None
    assert why_not(TRUST, CLAIMS | {"sub": NEW_SUB}, PROVIDER) is None


def test_the_failing_claim_its_values_and_the_statement_are_named() -> None:
    found = denied(BRANCH, sub="repo:acme/hello:ref:refs/heads/dev")
    (failing,) = found.failing
    assert (found.statement, failing.claim, failing.operator) == ("GitHubActions", "sub", "StringEquals")
    assert "repo:acme/hello:ref:refs/heads/main" in failing.expected
    assert failing.found == ("repo:acme/hello:ref:refs/heads/dev",)
    assert "runs on ref:refs/heads/dev" in failing.fix or "runs on refs/heads/dev" in failing.fix


@pytest.mark.parametrize(
    ("trust", "sub", "said"),
    [
        (BRANCH, "repo:acme/hello:environment:production", "The job has `environment: production`"),
        (ENVIRONMENT, "repo:acme/hello:ref:refs/heads/main", "Add `environment:` to the job"),
        (ENVIRONMENT, "repo:acme/hello:environment:staging", "The job has `environment: staging`"),
        (BRANCH, "repo:acme/hello:pull_request", "pull request"),
        (BRANCH, "repo:Acme/hello:ref:refs/heads/main", "case"),
        (BRANCH, "repo:mallory/hello:ref:refs/heads/main", "a fork is not meant to get in"),
        (BRANCH, "repo:acme@7/hello@1234:ref:refs/heads/main", "made anew under the old name"),
        (OLD_FORM, NEW_SUB, "the form since 2026-07-15"),
        (BRANCH, "repository_owner:acme:environment:production", "template"),
    ],
)
def test_a_sub_that_is_not_let_in_is_told_by_its_looks(trust: object, sub: str, said: str) -> None:
    (failing,) = denied(trust, sub=sub).failing
    assert said in failing.fix


@pytest.mark.parametrize(
    ("claim", "value", "said"),
    [
        ("aud", "https://github.com/acme", "another audience"),
        ("repository_id", "5", "another repository"),
        ("repository_owner_id", "5", "another owner"),
    ],
)
def test_each_claim_has_its_own_fix(claim: str, value: str, said: str) -> None:
    (failing,) = denied(TRUST, **{claim: value}).failing
    assert failing.claim == claim
    assert said in failing.fix


def test_a_claim_that_is_missing() -> None:
    found = why_not(TRUST, {name: value for name, value in CLAIMS.items() if name != "repository_id"}, PROVIDER)
    assert found is not None
    assert [each.claim for each in found.failing] == ["repository_id"]
    assert found.failing[0].found == ()
    assert "no claim repository_id" in found.failing[0].fix


def test_a_wildcard_that_is_taken_literally() -> None:
    statement = {**OLD_FORM["Statement"], "Condition": {"StringEquals": {f"{GITHUB_ISSUER}:sub": "repo:acme/hello:*"}}}  # type: ignore[dict-item]
    (failing,) = denied({"Statement": statement}).failing
    assert "takes * literally" in failing.fix
    assert "StringLike" not in failing.fix  # which would let in all that the pattern matches


def test_the_statement_that_comes_nearest_is_told() -> None:
    other = github_trust(PLACE, GitHubSource("acme/other", "5", "99", branches=("main",)))
    both = {"Version": "2012-10-17", "Statement": [*other["Statement"], *BRANCH["Statement"]]}
    found = denied(both, sub="repo:acme/hello:ref:refs/heads/dev")
    assert [each.claim for each in found.failing] == ["sub"]


def test_another_issuer() -> None:
    server = PLACE.iam("oidc-provider/github.example.com/_services/token")
    found = denied(TRUST, server)
    assert not found.failing
    assert server in found.reason
    assert PROVIDER in found.reason


def test_a_deny_is_told_as_such() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "*", "Condition": {}}
    assert "denies it" in denied({"Version": "2012-10-17", "Statement": [*TRUST["Statement"], deny]}).reason


def test_a_trust_policy_for_nobody() -> None:
    assert "No statement" in denied({"Version": "2012-10-17", "Statement": []}).reason


values = st.sampled_from(
    [*CLAIMS.values(), NEW_SUB, "repo:acme/hello:environment:production", "repo:acme/hello:pull_request", "", "*"]
)


@given(st.dictionaries(st.sampled_from([*CLAIMS, "environment"]), values))
def test_there_is_an_explanation_exactly_where_nobody_is_let_in(claims: dict[str, str]) -> None:
    for trust in (TRUST, BRANCH, ENVIRONMENT):
        found = why_not(trust, claims, PROVIDER)
        assert (found is None) == trusts(trust, claims)
        assert found is None or found.failing
