"""`[image]`: how the container image is built and kept, and what it may not have in it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from ecsdeploy.config import rules
from ecsdeploy.config.table import Table
from ecsdeploy.config.values import Text, Variables, WholeNumber


class Image(Table):
    """How the container image is built and kept."""

    context: Text = Field(default=".", description="The folder that is sent to the build, relative to the config file.")
    dockerfile: Text = Field(default="Dockerfile", description="The Dockerfile, relative to the context.")
    target: Text | None = Field(default=None, description="The build stage to stop at.", examples=["runtime"])
    allow_plain: tuple[str, ...] = Field(
        default=(), description="Names in `args` that look like secrets but are not.", examples=[["PUBLIC_KEY"]]
    )
    args: Variables = Field(
        default_factory=dict,
        description="Build arguments. `{commit}`, `{tag}` and `{env}` are replaced. They stay readable in the image.",
        examples=[{"VERSION": "{commit}"}],
    )
    secrets: Annotated[dict[str, str], BeforeValidator(rules.build_secrets)] = Field(
        default_factory=dict,
        description="BuildKit secrets: the id, and where to read its value, `env:NAME` or `file:path`.",
        examples=[{"npm_token": "env:NPM_TOKEN"}],
    )
    keep: WholeNumber = Field(
        default=30,
        ge=1,
        le=100_000,
        description="How many images the repository keeps: the most of all environments that share it.",
    )
    fail_on: Literal["never", "critical", "high", "medium", "low", "any"] = Field(
        default="never",
        description="Wait for ECR's scan of the image, and deploy none that has a finding as bad as this, or worse.",
        examples=["critical"],
    )
