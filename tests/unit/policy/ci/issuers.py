"""The issuers of other CIs, written down once more: what a job's token says, and whether a source means that job.

Like `github_issuer`, it shares nothing with the code that makes policies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from ecsdeploy.policy.ci.bitbucket import BitbucketSource
from ecsdeploy.policy.ci.buildkite import BuildkiteSource
from ecsdeploy.policy.ci.circleci import CircleCiSource
from ecsdeploy.policy.ci.gitlab import GitLabSource
from ecsdeploy.policy.source import OtherSource

ORG, PROJECT, STEP, USER = (f"{digit * 8}-1111-2222-3333-444455556666" for digit in "abcd")
OTHER = "eeeeeeee-1111-2222-3333-444455556666"
PRODUCTION, STAGING = (f"{digit * 8}-9999-2222-3333-444455556666" for digit in "12")

GITLAB = GitLabSource("acme/web/hello", "20", "7", branches=("main", "release/1"), tags=("v*", "w1"))
BITBUCKET = BitbucketSource("acme", ORG, PROJECT, environments=(PRODUCTION,))
CIRCLECI = CircleCiSource(ORG, PROJECT, "github.com/acme/hello", branches=("main",))
BUILDKITE = BuildkiteSource("acme", ORG, "hello", PROJECT, branches=("main", "release/1"))
SELF_MANAGED = GitLabSource("acme/hello", "20", "7", branches=("main",), issuer="gitlab.example.com")

Job = Mapping[str, Any]
Claims = dict[str, str]


def usually(usual: str, *others: str) -> st.SearchStrategy[str]:
    return st.one_of(st.just(usual), st.just(usual), st.just(usual), st.sampled_from(others))


def gitlab(job: Job) -> Claims:
    return {
        "aud": job["aud"],
        "sub": f"project_path:{job['project']}:ref_type:{job['kind']}:ref:{job['ref']}",
        "project_id": job["project_id"],
        "namespace_id": job["namespace_id"],
        "ref_protected": job["protected"],
        "pipeline_source": "push",
    }


GITLAB_JOBS = st.fixed_dictionaries(
    {
        "aud": usually("sts.amazonaws.com", "https://gitlab.com"),
        "project": usually("acme/web/hello", "acme/web/hello2", "acme/web", "evil/web/hello", "Acme/web/hello"),
        "project_id": usually("20", "2", "200", "*"),
        "namespace_id": usually("7", "77", ""),
        "kind": usually("branch", "tag"),
        "ref": usually("main", "release/1", "main2", "v1", "v", "w1", "w12", "xv1", "refs/heads/main", "MAIN"),
        "protected": usually("true", "false"),
    }
)


def gitlab_means(job: Job) -> bool:
    usual = {"aud": "sts.amazonaws.com", "project": "acme/web/hello", "project_id": "20", "namespace_id": "7"}
    if any(job[key] != value for key, value in usual.items()) or job["protected"] != "true":
        return False
    if job["kind"] == "branch":
        return job["ref"] in ("main", "release/1")
    return job["ref"] == "w1" or str(job["ref"]).startswith("v")


def bitbucket(job: Job) -> Claims:
    parts = [job["repository"], *([job["environment"]] if job["environment"] else []), job["step"]]
    return {"aud": job["aud"], "sub": ":".join(f"{{{part}}}" for part in parts)}


BITBUCKET_JOBS = st.fixed_dictionaries(
    {
        "aud": usually(f"ari:cloud:bitbucket::workspace/{ORG}", f"ari:cloud:bitbucket::workspace/{OTHER}"),
        "repository": usually(PROJECT, OTHER, PROJECT.upper(), PROJECT + "0"),
        "environment": usually(PRODUCTION, STAGING, "", "production", PRODUCTION[:-1]),
        "step": usually(STEP, OTHER, PRODUCTION),
    }
)


def bitbucket_means(job: Job) -> bool:
    workspace = f"ari:cloud:bitbucket::workspace/{ORG}"
    return (job["aud"], job["repository"], job["environment"]) == (workspace, PROJECT, PRODUCTION)


def circleci(job: Job) -> Claims:
    tail = f"/vcs-origin/{job['origin']}/vcs-ref/{job['ref']}" if job["version"] == "2" else ""
    return {
        "aud": job["aud"],
        "sub": f"org/{ORG}/project/{job['project']}/user/{job['user']}{tail}",
        "oidc.circleci.com/project-id": job["project"],
    }


BRANCH_THAT_ENDS_AS_ANOTHER = "refs/heads/x/vcs-origin/github.com/acme/hello/vcs-ref/refs/heads/main"
CIRCLECI_JOBS = st.fixed_dictionaries(
    {
        "aud": usually(ORG, OTHER, "sts.amazonaws.com"),
        "project": usually(PROJECT, OTHER),
        "user": usually(USER, OTHER),
        "origin": usually("github.com/acme/hello", "github.com/evil/hello", "gitlab.com/acme/hello"),
        "ref": usually(
            "refs/heads/main", "refs/heads/main2", "refs/tags/main", "refs/pull/1/head", BRANCH_THAT_ENDS_AS_ANOTHER
        ),
        "version": usually("2", "1"),
    }
)


def circleci_means(job: Job) -> bool:
    usual = {
        "aud": ORG,
        "project": PROJECT,
        "origin": "github.com/acme/hello",
        "ref": "refs/heads/main",
        "version": "2",
    }
    return all(job[key] == value for key, value in usual.items())


def buildkite(job: Job) -> Claims:
    named = f"organization:{job['organization']}:pipeline:{job['pipeline']}"
    return {
        "aud": job["aud"],
        "sub": f"{named}:ref:{job['ref']}:commit:{job['commit']}:step:{job['step']}",
        "organization_id": job["organization_id"],
        "pipeline_id": job["pipeline_id"],
        "build_branch": job["branch"],
    }


REF_WITH_COLONS = "refs/heads/main:commit:x"
BUILDKITE_JOBS = st.fixed_dictionaries(
    {
        "aud": usually("sts.amazonaws.com", "https://buildkite.com/acme"),
        "organization": usually("acme", "acme2", "evil"),
        "organization_id": usually(ORG, OTHER),
        "pipeline": usually("hello", "hello2", "hell"),
        "pipeline_id": usually(PROJECT, OTHER),
        "ref": usually(
            "refs/heads/main", "refs/heads/release/1", "refs/pull/1/head", "refs/tags/main", REF_WITH_COLONS
        ),
        "branch": usually("main", "release/1", "evil:main", "main:commit:x", "*"),
        "commit": usually("a" * 40, "HEAD"),
        "step": usually("deploy", "", "x:commit:y:step:z"),
    }
)


def buildkite_means(job: Job) -> bool:
    usual = {"aud": "sts.amazonaws.com", "organization": "acme", "organization_id": ORG}
    usual |= {"pipeline": "hello", "pipeline_id": PROJECT}
    if any(job[key] != value for key, value in usual.items()) or job["branch"] not in ("main", "release/1"):
        return False
    # Git has no branch with a colon: a ref that claims one is only a way to write one of ours.
    return job["ref"] in ("refs/heads/main", "refs/heads/release/1", REF_WITH_COLONS)


@dataclass(frozen=True)
class Ci:
    """A CI: a source of it, its issuer, and what the source means."""

    source: OtherSource
    claims: Callable[[Job], Claims]
    jobs: st.SearchStrategy[Job]
    means: Callable[[Job], bool]
    keys: tuple[str, ...]
    """The claims that IAM has as condition keys."""


CIS = {
    "gitlab": Ci(
        GITLAB,
        gitlab,
        GITLAB_JOBS,
        gitlab_means,
        ("aud", "sub", "project_id", "namespace_id", "ref_protected", "pipeline_source"),
    ),
    "bitbucket": Ci(BITBUCKET, bitbucket, BITBUCKET_JOBS, bitbucket_means, ("aud", "sub")),
    "circleci": Ci(CIRCLECI, circleci, CIRCLECI_JOBS, circleci_means, ("aud", "sub", "oidc.circleci.com/project-id")),
    "buildkite": Ci(
        BUILDKITE,
        buildkite,
        BUILDKITE_JOBS,
        buildkite_means,
        ("aud", "sub", "organization_id", "pipeline_id", "build_branch"),
    ),
}
