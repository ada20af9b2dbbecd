"""`ecsdeploy scale`: how many tasks run."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.options import ReportFiles, Timeout, duration, with_shared_options
from ecsdeploy.errors import UsageError
from ecsdeploy.runtime import Options

MOST = 2**31 - 1


@with_shared_options
def scale(
    options: Options,
    *,
    count: Annotated[int | None, typer.Argument(min=0, max=MOST, help="How many tasks to run.", metavar="N")] = None,
    restore: Annotated[
        bool, typer.Option("--restore", help="As many as before: the config's count, or the one before `scale`.")
    ] = False,
    timeout: Timeout = None,
    report: ReportFiles = None,
) -> None:
    """Run N tasks of the current revision, and wait until they run.

    Starts no deployment, and does not disturb one in flight. `scale 0` stops the service, which then costs nothing;
    `scale --restore` goes back to the config's [service] count or, if that is not set, to the count before it was
    scaled. Warns if the config or autoscaling will change the count again.

    Prints the address of the service. Exit codes: 0 that many run, or nothing to do, 2 not a number of tasks, 3 refused
    before anything changed, 5 its tasks keep failing, 6 timed out, 7 somebody else set another count, 9 the service is
    being deleted.
    """
    with command(options, changes=True) as run:
        from ecsdeploy.workflow.scale import scale as story

        if (count is None) is not restore:
            raise UsageError(
                "`scale` takes a number of tasks, or --restore.",
                why="Both were given." if restore else "Neither was given.",
                fix="For example: `ecsdeploy scale 3`, or `ecsdeploy scale --restore`",
            )
        seconds = duration("--timeout", timeout) if timeout is not None else None
        raise typer.Exit(int(story(run, run.target, count, timeout=seconds)))
