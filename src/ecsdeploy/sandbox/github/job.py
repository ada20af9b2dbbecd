"""A job of a workflow, as much of it as GitHub puts into the job's id tokens."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ecsdeploy.policy.arns import GITHUB_ISSUER
from ecsdeploy.policy.issuers import Issuer, issuer_named

ISSUER = f"https://{GITHUB_ISSUER}"
DEFAULT_REF = "refs/heads/main"
TOKEN_SECONDS = 300
"""How long an id token is valid: `exp` less `iat` in a real one of 2026-08-19."""
PULL_REQUESTS = ("pull_request", "pull_request_target")
PULL_REQUEST = 1
"""The number of the one pull request that a repository has here."""

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_REF = re.compile(r"refs/(?:heads|tags|pull)/\S+")
_ID = re.compile(r"[1-9][0-9]{0,19}")
_ISSUER = re.compile(r"https://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._-]+)*")
_WORKFLOW = re.compile(r"[\w.-]+/[\w.-]+/\.github/workflows/[^@\s]+@\S+")


class BadJobError(ValueError):
    """There is no such job on GitHub; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job. What is left empty gets a value that follows from the rest; ids are texts, as in GitHub's tokens.

    `workflow_ref` is the workflow that was triggered, `job_workflow_ref` the reusable one that it calls, both as
    `OWNER/REPO/.github/workflows/FILE@REF`. `subject_claims` are the repository's customised `include_claim_keys`,
    `claims` replace or join those that GitHub would give. `seconds` is how long a token is valid; less than one
    makes it expired. The tokens of a `forged` job are signed with a key that is not the issuer's. `fork` owns the copy
    of the repository that a pull request comes from.
    """

    repository: str
    ref: str = ""
    environment: str = ""
    event: str = "push"
    repository_id: str = ""
    owner_id: str = ""
    immutable: bool = True
    workflow_ref: str = ""
    job_workflow_ref: str = ""
    actor: str = ""
    run_id: str = "1000000001"
    run_attempt: str = "1"
    runner: str = "github-hosted"
    visibility: str = "private"
    issuer: str = ISSUER
    subject_claims: tuple[str, ...] = ()
    claims: Mapping[str, str] = field(default_factory=dict)
    seconds: int = TOKEN_SECONDS
    forged: bool = False
    fork: str = ""

    @property
    def owner(self) -> str:
        """Return whom the repository belongs to."""
        return self.repository.partition("/")[0]

    @property
    def name(self) -> str:
        """Return the repository's name without its owner."""
        return self.repository.partition("/")[2]

    @property
    def minted_by(self) -> Issuer:
        """Return who issues its tokens."""
        return issuer_named(self.issuer.removeprefix("https://"))

    @property
    def of_pull_request(self) -> bool:
        """Return whether a pull request started the workflow."""
        return self.event in PULL_REQUESTS

    @property
    def triggering_ref(self) -> str:
        """Return `github.ref`: a pull request's jobs run for its merge commit, not for the branch."""
        return f"refs/pull/{PULL_REQUEST}/merge" if self.event == "pull_request" else self.ref

    @property
    def commit(self) -> str:
        """Return the commit that the job runs for: always the same of one reference."""
        return hashlib.sha1(f"{self.repository} {self.ref}".encode(), usedforsecurity=False).hexdigest()


def complete(job: Job) -> Job:
    """Return `job` with every value given. Raises `BadJobError` where GitHub could have no such job."""
    _check(job)
    job = replace(job, ref=job.ref or DEFAULT_REF)
    workflow = job.workflow_ref or f"{job.repository}/.github/workflows/deploy.yml@{job.triggering_ref}"
    return replace(
        job,
        repository_id=job.repository_id or _number(job.repository),
        owner_id=job.owner_id or _number(job.owner),
        actor=job.actor or job.owner,
        workflow_ref=workflow,
        job_workflow_ref=job.job_workflow_ref or workflow,
        immutable=job.immutable and not job.minted_by.is_server,
    )


def as_json(job: Job) -> dict[str, Any]:
    """Return what `job_of` reads."""
    return asdict(job)


def job_of(given: Mapping[str, Any]) -> Job:
    """Return the job that `as_json` wrote. Raises `BadJobError`."""
    try:
        return Job(**{**given, "subject_claims": tuple(given.get("subject_claims", ()))})
    except TypeError as error:
        raise BadJobError(f"this is no job: {error}") from None


def _number(name: str) -> str:
    return str(100_000_000 + int(hashlib.sha256(name.lower().encode()).hexdigest()[:12], 16) % 900_000_000)


def _check(job: Job) -> None:
    if not _REPOSITORY.fullmatch(job.repository):
        raise BadJobError(f"{job.repository!r} is no repository: it is OWNER/NAME")
    if job.ref and not _REF.fullmatch(job.ref):
        raise BadJobError(f"{job.ref!r} is no Git reference: use refs/heads/BRANCH or refs/tags/TAG")
    for option in ("repository_id", "owner_id"):
        if getattr(job, option) and not _ID.fullmatch(getattr(job, option)):
            raise BadJobError(f"{getattr(job, option)!r} is no id of GitHub's: an id is a number")
    for option in ("workflow_ref", "job_workflow_ref"):
        if getattr(job, option) and not _WORKFLOW.fullmatch(getattr(job, option)):
            raise BadJobError(
                f"{getattr(job, option)!r} is no workflow: it is OWNER/REPO/.github/workflows/FILE@refs/heads/BRANCH"
            )
    if job.fork and not _REPOSITORY.fullmatch(f"{job.fork}/{job.name}"):
        raise BadJobError(f"{job.fork!r} can own no repository")
    if job.fork and not job.of_pull_request:
        raise BadJobError(f"a job for the event {job.event} comes from no fork: only pull requests do")
    if not _ISSUER.fullmatch(job.issuer):
        raise BadJobError(f"{job.issuer!r} is no issuer: it is an https address without a slash at its end")
