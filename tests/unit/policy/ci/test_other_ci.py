"""GitLab, Bitbucket, CircleCI, Buildkite: those who are meant are let in, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from ecsdeploy.policy import Document, PolicyError
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.evaluate import Decision, Principal, Request, evaluate
from ecsdeploy.policy.grammar import check_trust_policy
from ecsdeploy.policy.issuers import issuer_named
from ecsdeploy.policy.origin import trust_of_ours
from ecsdeploy.policy.size import compact
from ecsdeploy.policy.source import OtherSource, trust_for
from ecsdeploy.policy.trust import SourceError
from tests.unit.policy.ci.issuers import (
    BITBUCKET,
    BRANCH_THAT_ENDS_AS_ANOTHER,
    BUILDKITE,
    CIRCLECI,
    CIS,
    GITLAB,
    ORG,
    PROJECT,
    SELF_MANAGED,
    USER,
    Ci,
    Claims,
    circleci,
    gitlab,
)
from tests.unit.policy.documents import PLACE
from tests.unit.policy.smt import Question


def lets_in(source: OtherSource, claims: Claims, keys: tuple[str, ...], document: Document | None = None) -> bool:
    context = {f"{source.issuer}:{claim}": value for claim, value in claims.items() if claim in keys}
    principal = Principal("Federated", PLACE.provider(source.issuer))
    request = Request("sts:AssumeRoleWithWebIdentity", "*", context, principal)
    return evaluate([document or trust_for(PLACE, source)], request) is Decision.ALLOWED


@pytest.mark.parametrize("ci", CIS.values(), ids=CIS)
def test_a_job_is_let_in_if_and_only_if_it_is_meant(ci: Ci) -> None:
    document = trust_for(PLACE, ci.source)

    @settings(max_examples=300)
    @given(ci.jobs)
    def check(job: dict[str, str]) -> None:
        assert lets_in(ci.source, ci.claims(job), ci.keys, document) == ci.means(job)

    check()


@pytest.mark.parametrize("ci", CIS.values(), ids=CIS)
def test_every_claim_that_is_compared_is_needed(ci: Ci) -> None:
    """Without a claim nobody is let in, and what is not compared may be missing."""
    document: Any = trust_for(PLACE, ci.source)

    @settings(max_examples=60)
    @given(ci.jobs.filter(ci.means), st.sampled_from(ci.keys))
    def check(job: dict[str, str], missing: str) -> None:
        rest = tuple(key for key in ci.keys if key != missing)
        compared = any(
            f":{missing}" in key
            for each in document["Statement"]
            for keys in each["Condition"].values()
            for key in keys
        )
        assert lets_in(ci.source, ci.claims(job), rest, document) == (not compared)

    check()


@pytest.mark.parametrize("ci", CIS.values(), ids=CIS)
def test_iam_takes_the_policy_and_knows_every_claim_in_it(ci: Ci) -> None:
    document: Any = trust_for(PLACE, ci.source)

    check_trust_policy(compact(document))
    assert trust_of_ours(document, PLACE)
    issuer = issuer_named(ci.source.issuer)
    for statement in document["Statement"]:
        assert statement["Principal"] == {"Federated": PLACE.provider(ci.source.issuer)}
        for keys in statement["Condition"].values():
            assert all(issuer.knows(key.removeprefix(f"{issuer.name}:")) for key in keys)


@pytest.mark.parametrize(
    ("source", "operator", "key", "value"),
    [
        (GITLAB, "StringEquals", "project_id", None),
        (GITLAB, "StringLike", "sub", "project_path:acme/*:ref_type:branch:ref:main"),
        (BITBUCKET, "StringLike", "sub", f"{{{PROJECT}}}:*"),
        (CIRCLECI, "StringEquals", "oidc.circleci.com/project-id", None),
        (CIRCLECI, "StringLike", "sub", f"org/{ORG}/project/{PROJECT}/user/*/vcs-ref/refs/heads/main"),
        (BUILDKITE, "StringEquals", "build_branch", None),
        (BUILDKITE, "StringLike", "sub", "organization:acme:*:commit:*:step:*"),
    ],
)
def test_what_hands_have_opened_is_not_taken_for_ours(
    source: OtherSource, operator: str, key: str, value: str | None
) -> None:
    document: Any = trust_for(PLACE, source)
    keys = document["Statement"][-1]["Condition"].setdefault(operator, {})
    del keys[f"{source.issuer}:{key}"]
    if value is not None:
        keys[f"{source.issuer}:{key}"] = value

    assert not trust_of_ours(document, PLACE)


@pytest.mark.parametrize(
    ("source", "claim", "value"),
    [
        (GITLAB, "project_id", "20"),
        (GITLAB, "namespace_id", "7"),
        (GITLAB, "ref_protected", "true"),
        (GITLAB, "aud", "sts.amazonaws.com"),
        (BITBUCKET, "aud", f"ari:cloud:bitbucket::workspace/{ORG}"),
        (CIRCLECI, "aud", ORG),
        (CIRCLECI, "oidc.circleci.com/project-id", PROJECT),
        (BUILDKITE, "organization_id", ORG),
        (BUILDKITE, "pipeline_id", PROJECT),
    ],
)
def test_a_solver_finds_nobody_with_another_id_or_audience(source: OtherSource, claim: str, value: str) -> None:
    question = Question(trust_for(PLACE, source), source.issuer)

    assert question.found(question.claim(claim) == z3.StringVal(value))
    assert not question.found(question.claim(claim) != z3.StringVal(value))


def test_a_solver_finds_no_sub_that_begins_otherwise() -> None:
    for source, begins in (
        (BITBUCKET, f"{{{PROJECT}}}:{{"),
        (CIRCLECI, f"org/{ORG}/project/{PROJECT}/user/"),
        (BUILDKITE, "organization:acme:pipeline:hello:ref:refs/heads/"),
        (GITLAB, "project_path:acme/web/hello:ref_type:"),
    ):
        question = Question(trust_for(PLACE, source), source.issuer)
        anything = z3.Star(z3.AllChar(z3.ReSort(z3.StringSort())))
        meant = z3.Concat(z3.Re(z3.StringVal(begins)), anything)
        assert not question.found(z3.InRe(question.claim("sub"), z3.Complement(meant)))


def test_the_end_of_a_branchs_name_is_no_branch() -> None:
    """`*` for the user would let this in: a branch may be called as the rest of a sub."""
    job = {"aud": ORG, "project": PROJECT, "user": USER, "origin": "github.com/acme/hello", "version": "2"}
    twin = circleci({**job, "ref": BRANCH_THAT_ENDS_AS_ANOTHER})
    open_one: Any = trust_for(PLACE, CIRCLECI)
    like = open_one["Statement"][0]["Condition"]["StringLike"]
    like[f"{CIRCLECI.issuer}:sub"] = [
        f"org/{ORG}/project/{PROJECT}/user/*/vcs-origin/github.com/acme/hello/vcs-ref/refs/heads/main"
    ]

    assert lets_in(CIRCLECI, twin, CIS["circleci"].keys, open_one)
    assert not lets_in(CIRCLECI, twin, CIS["circleci"].keys)


@pytest.mark.parametrize("ids_are_known", [True, False])
def test_a_gitlab_of_ones_own_compares_ids_if_aws_knows_them(ids_are_known: bool) -> None:
    job = {"aud": "sts.amazonaws.com", "project": "acme/hello", "project_id": "20", "namespace_id": "7"}
    job |= {"kind": "branch", "ref": "main", "protected": "true"}
    keys = CIS["gitlab"].keys if ids_are_known else ("aud", "sub")

    assert lets_in(SELF_MANAGED, gitlab(job), keys)
    assert lets_in(SELF_MANAGED, gitlab(job | {"project_id": "21"}), keys) == (not ids_are_known)
    assert not lets_in(SELF_MANAGED, gitlab(job | {"ref": "other"}), keys)


def test_china_has_its_own_audience_where_the_job_asks_for_it() -> None:
    china = Place("aws-cn", "cn-north-1", "123456789012")

    assert GITLAB.audience(china) == BUILDKITE.audience(china) == "sts.amazonaws.com.cn"
    assert CIRCLECI.audience(china) == ORG


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (replace(GITLAB, branches=("release/*",)), "The branch 'release/*' in [gitlab] is a pattern"),
        (replace(GITLAB, branches=(), tags=()), "No branch and no tag is named in [gitlab]"),
        (replace(GITLAB, project="acme/*"), "project = 'acme/*' in [gitlab] is not a name"),
        (replace(GITLAB, project="hello"), "project = 'hello' in [gitlab] is not a name"),
        (replace(GITLAB, project_id=""), "project_id = '' in [gitlab] is not an id"),
        (replace(GITLAB, branches=("生产",)), "a character beyond U+00FF"),
        (replace(BITBUCKET, environments=()), "No environment is named in [bitbucket]"),
        (replace(BITBUCKET, environments=("production",)), "environments = 'production' in [bitbucket] is not an id"),
        (replace(BITBUCKET, repository_id="*"), "repository_id = '*' in [bitbucket] is not an id"),
        (replace(BITBUCKET, workspace="a/b"), "workspace = 'a/b' in [bitbucket] is not a name"),
        (replace(CIRCLECI, branches=("*",)), "The branch '*' in [circleci] is a pattern"),
        (replace(CIRCLECI, origin="github.com/acme/*"), "origin = 'github.com/acme/*' in [circleci] is not a name"),
        (replace(CIRCLECI, organization_id="acme"), "organization_id = 'acme' in [circleci] is not an id"),
        (replace(BUILDKITE, pipeline="hello:*"), "pipeline = 'hello:*' in [buildkite] is not a name"),
        (replace(BUILDKITE, branches=()), "No branch is named in [buildkite]"),
        (replace(BUILDKITE, pipeline_id=""), "pipeline_id = '' in [buildkite] is not an id"),
    ],
)
def test_what_would_let_others_in_or_nobody_is_refused(source: OtherSource, what: str) -> None:
    with pytest.raises(SourceError) as caught:
        trust_for(PLACE, source)

    assert what in caught.value.what
    assert caught.value.why
    assert caught.value.fix


def test_more_branches_than_iam_takes_are_refused() -> None:
    with pytest.raises(PolicyError, match="the trust policy would be"):
        trust_for(PLACE, replace(BUILDKITE, branches=tuple(f"release-{number}" for number in range(40))))
