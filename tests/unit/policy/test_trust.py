from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.policy import PolicyError
from ecsdeploy.policy.arns import GITHUB_ISSUER
from ecsdeploy.policy.evaluate import Decision, Principal, Request, evaluate
from ecsdeploy.policy.trust import GitHubSource, ecs_tasks_trust, github_trust, subjects
from tests.unit.policy.documents import CLAIMS, PLACE, TRUST, trusts

SNAPSHOTS = Path(__file__).parent / "snapshots"
INTENDED = {
    "repo:acme/hello:ref:refs/heads/main",
    "repo:acme@99/hello@1234:ref:refs/heads/main",
    "repo:acme/hello:environment:production",
    "repo:acme@99/hello@1234:environment:production",
}


def test_the_whole_document() -> None:
    assert json.loads((SNAPSHOTS / "trust.json").read_text()) == TRUST


@pytest.mark.parametrize("sub", sorted(INTENDED))
def test_both_forms_of_each_branch_and_environment_may_deploy(sub: str) -> None:
    assert trusts(TRUST, CLAIMS | {"sub": sub})


@pytest.mark.parametrize(
    "wrong",
    [
        {"sub": "repo:acme/hello:pull_request"},
        {"sub": "repo:acme/hello:ref:refs/heads/other"},
        {"sub": "repo:acme/hello:ref:refs/tags/main"},
        {"sub": "repo:acme/hello:environment:staging"},
        {"sub": "repo:Acme/hello:ref:refs/heads/main"},
        {"sub": "repo:acme/hello-evil:ref:refs/heads/main"},
        {"sub": "repo:acme@1/hello@1234:ref:refs/heads/main"},
        {"aud": "https://github.com/acme"},
        {"repository_id": "4321"},
        {"repository_owner_id": "100"},
    ],
)
def test_nobody_else_may(wrong: dict[str, str]) -> None:
    assert not trusts(TRUST, CLAIMS | wrong)


@pytest.mark.parametrize("claim", sorted(CLAIMS))
def test_a_token_without_one_of_the_claims_may_not(claim: str) -> None:
    assert not trusts(TRUST, {key: value for key, value in CLAIMS.items() if key != claim})


def test_another_issuer_may_not() -> None:
    assert not trusts(TRUST, CLAIMS, provider=PLACE.iam("oidc-provider/gitlab.com"))


@pytest.mark.parametrize("claim", sorted(CLAIMS))
def test_each_condition_is_needed(claim: str) -> None:
    """The proof that the tests above see what they claim to: without the condition somebody else gets in."""
    weaker: Any = copy.deepcopy(TRUST)
    del weaker["Statement"][0]["Condition"]["StringEquals"][f"{GITHUB_ISSUER}:{claim}"]

    assert trusts(weaker, CLAIMS | {claim: "anything"})


@given(
    st.fixed_dictionaries(
        {
            "aud": st.sampled_from([CLAIMS["aud"], "sts.amazonaws.com.cn"]),
            "sub": st.sampled_from(sorted(INTENDED)) | st.from_regex(r"repo:acme[@/a-z0-9]{0,9}:[a-z/:*]{0,12}"),
            "repository_id": st.sampled_from(["1234", "1235", "*"]),
            "repository_owner_id": st.sampled_from(["99", "9", "?"]),
        }
    )
)
def test_exactly_the_intended_claims_are_trusted(claims: dict[str, str]) -> None:
    intended = claims["sub"] in INTENDED and all(
        claims[key] == CLAIMS[key] for key in ("aud", "repository_id", "repository_owner_id")
    )
    assert trusts(TRUST, claims) == intended


def test_a_colon_in_a_name_is_encoded_as_github_does() -> None:
    source = GitHubSource("acme/hello", "1234", "99", environments=("eu:prod",))

    assert subjects(source)[0] == "repo:acme/hello:environment:eu%3Aprod"


def test_more_branches_than_iam_takes_are_refused_with_the_numbers() -> None:
    source = GitHubSource("acme/hello", "1", "2", branches=tuple(f"release-{number}" for number in range(40)))

    with pytest.raises(PolicyError, match=r"the trust policy would be \d,\d{3} characters long and IAM takes 2,048"):
        github_trust(PLACE, source)


@pytest.mark.parametrize(
    ("account", "source", "allowed"),
    [
        ("123456789012", "arn:aws:ecs:us-east-1:123456789012:task/shop/1", True),
        ("999999999999", "arn:aws:ecs:us-east-1:999999999999:task/shop/1", False),
        ("123456789012", "arn:aws:ecs:eu-west-1:123456789012:task/shop/1", False),
        ("123456789012", "arn:aws:sns:us-east-1:123456789012:topic", False),
    ],
)
def test_only_ecs_of_this_account_and_region_gets_the_task_roles(account: str, source: str, allowed: bool) -> None:
    request = Request(
        "sts:AssumeRole",
        "*",
        {"aws:SourceAccount": account, "aws:SourceArn": source},
        Principal("Service", "ecs-tasks.amazonaws.com"),
    )

    assert (evaluate([ecs_tasks_trust(PLACE)], request) is Decision.ALLOWED) == allowed
