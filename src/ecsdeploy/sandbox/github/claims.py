"""The claims of a job's id token.

Names, types and the subject's forms: GitHub Docs, "OpenID Connect reference" (2026-11); which claims a token has, and
that all but the times are texts: a token of 2026-08-19 that a user printed.
"""

from __future__ import annotations

from ecsdeploy.sandbox.github.job import BadJobError, Job, complete

BEFORE = 300
"""Seconds: so much earlier than `iat` is `nbf`."""
TIMES = ("exp", "iat", "nbf")

Claims = dict[str, str | int]


def claims_of(job: Job, audience: str, now: int, token_id: str) -> Claims:
    """Return the claims of a token that is asked for at `now`, in seconds since the epoch. Raises `BadJobError`.

    Without an audience it is the repository owner's address.
    """
    job = complete(job)
    own = {name: _value(name, text) for name, text in job.claims.items()}
    given: Claims = {**_of_job(job), **own}
    given |= {
        "sub": _subject(job, given),
        "aud": audience or default_audience(job),
        "exp": now + job.seconds,
        "iat": now,
        "iss": job.issuer,
        "jti": token_id,
        "nbf": min(now, now + job.seconds) - BEFORE,
    }
    return dict(sorted({**given, **own}.items()))


def default_audience(job: Job) -> str:
    """Return the audience of a token that was asked for without one."""
    return f"{job.minted_by.server}/{job.owner}"


def _of_job(job: Job) -> dict[str, str]:
    ref = job.triggering_ref
    claims = {
        "actor": job.actor,
        "actor_id": job.owner_id,
        "base_ref": "main" if job.of_pull_request else "",
        "check_run_id": f"9{job.run_id}",
        "event_name": job.event,
        "head_ref": job.ref.removeprefix("refs/heads/") if job.of_pull_request else "",
        "job_workflow_ref": job.job_workflow_ref,
        "job_workflow_sha": job.commit,
        "ref": ref,
        "ref_protected": "false",
        "ref_type": "tag" if ref.startswith("refs/tags/") else "branch",
        "repository": job.repository,
        "repository_id": job.repository_id,
        "repository_owner": job.owner,
        "repository_owner_id": job.owner_id,
        "repository_visibility": job.visibility,
        "run_attempt": job.run_attempt,
        "run_id": job.run_id,
        "run_number": "1",
        "runner_environment": job.runner,
        "sha": job.commit,
        "workflow": job.workflow_ref.rpartition("@")[0].rpartition("/")[2].rpartition(".")[0],
        "workflow_ref": job.workflow_ref,
        "workflow_sha": job.commit,
    }
    if job.environment:
        claims["environment"] = job.environment
    if job.minted_by.enterprise:
        claims["enterprise"] = job.minted_by.enterprise
    return claims


def _subject(job: Job, claims: Claims) -> str:
    return ":".join(_part(job, key, claims) for key in job.subject_claims or ("repo", "context"))


def _part(job: Job, key: str, claims: Claims) -> str:
    if key == "repo":
        ids = (f"@{job.owner_id}", f"@{job.repository_id}") if job.immutable else ("", "")
        return f"repo:{job.owner}{ids[0]}/{job.name}{ids[1]}"
    if key == "context":
        return _context(job)
    if key not in claims:
        raise BadJobError(f"the subject is made of {key!r}, and this job's token has no such claim")
    return f"{key}:{_encoded(str(claims[key]))}"


def _context(job: Job) -> str:
    if job.environment:
        return f"environment:{_encoded(job.environment)}"
    return "pull_request" if job.of_pull_request else f"ref:{_encoded(job.ref)}"


def _encoded(value: str) -> str:
    return value.replace(":", "%3A")


def _value(name: str, text: str) -> str | int:
    if name not in TIMES:
        return text
    if not text.removeprefix("-").isdecimal():
        raise BadJobError(f"{name} is a time in seconds since 1970, not {text!r}")
    return int(text)
