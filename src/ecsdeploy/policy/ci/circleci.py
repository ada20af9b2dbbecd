"""CircleCI: jobs of one project on these branches, by the token of version 2, which alone names the branch.

Each organisation is an issuer of its own, and by default the audience is its id. `sub` is
`org/ORG/project/PROJECT/user/USER/vcs-origin/ORIGIN/vcs-ref/REF`.
Sources: CircleCI, "OpenID Connect tokens"; IAM, "Available keys for AWS OIDC federation"; subvectors' vectors for
CircleCI. Nobody here saw a real token.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ecsdeploy.policy import Document
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.ci.statement import ANY_UUID, document, federated, require_ids, require_named, require_slugs
from ecsdeploy.policy.issuers import CIRCLECI_ISSUERS, CIRCLECI_PROJECT

_ORIGIN = r"[a-z0-9.-]+/[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+"


@dataclass(frozen=True)
class CircleCiSource:
    """Which jobs may deploy; `origin` is the repository, such as `github.com/acme/hello`."""

    organization_id: str
    project_id: str
    origin: str
    branches: tuple[str, ...] = ()

    @property
    def issuer(self) -> str:
        """Return who mints the tokens: the organisation."""
        return f"{CIRCLECI_ISSUERS}{self.organization_id}"

    ci: ClassVar[str] = "circleci"

    @property
    def who(self) -> str:
        """Return whose jobs may deploy, as the role's description says it."""
        return f"CircleCI of {self.origin}"

    def audience(self, _place: Place) -> str:
        """Return for whom the tokens are: CircleCI names the organisation."""
        return self.organization_id

    def require(self) -> None:
        """Raise `SourceError` unless this names exactly who may deploy."""
        require_ids("circleci", organization_id=self.organization_id, project_id=self.project_id)
        require_slugs("circleci", _ORIGIN, origin=self.origin)
        require_named("circleci", branch=self.branches)

    def trust(self, place: Place) -> Document:
        """Return the deploy role's trust policy. Raises `SourceError`, `PolicyError`.

        The user is a pattern of one UUID and not `*`: that would stand for more than the user, and the end of another
        branch's name could be taken for this branch.
        """
        self.require()
        job = f"org/{self.organization_id}/project/{self.project_id}/user/{ANY_UUID}/vcs-origin/{self.origin}"
        patterns = [f"{job}/vcs-ref/refs/heads/{branch}" for branch in self.branches]
        equal = {"aud": self.audience(place), CIRCLECI_PROJECT: self.project_id}
        return document([federated(place, self.issuer, "CircleCi", equal=equal, patterns=patterns)])
