"""`[github]`: who may deploy from GitHub Actions, without any stored key.

Whether the names can be trusted as they are is for `bootstrap-oidc` to say, before it changes anything: every other
command does not care.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from ecsdeploy.config import rules
from ecsdeploy.config.mistake import Mistake, mistake, mistakes
from ecsdeploy.config.table import Table
from ecsdeploy.config.values import WholeNumber

SERVER_PATTERN = r"^https://[a-z0-9-]+(\.[a-z0-9-]+)+$"
SLUG_PATTERN = r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$"


def _names(names: Sequence[str]) -> Sequence[str]:
    """Branches, tags or GitHub environments, without what GitHub puts before them."""
    found = []
    for index, name in enumerate(names):
        if not name.strip() or re.search(r"[\x00-\x1f]", name):
            found.append(Mistake((index,), "this is not a name", "Name each one."))
        elif name.startswith("refs/"):
            short = re.sub(r"^refs/((heads|tags)/)?", "", name)
            found.append(Mistake((index,), "the ref's prefix is added for you", f'Write "{short}".'))
    if found:
        raise mistakes(found)
    return names


def _server(url: str) -> str:
    """The address of a GitHub: IAM takes no port in an issuer's URL (API reference, CreateOpenIDConnectProvider)."""
    tidy = url.rstrip("/").lower()
    if tidy in ("https://github.com", "https://www.github.com"):
        raise mistake("GitHub.com is the default", "Leave server out.")
    if rules.matches(SERVER_PATTERN, tidy):
        return tidy
    raise mistake(
        "this is not the address of a GitHub Enterprise Server", 'Write "https://HOST", without a port or path.'
    )


def _slug(name: str) -> str:
    if rules.matches(SLUG_PATTERN, name):
        return name
    raise mistake("this is not an enterprise's slug", "Write what follows github.com/enterprises/ in its address.")


Names = Annotated[tuple[str, ...], AfterValidator(_names)]


class GitHub(Table):
    """Who may deploy from GitHub Actions, without any stored key."""

    repository: Annotated[str, AfterValidator(rules.repository)] = Field(
        description="The repository as `owner/name`, as GitHub spells it: upper and lower case matter.",
        examples=["acme/hello-service"],
        json_schema_extra={"pattern": rules.REPOSITORY_PATTERN},
    )
    branches: Names = Field(
        default=(), description="Branches whose workflows may deploy. Exact names, no wildcards.", examples=[["main"]]
    )
    environments: Names = Field(
        default=(),
        description="GitHub environments whose jobs may deploy. Give them protection rules on GitHub.",
        examples=[["production"]],
    )
    tags: Names = Field(
        default=(),
        description="Tags whose workflows may deploy. `*` is any text, slashes included. Whoever may push such a tag "
        "may deploy.",
        examples=[["v*"]],
    )
    workflows: tuple[str, ...] = Field(
        default=(),
        description="Reusable workflows; with any, only their jobs may deploy: "
        "`owner/name/.github/workflows/file.yml@ref`, with the whole ref or the commit.",
        examples=[["acme/workflows/.github/workflows/deploy.yml@refs/heads/main"]],
    )
    repository_id: WholeNumber | None = Field(
        default=None,
        ge=1,
        description="The repository's id on GitHub: if somebody reuses its name later, the id differs.",
    )
    owner_id: WholeNumber | None = Field(default=None, ge=1, description="The id of the repository's owner on GitHub.")
    server: Annotated[str, AfterValidator(_server)] | None = Field(
        default=None,
        description="The address of a GitHub Enterprise Server, or of an enterprise on GHE.com.",
        examples=["https://github.example.com"],
        json_schema_extra={"pattern": SERVER_PATTERN},
    )
    enterprise: Annotated[str, AfterValidator(_slug)] | None = Field(
        default=None,
        description="The slug of an enterprise on GitHub.com that has an issuer of its own.",
        examples=["acme-corp"],
        json_schema_extra={"pattern": SLUG_PATTERN},
    )

    include_claim_keys: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        default=None,
        description="What GitHub composes this repository's `sub` of, if its template is customised. With a token, "
        "`bootstrap-oidc` reads it.",
        examples=[["repo", "context", "job_workflow_ref"]],
    )

    @model_validator(mode="after")
    def _somebody_may_deploy(self) -> GitHub:
        if not (self.branches or self.environments or self.tags):
            raise mistake("no branch, tag or environment may deploy", 'Add branches = ["main"] or environments.')
        if self.server and self.enterprise:
            raise mistake("an enterprise's own issuer is GitHub.com's", "Keep server or enterprise, not both.")
        return self
