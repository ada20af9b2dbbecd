"""`ecsdeploy workflow`: the workflow that deploys from GitHub Actions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.options import Yes, with_shared_options
from ecsdeploy.errors import ExitCode
from ecsdeploy.runtime import Options


@with_shared_options
def workflow(
    options: Options,
    *,
    output_file: Annotated[
        Path,
        typer.Option(
            "--output-file", help="The file, from the repository's folder; - prints it instead.", metavar="FILE"
        ),
    ] = Path(".github/workflows/deploy.yml"),
    action: Annotated[
        str,
        typer.Option(
            "--action",
            help="The action to use, instead of this ecsdeploy's own repository and commit.",
            metavar="OWNER/REPOSITORY@COMMIT",
        ),
    ] = "",
    branch: Annotated[
        list[str] | None,
        typer.Option(
            "--branch",
            help="Deploy on pushes to this branch, where [github] names environments alone. Repeatable. Default: main.",
            metavar="NAME",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only compare: show the difference, and exit with 10 if there is one.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Write the workflow that deploys from GitHub Actions, from the config.

    A job for each environment of the config, or for the one of --env: a checkout and one step, with no permissions but
    to read the repository and to ask for the token that AWS trades for the role's credentials. Jobs that start with the
    same pushes run one after the other. Where the file exists and differs, the difference is shown and asked about.

    Makes no AWS calls. Prints the file's name. Exit codes: 0 written or nothing to do, 3 refused, 10 with --check if it
    differs.
    """
    with command(options, changes=False) as run:
        from ecsdeploy.workflow.workflow_file import WorkflowOptions, write_workflow

        wanted = WorkflowOptions(file=output_file, action=action, branches=tuple(branch or ()), check=check)
        differs = write_workflow(run, wanted)
        raise typer.Exit(int(ExitCode.CHANGES if differs and check else ExitCode.DONE))
