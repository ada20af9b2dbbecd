"""Bitbucket Pipelines: steps of one repository that deploy to these deployment environments.

Each workspace is an issuer of its own, and `sub` is made of UUIDs: `{REPOSITORY}:{ENVIRONMENT}:{STEP}`, the step's new
in every run. IAM has no key for the branch: which branches deploy to an environment is Bitbucket's own setting.
Sources: Atlassian, "Integrate Pipelines with resource servers using OIDC" and "Deploy on AWS using Bitbucket Pipelines
OpenID Connect"; subvectors' vectors for Bitbucket. Nobody here saw a real token.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ecsdeploy.policy import Document
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.ci.statement import ANY_UUID, document, federated, require_ids, require_slugs
from ecsdeploy.policy.github import SourceError


@dataclass(frozen=True)
class BitbucketSource:
    """Which steps may deploy; all but the workspace's name are UUIDs, without braces."""

    workspace: str
    workspace_id: str
    repository_id: str
    environments: tuple[str, ...] = ()

    @property
    def issuer(self) -> str:
        """Return who mints the tokens: the workspace."""
        return f"api.bitbucket.org/2.0/workspaces/{self.workspace}/pipelines-config/identity/oidc"

    ci: ClassVar[str] = "bitbucket"

    @property
    def who(self) -> str:
        """Return whose jobs may deploy, as the role's description says it."""
        return f"Bitbucket Pipelines of {self.workspace}"

    def audience(self, _place: Place) -> str:
        """Return for whom the tokens are: Bitbucket names the workspace."""
        return f"ari:cloud:bitbucket::workspace/{self.workspace_id}"

    def require(self) -> None:
        """Raise `SourceError` unless this names exactly who may deploy."""
        require_slugs("bitbucket", r"[A-Za-z0-9_-]+", workspace=self.workspace)
        require_ids("bitbucket", workspace_id=self.workspace_id, repository_id=self.repository_id)
        if not self.environments:
            raise SourceError(
                "No environment is named in [bitbucket]: nobody could deploy.",
                why="AWS cannot test the branch of a step, so without an environment every branch would deploy.",
                fix="Write the UUIDs of the repository's deployment environments: environments = [...].",
            )
        for each in self.environments:
            require_ids("bitbucket", environments=each)

    def trust(self, place: Place) -> Document:
        """Return the deploy role's trust policy. Raises `SourceError`, `PolicyError`."""
        self.require()
        patterns = [f"{{{self.repository_id}}}:{{{each}}}:{{{ANY_UUID}}}" for each in self.environments]
        equal = {"aud": self.audience(place)}
        return document([federated(place, self.issuer, "Bitbucket", equal=equal, patterns=patterns)])
