"""`ecsdeploy create-repo`: the ECR repository."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.options import Yes, with_shared_options
from ecsdeploy.runtime import Options


@with_shared_options
def create_repo(
    options: Options,
    *,
    adopt: Annotated[bool, typer.Option("--adopt", help="Take over a repository that ecsdeploy did not make.")] = False,
    yes: Yes = False,
) -> None:
    """Create the ECR repository, or update it to match the config.

    Immutable tags, a scan on push, encryption, and a lifecycle policy. Prints the repository's URI.
    """
    with command(options, changes=True) as run:
        from ecsdeploy.workflow.create_repo import create_repo as story

        story(run, run.target, adopt=adopt)
