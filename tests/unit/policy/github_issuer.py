"""GitHub's issuer, written down once more: what a job's token says, and whether a source means that job.

It shares nothing with the code that makes policies, so that a mistake there is not made here as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from hypothesis import strategies as st

from ecsdeploy.policy.trust import GitHubSource

GITHUB = "token.actions.githubusercontent.com"
SERVER = "github.example.com/_services/token"
ISSUERS = (GITHUB, f"{GITHUB}/acme-corp", SERVER, "token.actions.acme.ghe.com")
WORKFLOW = "acme/workflows/.github/workflows/deploy.yml@refs/heads/main"
PINNED = f"acme/workflows/.github/workflows/deploy.yml@{'a1' * 20}"
EVERY = ("aud", "sub")
DOCUMENTED = {
    GITHUB: (
        *EVERY,
        *("actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository"),
        *("repository_id", "repository_owner_id", "workflow"),
    )
}
TEMPLATES: tuple[tuple[str, ...], ...] = (
    (),
    ("repo", "context"),
    ("repo", "context", "job_workflow_ref"),
    ("job_workflow_ref", "repo", "context"),
    ("repository_owner_id", "repository_id", "repo", "context"),
    ("repository_owner", "repo", "context", "environment"),
    ("repo", "context", "ref", "ref_type"),
)


@dataclass(frozen=True)
class Job:
    """A job that asks for a token."""

    repository: str = "acme/hello"
    repository_id: str = "1234"
    owner_id: str = "99"
    ref: str = "refs/heads/main"
    environment: str = ""
    event: Literal["push", "pull_request"] = "push"
    workflow: str = WORKFLOW
    audience: str = "sts.amazonaws.com"
    immutable: bool = False


def claims(job: Job, template: tuple[str, ...]) -> dict[str, str]:
    """Return the token's claims."""
    found = {
        "aud": job.audience,
        "actor": "octocat",
        "job_workflow_ref": job.workflow,
        "ref": job.ref,
        "ref_type": "tag" if job.ref.startswith("refs/tags/") else "branch",
        "repository": job.repository,
        "repository_id": job.repository_id,
        "repository_owner": job.repository.split("/")[0],
        "repository_owner_id": job.owner_id,
        "workflow": "deploy",
    }
    if job.environment:
        found["environment"] = job.environment
    return found | {"sub": sub(job, template, found)}


def sub(job: Job, template: tuple[str, ...], of: dict[str, str]) -> str:
    owner, name = job.repository.split("/")
    repo = f"{owner}@{job.owner_id}/{name}@{job.repository_id}" if job.immutable else job.repository
    if job.environment:
        context = "environment:" + job.environment.replace(":", "%3A")
    else:
        context = "pull_request" if job.event == "pull_request" else f"ref:{job.ref}"
    parts = []
    for key in template or ("repo", "context"):
        if key == "repo":
            parts.append(f"repo:{repo}")
        elif key == "context":
            parts.append(context)
        else:
            parts.append(f"{key}:" + of.get(key, "").replace(":", "%3A"))
    return ":".join(parts)


def seen_by_iam(issuer: str, of: dict[str, str], *, all_of_them: bool = False) -> dict[str, str]:
    """Return the claims that IAM has as condition keys: those that it documents, or all of them."""
    known = DOCUMENTED[GITHUB] if all_of_them else DOCUMENTED.get(issuer, EVERY)
    return {f"{issuer}:{claim}": value for claim, value in of.items() if claim in known}


def is_meant(source: GitHubSource, job: Job, *, ids: bool) -> bool:
    """Return whether `source` lets this job in; `ids`: whether IAM can see the ids, or `sub` has them."""
    if job.repository != source.repository or job.audience != "sts.amazonaws.com":
        return False
    ids = ids or job.immutable or "repository_id" in source.claim_keys
    if ids and (job.repository_id, job.owner_id) != (source.repository_id, source.owner_id):
        return False
    if source.workflows and job.workflow not in source.workflows:
        return False
    template = source.claim_keys or ("repo", "context")
    on_a_ref = any(_is_on(job.ref, tag, "tags") for tag in source.tags if "*" not in tag) or any(
        job.ref == f"refs/heads/{branch}" for branch in source.branches
    )
    if job.environment:
        needs_ref = "ref" in template
        return job.environment in source.environments and (not needs_ref or on_a_ref)
    if job.event == "pull_request":
        return False
    return on_a_ref or any(_is_on(job.ref, tag, "tags") for tag in source.tags)


def _is_on(ref: str, pattern: str, kind: str) -> bool:
    wanted = ".*".join(map(re.escape, f"refs/{kind}/{pattern}".split("*")))
    return re.fullmatch(wanted, ref, re.DOTALL) is not None


BRANCHES = ("main", "release/1", "main2", "feature/main", "MAIN", "*", "ma?n", "a:b")
ENVIRONMENTS = ("production", "Production", "eu:prod", "eu%3Aprod", "production2", "main", "prod*")
TAGS = ("v1", "v1.2", "v1/2", "main", "w1", "v", "xv1")


def sources() -> st.SearchStrategy[GitHubSource]:
    """Draw sources that a config can name and that are accepted."""
    named = st.builds(
        GitHubSource,
        st.just("acme/hello"),
        st.just("1234"),
        st.just("99"),
        branches=st.lists(st.sampled_from(("main", "release/1")), unique=True, max_size=2).map(tuple),
        environments=st.lists(st.sampled_from(("production", "eu:prod")), unique=True, max_size=2).map(tuple),
        tags=st.lists(st.sampled_from(("v1", "v*", "v1.*", "*")), unique=True, max_size=2).map(tuple),
        workflows=st.lists(st.sampled_from((WORKFLOW, PINNED)), unique=True, max_size=2).map(tuple),
        issuer=st.sampled_from(ISSUERS),
        claim_keys=st.sampled_from(TEMPLATES),
    )
    return named.map(_mended).filter(lambda each: bool(each.branches or each.environments or each.tags))


def _mended(source: GitHubSource) -> GitHubSource:
    """Leave out what would be refused: it has tests of its own."""
    keys = source.claim_keys
    exact_tags = tuple(tag for tag in source.tags if "*" not in tag)
    if keys and keys[-1] != "context":
        source = replace(source, tags=exact_tags)
    if "environment" in keys:
        source = replace(source, branches=(), tags=())
    if "ref" in keys and not (source.branches or exact_tags):
        source = replace(source, environments=())
    if source.issuer != GITHUB:
        source = replace(source, environments=tuple(each for each in source.environments if ":" not in each))
        if "job_workflow_ref" not in keys:
            source = replace(source, workflows=())
    if "job_workflow_ref" in keys and not source.workflows:
        source = replace(source, workflows=(WORKFLOW,))
    return source


def jobs() -> st.SearchStrategy[Job]:
    """Draw jobs: most differ from one that is meant in one thing or two."""
    refs = [f"refs/heads/{name}" for name in BRANCHES] + [f"refs/tags/{name}" for name in TAGS] + ["refs/pull/1/merge"]
    return st.builds(
        Job,
        repository=_mostly("acme/hello", ("acme/hello2", "acme/hell", "acme-evil/hello", "Acme/hello", "evil/hello")),
        repository_id=_mostly("1234", ("1235", "12345", "*", "")),
        owner_id=_mostly("99", ("9", "999", "?")),
        ref=_mostly("refs/heads/main", refs),
        environment=_mostly("", ENVIRONMENTS),
        event=_mostly("push", ("pull_request",)),
        workflow=_mostly(
            WORKFLOW, (PINNED, f"{WORKFLOW}2", "evil/workflows/.github/workflows/deploy.yml@refs/heads/main")
        ),
        audience=_mostly("sts.amazonaws.com", ("https://github.com/acme", "sts.amazonaws.com.cn")),
        immutable=st.booleans(),
    )


def _mostly(usual: object, others: tuple[str, ...] | list[str]) -> st.SearchStrategy[object]:
    return st.one_of(st.just(usual), st.just(usual), st.sampled_from(others))
