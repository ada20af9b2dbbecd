"""`[gitlab]`, `[bitbucket]`, `[circleci]`, `[buildkite]`: who may deploy from another CI than GitHub Actions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ecsdeploy.config.github import SERVER_PATTERN, Names
from ecsdeploy.config.mistake import mistake
from ecsdeploy.config.rules import matches
from ecsdeploy.config.table import Table
from ecsdeploy.config.values import Switch, Text, WholeNumber

UUID_PATTERN = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
PROJECT_PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$"
ORIGIN_PATTERN = r"^[a-z0-9.-]+/[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$"


def _uuid(value: object) -> object:
    """A UUID, also as Bitbucket shows it: in braces."""
    text = re.sub(r"^\{(.*)\}$", r"\1", value).lower() if isinstance(value, str) else ""
    if matches(UUID_PATTERN, text):
        return text
    raise mistake("this is not a UUID", 'Write it as the CI shows it, such as "3f2c1ab0-1234-4abc-8def-0123456789ab".')


def _as(pattern: str, what: str, example: str) -> AfterValidator:
    def check(text: str) -> str:
        if matches(pattern, text):
            return text
        raise mistake(f"this is not {what}", f'Write for example "{example}".')

    return AfterValidator(check)


def _self_managed(url: str) -> str:
    tidy = url.rstrip("/").lower()
    if tidy == "https://gitlab.com":
        raise mistake("GitLab.com is the default", "Leave server out.")
    if matches(SERVER_PATTERN, tidy):
        return tidy
    raise mistake("this is not the address of a GitLab", 'Write "https://HOST", without a port or path.')


Uuid = Annotated[str, BeforeValidator(_uuid), Field(json_schema_extra={"pattern": r"^\{?[0-9A-Fa-f-]{36}\}?$"})]
Some = Field(min_length=1)


class GitLab(Table):
    """Who may deploy from GitLab CI: `bootstrap-oidc --ci gitlab`."""

    project: Annotated[str, _as(PROJECT_PATTERN, "a project's path", "group/project")] = Field(
        description="The project's path with its groups.", examples=["acme/hello"]
    )
    project_id: WholeNumber = Field(ge=1, description="The project's id: it stays when the path changes.")
    namespace_id: WholeNumber = Field(ge=1, description="The id of the group or user that the project belongs to.")
    branches: Names = Field(default=(), description="Branches whose jobs may deploy. Exact names.", examples=[["main"]])
    tags: Names = Field(default=(), description="Tags whose jobs may deploy. `*` is any text.", examples=[["v*"]])
    protected: Switch = Field(default=True, description="Only protected branches and tags.")
    server: Annotated[str, AfterValidator(_self_managed)] | None = Field(
        default=None,
        description="The address of a self-managed GitLab.",
        examples=["https://gitlab.example.com"],
        json_schema_extra={"pattern": SERVER_PATTERN},
    )

    @model_validator(mode="after")
    def _somebody_may_deploy(self) -> GitLab:
        if not (self.branches or self.tags):
            raise mistake("no branch and no tag may deploy", 'Add branches = ["main"].')
        return self


class Bitbucket(Table):
    """Who may deploy from Bitbucket Pipelines: `bootstrap-oidc --ci bitbucket`."""

    workspace: Annotated[str, _as(r"^[A-Za-z0-9_-]+$", "a workspace's id", "acme")] = Field(
        description="The workspace's id, as in its address.", examples=["acme"]
    )
    workspace_id: Uuid = Field(description="The workspace's UUID.")
    repository_id: Uuid = Field(description="The repository's UUID.")
    environments: Annotated[tuple[Uuid, ...], Some] = Field(
        description="The UUIDs of the deployment environments whose steps may deploy. AWS cannot test a step's branch."
    )


class CircleCi(Table):
    """Who may deploy from CircleCI: `bootstrap-oidc --ci circleci`."""

    organization_id: Uuid = Field(description="The organisation's id.")
    project_id: Uuid = Field(description="The project's id.")
    origin: Annotated[str, _as(ORIGIN_PATTERN, "a repository with its host", "github.com/acme/hello")] = Field(
        description="The repository with its host.", examples=["github.com/acme/hello"]
    )
    branches: Annotated[Names, Some] = Field(
        description="Branches whose jobs may deploy. Exact names.", examples=[["main"]]
    )


class Buildkite(Table):
    """Who may deploy from Buildkite: `bootstrap-oidc --ci buildkite`."""

    organization: Text = Field(description="The organisation's slug.", examples=["acme"])
    organization_id: Uuid = Field(description="The organisation's UUID.")
    pipeline: Text = Field(description="The pipeline's slug.", examples=["hello"])
    pipeline_id: Uuid = Field(description="The pipeline's UUID.")
    branches: Annotated[Names, Some] = Field(
        description="Branches whose jobs may deploy. Exact names.", examples=[["main"]]
    )


TABLES: Mapping[str, type[Table]] = {
    "gitlab": GitLab,
    "bitbucket": Bitbucket,
    "circleci": CircleCi,
    "buildkite": Buildkite,
}
"""The CIs besides GitHub Actions, by what `--ci` and the table are called."""
