"""The claims of each CI's tokens, from its own documents; of CircleCI and Bitbucket nobody here saw a real token.

GitLab, "OpenID Connect (OIDC) Authentication Using ID Tokens"; Atlassian, "Integrate Pipelines with resource servers
using OIDC"; CircleCI, "OpenID Connect tokens"; Buildkite, "Buildkite agent: oidc".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ecsdeploy.sandbox.ci.job import BadCiJobError, CiJob

STS = "sts.amazonaws.com"
Claims = dict[str, str | int]

_TIMES = ("exp", "iat", "nbf")


def claims_of(job: CiJob, now: int, token_id: str) -> Claims:
    """Return the claims of a token that is made at `now`, in seconds since the epoch. Raises `BadCiJobError`."""
    made = _CLAIMS.get(job.ci)
    if made is None:
        raise BadCiJobError(f"{job.ci!r} is none of the CIs {', '.join(CIS)}")
    given = made(job)
    given |= {"aud": job.audience} if job.audience else {}
    given |= {"iat": now, "nbf": min(now, now + job.seconds) - 5, "exp": now + job.seconds, "jti": token_id}
    for name, text in job.claims.items():
        if name in _TIMES and not text.removeprefix("-").isdecimal():
            raise BadCiJobError(f"{name} is a time in seconds since 1970, not {text!r}")
        given[name] = int(text) if name in _TIMES else text
    return given


def _gitlab(job: CiJob) -> Claims:
    kind = "tag" if job.is_tag else "branch"
    claims: Claims = {
        "iss": job.issuer or "https://gitlab.com",
        "aud": STS,
        "sub": f"project_path:{job.project}:ref_type:{kind}:ref:{job.branch}",
        "namespace_id": job.number("namespace", job.owner_id),
        "namespace_path": job.owner,
        "project_id": job.number("project", job.project_id),
        "project_path": job.project,
        "user_id": "1",
        "user_login": "ann",
        "user_email": "ann@example.com",
        "user_access_level": "maintainer",
        "pipeline_id": "1001",
        "pipeline_source": "push",
        "job_id": "1002",
        "ref": job.branch,
        "ref_type": kind,
        "ref_path": job.ref,
        "ref_protected": "true",
        "runner_id": 1,
        "runner_environment": "gitlab-hosted",
        "sha": job.commit,
    }
    return claims | ({"environment": job.environment} if job.environment else {})


def _bitbucket(job: CiJob) -> Claims:
    workspace, repository = job.uuid(job.owner, job.owner_id), job.uuid(job.project, job.project_id)
    step = job.uuid(f"{job.project} step")
    parts = [repository, *([job.environment] if job.environment else []), step]
    claims: Claims = {
        "iss": f"https://api.bitbucket.org/2.0/workspaces/{job.owner}/pipelines-config/identity/oidc",
        "aud": f"ari:cloud:bitbucket::workspace/{workspace}",
        "sub": ":".join(f"{{{part}}}" for part in parts),
        "workspaceUuid": f"{{{workspace}}}",
        "repositoryUuid": f"{{{repository}}}",
        "pipelineUuid": f"{{{job.uuid(f'{job.project} pipeline')}}}",
        "stepUuid": f"{{{step}}}",
        "branchName": job.branch,
    }
    return claims | ({"deploymentEnvironmentUuid": f"{{{job.environment}}}"} if job.environment else {})


def _circleci(job: CiJob) -> Claims:
    organization, project = job.uuid(job.owner, job.owner_id), job.uuid(job.project, job.project_id)
    origin = f"github.com/{job.project}"
    user = job.uuid("user")
    return {
        "iss": f"https://oidc.circleci.com/org/{organization}",
        "aud": organization,
        "sub": f"org/{organization}/project/{project}/user/{user}/vcs-origin/{origin}/vcs-ref/{job.ref}",
        "oidc.circleci.com/project-id": project,
        "oidc.circleci.com/vcs-origin": origin,
        "oidc.circleci.com/vcs-ref": job.ref,
    }


def _buildkite(job: CiJob) -> Claims:
    subject = f"organization:{job.owner}:pipeline:{job.name}:ref:{job.ref}:commit:{job.commit}:step:deploy"
    return {
        "iss": "https://agent.buildkite.com",
        "aud": STS,
        "sub": subject,
        "organization_slug": job.owner,
        "organization_id": job.uuid(job.owner, job.owner_id),
        "pipeline_slug": job.name,
        "pipeline_id": job.uuid(job.project, job.project_id),
        "build_number": 1,
        "build_branch": job.branch,
        "build_commit": job.commit,
        "step_key": "deploy",
        "job_id": job.uuid(f"{job.project} job"),
        "agent_id": job.uuid(f"{job.project} agent"),
    }


_CLAIMS: Mapping[str, Callable[[CiJob], Claims]] = {
    "bitbucket": _bitbucket,
    "buildkite": _buildkite,
    "circleci": _circleci,
    "gitlab": _gitlab,
}
CIS = tuple(_CLAIMS)
"""The CIs whose tokens can be made."""
