"""The options for which image to use and how to build it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ecsdeploy.cli import values

if TYPE_CHECKING:
    from ecsdeploy.workflow.source import BuildOptions

Tag = Annotated[str | None, typer.Option("--tag", help="The image's tag, instead of the git commit.", metavar="TAG")]
BuildArg = Annotated[
    list[str] | None,
    typer.Option("--build-arg", help="Set a build argument; may be repeated.", metavar="NAME=VALUE"),
]
AllowDirty = Annotated[
    bool, typer.Option("--allow-dirty", help="In CI, build a source tree that differs from its commit.")
]
AllowSensitive = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-sensitive-context",
        help="Send this file or folder to the build even if it looks secret; may be repeated.",
        metavar="PATTERN",
    ),
]
AllowOlder = Annotated[
    bool, typer.Option("--allow-older", help="Deploy a commit that is older than the one that runs.")
]


class FailOn(StrEnum):
    """From which severity on a finding of ECR's scan stops a command."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    ANY = "any"
    NEVER = "never"


FailOnOption = Annotated[
    FailOn | None,
    typer.Option(
        "--fail-on",
        help="Wait for ECR's scan of the image, and go no further if it has a finding as bad as this, or worse; "
        "instead of fail_on in [image].",
    ),
]
ImageName = Annotated[
    str | None,
    typer.Option(
        "--image",
        help="An image already in the repository: a tag, digest or reference.",
        metavar="IMAGE",
        autocompletion=values.images,
    ),
]


def build_options(
    *, tag: str | None, build_arg: list[str] | None, allow_dirty: bool, allow_sensitive: list[str] | None
) -> BuildOptions:
    """Return them as one value."""
    from ecsdeploy.workflow.source import BuildOptions

    return BuildOptions(
        tag=tag,
        build_args=tuple(build_arg or ()),
        allow_dirty=allow_dirty,
        allow_sensitive=tuple(allow_sensitive or ()),
    )
