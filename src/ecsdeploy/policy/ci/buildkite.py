"""Buildkite: jobs of one pipeline on these branches.

All organisations share one issuer. `sub` is `organization:ORG:pipeline:PIPELINE:ref:REF:commit:COMMIT:step:STEP`; names
can be given away, so the ids of both are required, and the branch as a claim of its own.
Sources: Buildkite, "OIDC with AWS" and "Working with Buildkite agents" (read on 2026-11-29); IAM, "Available keys for
AWS OIDC federation".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ecsdeploy.policy import Document
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.ci.statement import document, federated, require_ids, require_named, require_slugs
from ecsdeploy.policy.issuers import BUILDKITE_ISSUER


@dataclass(frozen=True)
class BuildkiteSource:
    """Which jobs may deploy: `organization` and `pipeline` are slugs, the ids UUIDs."""

    organization: str
    organization_id: str
    pipeline: str
    pipeline_id: str
    branches: tuple[str, ...] = ()
    issuer: str = BUILDKITE_ISSUER

    ci: ClassVar[str] = "buildkite"

    @property
    def who(self) -> str:
        """Return whose jobs may deploy, as the role's description says it."""
        return f"Buildkite of {self.organization}/{self.pipeline}"

    def audience(self, place: Place) -> str:
        """Return for whom the tokens are: the job asks for it."""
        return place.sts_audience

    def require(self) -> None:
        """Raise `SourceError` unless this names exactly who may deploy."""
        require_slugs("buildkite", organization=self.organization, pipeline=self.pipeline)
        require_ids("buildkite", organization_id=self.organization_id, pipeline_id=self.pipeline_id)
        require_named("buildkite", branch=self.branches)

    def trust(self, place: Place) -> Document:
        """Return the deploy role's trust policy. Raises `SourceError`, `PolicyError`."""
        self.require()
        job = f"organization:{self.organization}:pipeline:{self.pipeline}"
        patterns = [f"{job}:ref:refs/heads/{branch}:commit:*:step:*" for branch in self.branches]
        equal = {
            "aud": self.audience(place),
            "organization_id": self.organization_id,
            "pipeline_id": self.pipeline_id,
            "build_branch": self.branches,
        }
        return document([federated(place, self.issuer, "Buildkite", equal=equal, patterns=patterns)])
