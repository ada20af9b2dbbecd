"""Proof, for all claims at once: an SMT solver finds no token that is let in and not meant.

The sampling of `test_trust_outsiders` tries some tokens; here every claim is a free text. `IfExists` is taken for a
condition that always holds, so what is proven of a server or an enterprise holds whatever IAM knows of its tokens.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import z3
from hypothesis import HealthCheck, assume, given, settings

from ecsdeploy.policy import Document, PolicyError
from ecsdeploy.policy.trust import GitHubSource, github_trust
from tests.unit.policy.documents import PLACE, SOURCE
from tests.unit.policy.github_issuer import GITHUB, PINNED, SERVER, WORKFLOW, Job, claims, sources
from tests.unit.policy.smt import Question

ACTION = "sts:AssumeRoleWithWebIdentity"
REPRESENTATIVE = {
    "branch and environment": SOURCE,
    "patterns of tags": GitHubSource("acme/hello", "1234", "99", branches=("main",), tags=("v*", "v1")),
    "every tag": GitHubSource("acme/hello", "1234", "99", tags=("*",)),
    "an environment with a colon": GitHubSource("acme/hello", "1234", "99", environments=("eu:prod", "production")),
    "reusable workflows": GitHubSource("acme/hello", "1234", "99", branches=("main",), workflows=(WORKFLOW, PINNED)),
    "a customised sub": GitHubSource(
        "acme/hello",
        "1234",
        "99",
        branches=("main",),
        workflows=(WORKFLOW,),
        claim_keys=("repo", "context", "job_workflow_ref"),
    ),
    "a server": GitHubSource("acme/hello", "1234", "99", branches=("main",), environments=("prod",), issuer=SERVER),
    "an enterprise": GitHubSource("acme/hello", "1234", "99", tags=("v*",), issuer=f"{GITHUB}/acme-corp"),
}


def meant_subs(source: GitHubSource) -> Iterator[tuple[str, str]]:
    """Yield the subs of the jobs that are meant, each with the environment's name if that counts as well."""
    refs = [f"refs/heads/{name}" for name in source.branches] + [f"refs/tags/{name}" for name in source.tags]
    by_ref = {"ref", "ref_type"} & set(source.claim_keys)
    exact = [ref for ref in refs if "*" not in ref]
    jobs = [Job(ref=ref) for ref in refs]
    jobs += [Job(ref=ref, environment=name) for name in source.environments for ref in (exact if by_ref else [""])]
    for job in jobs:
        for workflow in source.workflows or (WORKFLOW,):
            for immutable in {False, source.issuer != SERVER}:
                named = Job(ref=job.ref, environment=job.environment, workflow=workflow, immutable=immutable)
                yield claims(named, source.claim_keys)["sub"], job.environment if ":" in job.environment else ""


def meant(question: Question, source: GitHubSource) -> list[Any]:
    """Return all that is true of those who are meant, written from the source alone."""
    either = []
    for sub, environment in meant_subs(source):
        is_it = question.claim("sub") == z3.StringVal(sub)
        if "*" in sub:
            texts = [z3.Re(z3.StringVal(text)) for text in sub.split("*")]
            anything = z3.Star(z3.AllChar(z3.ReSort(z3.StringSort())))
            is_it = z3.InRe(question.claim("sub"), z3.Concat(texts[0], anything, texts[1]))
        if environment:
            is_it = z3.And(is_it, question.claim("environment") == z3.StringVal(environment))
        either.append(is_it)
    must = [z3.Or(*either), question.claim("aud") == z3.StringVal("sts.amazonaws.com")]
    must.append(question.action == z3.StringVal(ACTION.lower()))
    if source.issuer == GITHUB:
        must += [question.claim("repository_id") == "1234", question.claim("repository_owner_id") == "99"]
        if source.workflows:
            must.append(z3.Or(*(question.claim("job_workflow_ref") == each for each in source.workflows)))
    return must


def require_proof(source: GitHubSource, document: Document) -> None:
    question = Question(document, source.issuer)
    for each in meant(question, source):
        assert question.found(z3.Not(each)) == {}


@pytest.mark.parametrize("case", REPRESENTATIVE)
def test_nobody_who_is_not_meant_is_let_in_whatever_the_claims(case: str) -> None:
    source = REPRESENTATIVE[case]

    require_proof(source, github_trust(PLACE, source))


@pytest.mark.parametrize("case", REPRESENTATIVE)
def test_everybody_who_is_meant_can_be_let_in(case: str) -> None:
    source = REPRESENTATIVE[case]
    question = Question(github_trust(PLACE, source), source.issuer)

    for sub, _ in meant_subs(source):
        assert question.found(*meant(question, source), question.claim("sub") == sub.replace("*", "1")), sub


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(sources())
def test_it_is_so_for_any_source(source: GitHubSource) -> None:
    try:
        document = github_trust(PLACE, source)
    except PolicyError as error:
        assume("characters long" not in str(error))
        raise
    require_proof(source, document)


def test_nobody_comes_in_by_another_provider() -> None:
    other = PLACE.provider("gitlab.com")

    assert Question(github_trust(PLACE, SOURCE), GITHUB, other).found() == {}


BAD = {
    "no sub": {"StringEquals": {"aud": "sts.amazonaws.com", "repository_id": "1234", "repository_owner_id": "99"}},
    "an organisation": {"StringLike": {"sub": "repo:acme*"}, "StringEquals": {"aud": "sts.amazonaws.com"}},
    "a repository's beginning": {"StringLike": {"sub": "repo:acme/hello*"}},
    "the whole repository": {"StringLike": {"sub": "repo:acme/hello:*"}},
    "names that can be registered again": {"StringLike": {"sub": "repo:acme@*/hello@1234:ref:refs/heads/main"}},
    "no ids": {"StringEquals": {"aud": "sts.amazonaws.com", "sub": "repo:acme/hello:ref:refs/heads/main"}},
}


@pytest.mark.parametrize("case", BAD)
def test_the_proof_sees_what_is_wrong(case: str) -> None:
    good: Any = github_trust(PLACE, SOURCE)
    condition = {
        operator: {f"{GITHUB}:{claim}": value for claim, value in keys.items()} for operator, keys in BAD[case].items()
    }
    bad = {**good, "Statement": [{**good["Statement"][0], "Condition": condition}]}

    with pytest.raises(AssertionError, match="found"):
        require_proof(SOURCE, bad)
