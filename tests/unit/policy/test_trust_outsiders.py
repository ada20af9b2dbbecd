"""For every source that a config can name: those that it means are let in, in both forms of `sub`, and nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ecsdeploy.policy import Document, PolicyError
from ecsdeploy.policy.audit.subjects import Bounds, judge_subject
from ecsdeploy.policy.audit.trust import audit_trust
from ecsdeploy.policy.evaluate import Decision, Principal, Request, evaluate
from ecsdeploy.policy.grammar import check_trust_policy
from ecsdeploy.policy.origin import trust_of_ours
from ecsdeploy.policy.size import compact
from ecsdeploy.policy.trust import GitHubSource, github_trust, subjects
from tests.unit.policy.documents import PLACE
from tests.unit.policy.github_issuer import GITHUB, SERVER, Job, claims, is_meant, jobs, seen_by_iam, sources


def trust(source: GitHubSource) -> Document:
    """Return the policy of a source that is not too long for IAM."""
    try:
        return github_trust(PLACE, source)
    except PolicyError as error:
        assume("characters long" not in str(error))
        raise


def lets_in(document: Document, issuer: str, context: dict[str, str]) -> bool:
    principal = Principal("Federated", PLACE.provider(issuer))
    return evaluate([document], Request("sts:AssumeRoleWithWebIdentity", "*", context, principal)) is Decision.ALLOWED


@settings(max_examples=600)
@given(sources(), jobs())
def test_a_job_is_let_in_if_and_only_if_it_is_meant(source: GitHubSource, job: Job) -> None:
    document = trust(source)
    # GitHub Enterprise Server mints no sub with ids.
    job = replace(job, immutable=job.immutable and source.issuer != SERVER)
    token = claims(job, source.claim_keys)

    for all_of_them in (False, True):
        context = seen_by_iam(source.issuer, token, all_of_them=all_of_them)
        meant = is_meant(source, job, ids=f"{source.issuer}:repository_id" in context)
        assert lets_in(document, source.issuer, context) == meant


@settings(max_examples=200)
@given(sources(), st.data())
def test_texts_that_are_nearly_a_sub_are_nobodys(source: GitHubSource, data: st.DataObject) -> None:
    document, exact = trust(source), subjects(source)
    token = claims(Job(), source.claim_keys) | {"environment": "production"}
    for sub in exact:
        where = data.draw(st.integers(0, len(sub)))
        extra = data.draw(st.sampled_from(["x", "*", "?", ":", "/", "@1", "%3A", " ", "\n", "\0", "é"]))
        twins = {
            sub[:where] + extra + sub[where:],
            sub[:where] + sub[where + 1 :],
            sub.upper(),
            "*",
            "",
            sub + ":" + sub,
        }
        for twin in twins - {sub}:
            if twin in exact or any("*" in tag and f"refs/tags/{tag.split('*')[0]}" in twin for tag in source.tags):
                continue
            context = seen_by_iam(source.issuer, token | {"sub": twin}, all_of_them=True)
            assert not lets_in(document, source.issuer, context), twin


@settings(max_examples=200)
@given(sources(), jobs(), st.data())
def test_a_token_of_another_issuer_or_without_a_claim_is_refused(
    source: GitHubSource, job: Job, data: st.DataObject
) -> None:
    document = trust(source)
    context = seen_by_iam(source.issuer, claims(job, source.claim_keys))
    other = data.draw(st.sampled_from([GITHUB, f"{GITHUB}/acme", SERVER, f"{SERVER}.evil.example", "gitlab.com"]))
    missing = data.draw(st.sampled_from([f"{source.issuer}:aud", f"{source.issuer}:sub"]))

    if other != source.issuer:
        assert not lets_in(document, other, context)
    assert not lets_in(document, source.issuer, {key: value for key, value in context.items() if key != missing})


@settings(max_examples=200)
@given(sources())
def test_iam_takes_each_policy_and_the_audit_has_nothing_against_it(source: GitHubSource) -> None:
    document = trust(source)

    check_trust_policy(compact(document))
    assert trust_of_ours(document, PLACE)
    assert [each for each in audit_trust(document, PLACE, repository="acme/hello") if each.severity == "problem"] == []


@pytest.mark.parametrize(
    ("sub", "is_open"),
    [
        ("repository_owner:acme:repo:acme/hello:ref:refs/tags/v*", False),
        ("repository_owner:acme:repo:acme/*:ref:refs/tags/v*", True),
        ("repository_owner:*:repo:acme/hello:ref:refs/tags/v*", True),
    ],
)
def test_a_pattern_of_tags_is_no_wildcard_in_the_repository(sub: str, is_open: bool) -> None:
    found = judge_subject(sub, pattern=True, bounds=Bounds(), repository="acme/hello")

    assert ("wildcard-owner" in [each.rule for each in found]) == is_open
