"""The options for GitHub's ids, for the commands that create the deploy role."""

from __future__ import annotations

from typing import Annotated

import typer

RepositoryId = Annotated[
    int | None, typer.Option("--repository-id", min=1, help="The repository's id on GitHub.", metavar="NUMBER")
]
OwnerId = Annotated[
    int | None, typer.Option("--owner-id", min=1, help="The id of the repository's owner on GitHub.", metavar="NUMBER")
]
