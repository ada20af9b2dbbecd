"""The options of the commands that create the deploy role: GitHub's ids, and what may be done to what exists."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Ci(StrEnum):
    """The CIs of `--ci`."""

    GITHUB = "github"
    GITLAB = "gitlab"
    BITBUCKET = "bitbucket"
    CIRCLECI = "circleci"
    BUILDKITE = "buildkite"


WhichCi = Annotated[
    Ci | None,
    typer.Option("--ci", help="The CI that deploys, which has a table in the config. By default the one there."),
]
RepositoryId = Annotated[
    int | None, typer.Option("--repository-id", min=1, help="The repository's id on GitHub.", metavar="NUMBER")
]
OwnerId = Annotated[
    int | None, typer.Option("--owner-id", min=1, help="The id of the repository's owner on GitHub.", metavar="NUMBER")
]
Boundary = Annotated[
    str | None,
    typer.Option(
        "--permissions-boundary",
        help="The ARN of the policy that limits all three roles, instead of the config's [iam] permissions_boundary. "
        "Some accounts demand one of every role.",
        metavar="ARN",
    ),
]
Repair = Annotated[
    bool,
    typer.Option("--repair", help="Set policies that were changed by hand to what the config says."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done and asked, and do nothing.")]


def boundary_arn(text: str | None) -> str:
    """Return the ARN of --permissions-boundary, "" if it is not given. Raises `UsageError`."""
    from pydantic_core import PydanticCustomError

    from ecsdeploy.config.rules import boundary
    from ecsdeploy.errors import UsageError

    try:
        return boundary(text) if text is not None else ""
    except PydanticCustomError:
        raise UsageError(
            f"--permissions-boundary {text!r} is not the ARN of a policy.",
            fix="Write --permissions-boundary arn:aws:iam::ACCOUNT:policy/NAME.",
        ) from None
