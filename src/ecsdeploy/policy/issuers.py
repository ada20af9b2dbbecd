"""Who mints id tokens, what IAM calls them, and which claims IAM can test.

IAM names a provider by its URL without `https://`, and a claim `NAME:claim`. Sources: IAM User Guide, "Available keys
for AWS OIDC federation" (five keys for every provider, more for some that are named there); GitHub, "OpenID Connect
reference" (an enterprise's own issuer), "Using OpenID Connect" for GitHub Enterprise Server (`HOST/_services/token`)
and for GHE.com (`token.actions.SUBDOMAIN.ghe.com`).
"""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.policy.arns import GITHUB_ISSUER

EVERY_PROVIDER = ("amr", "aud", "email", "oaud", "sub")
"""The claims of any provider that IAM has as condition keys."""
_OF_GITHUB = (
    *("actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref"),
    *("ref", "repository", "repository_id", "repository_owner_id", "workflow"),
)
_OF_GITLAB = (
    *("namespace_id", "pipeline_source", "project_id", "ref_protected", "runner_environment"),
    *("user_access_level", "user_email", "user_id", "user_login"),
)
_OF_BUILDKITE = (
    *("build_branch", "cluster_id", "cluster_name", "organization_id", "organization_slug"),
    *("pipeline_id", "pipeline_slug"),
)
CIRCLECI_PROJECT = "oidc.circleci.com/project-id"
GITLAB_ISSUER = "gitlab.com"
BUILDKITE_ISSUER = "agent.buildkite.com"
CIRCLECI_ISSUERS = "oidc.circleci.com/org/"
"""What the issuers of CircleCI begin with: each organisation has its own."""
_SERVER_PATH = "/_services/token"
_GITHUB_COM = "https://github.com"


@dataclass(frozen=True)
class Issuer:
    """An issuer of id tokens: its host and path, and the claims that IAM is documented to know as condition keys."""

    name: str
    keys: tuple[str, ...] = EVERY_PROVIDER

    @property
    def url(self) -> str:
        """Return what a token has as `iss`, and IAM as the provider's URL."""
        return f"https://{self.name}"

    @property
    def is_server(self) -> bool:
        """Return whether a GitHub Enterprise Server mints these tokens: it knows no `sub` with ids."""
        return self.name.endswith(_SERVER_PATH)

    @property
    def enterprise(self) -> str:
        """Return the slug of the enterprise whose own issuer this is, or ""."""
        return self.name.removeprefix(f"{GITHUB_ISSUER}/") if self.name.startswith(f"{GITHUB_ISSUER}/") else ""

    @property
    def server(self) -> str:
        """Return the address of the GitHub that it belongs to."""
        if self.is_server:
            return f"https://{self.name.removesuffix(_SERVER_PATH)}"
        return f"https://{self.name.removeprefix('token.actions.')}" if self.name.endswith(".ghe.com") else _GITHUB_COM

    def knows(self, claim: str) -> bool:
        """Return whether IAM is documented to test `claim`."""
        return claim in self.keys


GITHUB = Issuer(GITHUB_ISSUER, (*EVERY_PROVIDER, *_OF_GITHUB))
_DOCUMENTED = {
    GITHUB_ISSUER: GITHUB,
    GITLAB_ISSUER: Issuer(GITLAB_ISSUER, (*EVERY_PROVIDER, *_OF_GITLAB)),
    BUILDKITE_ISSUER: Issuer(BUILDKITE_ISSUER, (*EVERY_PROVIDER, *_OF_BUILDKITE)),
}


def issuer_named(name: str) -> Issuer:
    """Return the issuer of that host and path, with the keys that IAM documents for it by name, or for any provider."""
    if name.startswith(CIRCLECI_ISSUERS):
        return Issuer(name, (*EVERY_PROVIDER, CIRCLECI_PROJECT))
    return _DOCUMENTED.get(name, Issuer(name))


def github_issuer(server: str = "", enterprise: str = "") -> Issuer:
    """Return who mints the tokens: `server` (`https://HOST`), an enterprise with its own issuer, or GitHub.com."""
    host = server.removeprefix("https://").rstrip("/")
    if host.endswith(".ghe.com"):
        return issuer_named(f"token.actions.{host}")
    if host:
        return issuer_named(f"{host}{_SERVER_PATH}")
    return issuer_named(f"{GITHUB_ISSUER}/{enterprise}" if enterprise else GITHUB_ISSUER)
