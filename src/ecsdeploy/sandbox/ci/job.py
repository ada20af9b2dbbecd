"""A job of another CI, in the terms that they have in common."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

TOKEN_SECONDS = 3600

_PROJECT = re.compile(r"[\w.-]+(?:/[\w.-]+)+")
_REF = re.compile(r"refs/(?:heads|tags)/\S+")
_ISSUER = re.compile(r"https://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._-]+)*")


class BadCiJobError(ValueError):
    """No CI has such a job; the text says why."""


@dataclass(frozen=True, kw_only=True)
class CiJob:
    """One job of `ci`. `project` is GROUP/PROJECT, WORKSPACE/REPOSITORY, OWNER/REPOSITORY or ORGANIZATION/PIPELINE.

    Empty ids are made of the names: numbers at GitLab, UUIDs elsewhere. `issuer` is for a GitLab of one's own, and an
    empty `audience` is the CI's own where it has one. `environment` is a name at GitLab, at Bitbucket a UUID.
    """

    ci: str
    project: str
    project_id: str = ""
    owner_id: str = ""
    ref: str = "refs/heads/main"
    environment: str = ""
    issuer: str = ""
    audience: str = ""
    claims: Mapping[str, str] = field(default_factory=dict)
    seconds: int = TOKEN_SECONDS
    forged: bool = False

    def __post_init__(self) -> None:
        """Raise `BadCiJobError` for a project, a reference or an issuer that is none."""
        if not _PROJECT.fullmatch(self.project):
            raise BadCiJobError(f"{self.project!r} is no project: it is OWNER/NAME")
        if not _REF.fullmatch(self.ref):
            raise BadCiJobError(f"{self.ref!r} is no Git reference: use refs/heads/BRANCH or refs/tags/TAG")
        if self.issuer and not _ISSUER.fullmatch(self.issuer):
            raise BadCiJobError(f"{self.issuer!r} is no issuer: it is an https address without a slash at its end")

    @property
    def owner(self) -> str:
        """Return the group, workspace or organisation."""
        return self.project.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Return the project's name without its owner."""
        return self.project.rpartition("/")[2]

    @property
    def branch(self) -> str:
        """Return the branch or the tag."""
        return self.ref.split("/", 2)[2]

    @property
    def is_tag(self) -> bool:
        """Return whether it runs for a tag."""
        return self.ref.startswith("refs/tags/")

    @property
    def commit(self) -> str:
        """Return the commit that the job runs for: always the same of one reference."""
        return hashlib.sha1(f"{self.project} {self.ref}".encode(), usedforsecurity=False).hexdigest()

    def number(self, what: str, given: str = "") -> str:
        """Return `given`, or a number that follows from the names; `what` tells several apart."""
        return given or str(1_000 + int(hashlib.sha256(f"{what} {self.project}".encode()).hexdigest()[:8], 16))

    def uuid(self, what: str, given: str = "") -> str:
        """Return `given`, or a UUID that follows from the names."""
        return given or str(uuid5(NAMESPACE_URL, f"https://{self.ci}.invalid/{what}"))


def as_json(job: CiJob) -> dict[str, Any]:
    """Return what `job_of` reads."""
    return asdict(job)


def job_of(given: Mapping[str, Any]) -> CiJob:
    """Return the job that `as_json` wrote. Raises `BadCiJobError`."""
    try:
        return CiJob(**given)
    except TypeError as error:
        raise BadCiJobError(f"this is no job: {error}") from None
