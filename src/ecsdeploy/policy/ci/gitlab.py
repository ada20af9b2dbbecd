"""GitLab: jobs of one project, on branches and tags.

`sub` is `project_path:GROUP/PROJECT:ref_type:branch:ref:NAME`. IAM documents the other claims for GitLab.com alone.
Sources: GitLab, "OpenID Connect (OIDC) Authentication Using ID Tokens" and "Configure OpenID Connect in AWS"; IAM,
"Available keys for AWS OIDC federation".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from ecsdeploy.policy import Document
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.ci.statement import document, federated, require_ids, require_named, require_slugs
from ecsdeploy.policy.issuers import GITLAB_ISSUER, issuer_named

_NUMBER = re.compile(r"[1-9][0-9]{0,19}")
_PATH = r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)+"


@dataclass(frozen=True)
class GitLabSource:
    """Which jobs may deploy: those of one project on these branches and tags; `protected` asks for protected refs."""

    project: str
    project_id: str
    namespace_id: str
    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    protected: bool = True
    issuer: str = GITLAB_ISSUER

    ci: ClassVar[str] = "gitlab"

    @property
    def who(self) -> str:
        """Return whose jobs may deploy, as the role's description says it."""
        return f"GitLab CI of {self.project}"

    def audience(self, place: Place) -> str:
        """Return for whom the tokens are: the job asks for it in `id_tokens`."""
        return place.sts_audience

    def require(self) -> None:
        """Raise `SourceError` unless this names exactly who may deploy."""
        require_slugs("gitlab", _PATH, project=self.project)
        require_named("gitlab", branch=self.branches, tag=self.tags)
        require_ids("gitlab", _NUMBER, project_id=self.project_id, namespace_id=self.namespace_id)

    def trust(self, place: Place) -> Document:
        """Return the deploy role's trust policy. Raises `SourceError`, `PolicyError`."""
        self.require()
        ids = {"project_id": self.project_id, "namespace_id": self.namespace_id}
        ids |= {"ref_protected": "true"} if self.protected else {}
        known = issuer_named(self.issuer).knows("project_id")
        equal = {"aud": self.audience(place), **(ids if known else {})}
        if_known = None if known else ids
        exact = [self._sub("branch", name) for name in self.branches]
        exact += [self._sub("tag", name) for name in self.tags if "*" not in name]
        patterns = [self._sub("tag", name) for name in self.tags if "*" in name]
        statements = []
        if exact:
            claims = {"aud": equal["aud"], "sub": exact, **equal}
            statements.append(federated(place, self.issuer, "GitLab", equal=claims, if_known=if_known))
        if patterns:
            statements.append(
                federated(place, self.issuer, "GitLabTags", equal=equal, patterns=patterns, if_known=if_known)
            )
        return document(statements)

    def _sub(self, kind: str, name: str) -> str:
        return f"project_path:{self.project}:ref_type:{kind}:ref:{name}"
