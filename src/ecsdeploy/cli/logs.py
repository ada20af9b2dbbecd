"""`ecsdeploy logs`: what the service's tasks wrote."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from ecsdeploy.cli import values
from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.options import duration, with_shared_options
from ecsdeploy.errors import ExitCode
from ecsdeploy.runtime import Options


@with_shared_options
def logs(
    options: Options,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep going until interrupted.")] = False,
    since: Annotated[
        str, typer.Option("--since", help="How far back to start (10m, 2d), or a time.", metavar="DURATION|TIME")
    ] = "10m",
    task: Annotated[
        str,
        typer.Option(
            "--task", help="Only this task: an id or its beginning.", metavar="ID", autocompletion=values.tasks
        ),
    ] = "",
    container: Annotated[
        str,
        typer.Option("--container", help="Only this container.", metavar="NAME", autocompletion=values.containers),
    ] = "",
    filter_pattern: Annotated[
        str, typer.Option("--filter", help="A CloudWatch Logs filter pattern.", metavar="PATTERN")
    ] = "",
) -> None:
    """Show the logs of all tasks, merged in order of time.

    Log lines go to stdout, everything else to stderr. In a terminal, control sequences in log text are removed.
    """
    with command(options, changes=False) as run:
        from ecsdeploy.workflow.logs import LogOptions, show_logs

        wanted = LogOptions(since=_since(since), follow=follow, task=task, container=container, pattern=filter_pattern)
        try:
            show_logs(run, run.target, wanted)
        except KeyboardInterrupt:
            if not follow:
                raise
            # How following ends: nothing to explain.
            raise typer.Exit(int(ExitCode.INTERRUPTED)) from None


def _since(text: str) -> int | datetime:
    """Return seconds back from now, or the time (UTC where it names no zone). Raises `UsageError`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return duration("--since", text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
