"""`ecsdeploy create-repo`: the ECR repository."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.options import Yes, with_shared_options
from ecsdeploy.runtime import Options

Adopt = Annotated[bool, typer.Option("--adopt", help="Take over what exists and was not made by ecsdeploy.")]


@with_shared_options
def create_repo(options: Options, *, adopt: Adopt = False, yes: Yes = False) -> None:
    """Create the ECR repository: immutable tags, scan on push, encryption, a lifecycle policy."""
    with command(options, changes=True) as run:
        from ecsdeploy.workflow.create_repo import create_repo as story

        story(run, adopt=adopt)
