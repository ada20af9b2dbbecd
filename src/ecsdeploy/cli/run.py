"""`ecsdeploy run`: one command in a task of its own."""

from __future__ import annotations

from typing import Annotated

import typer
from typer.core import TyperCommand

from ecsdeploy.cli import values
from ecsdeploy.cli.boundary import command as opened
from ecsdeploy.cli.options import duration, with_shared_options
from ecsdeploy.cli.usage import USAGE
from ecsdeploy.errors import ExitCode
from ecsdeploy.runtime import Options


class ContainerCommand(TyperCommand):
    """A command whose exit codes belong to a container: a mistake on its own command line gets none of them."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Read the command line."""
        try:
            return super().parse_args(ctx, args)
        except USAGE as error:
            error.exit_code = int(ExitCode.NOT_RUN)  # type: ignore[attr-defined]
            raise


@with_shared_options
def run(
    options: Options,
    *,
    command: Annotated[
        list[str], typer.Argument(metavar="COMMAND...", help="The program and its arguments, without a shell.")
    ],
    revision: Annotated[
        str | None,
        typer.Option(
            "--revision",
            help="A revision (7, hello:7) instead of the service's.",
            metavar="REVISION",
            autocompletion=values.revisions,
        ),
    ] = None,
    timeout: Annotated[
        str | None, typer.Option("--timeout", help="Stop the task after this time, such as 10m.", metavar="DURATION")
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Print the task's ARN, and do not wait for its end.")
    ] = False,
) -> None:
    """Run a command in a task of its own, show its output, and end with its exit code.

    The task is like the service's: the same revision (image, environment, secrets, roles), network and capacity. The
    command replaces the image's CMD; for a shell, name one: `ecsdeploy run -- sh -c 'echo "$HOME"'`. The service is
    not touched. Ctrl-C stops the task.

    Prints what the command prints. Exit codes: those of the command, 125 if it did not run or its exit code is not
    known, 130 and 143 interrupted.
    """
    with opened(options, changes=True, failed=ExitCode.NOT_RUN) as opened_run:
        from ecsdeploy.workflow.run_command import RunOptions, require_command, run_command

        wanted = RunOptions(
            command=require_command(command),
            revision=revision,
            timeout=duration("--timeout", timeout) if timeout is not None else None,
            detach=detach,
        )
        raise typer.Exit(run_command(opened_run, opened_run.target, wanted))
