"""`ecsdeploy scale`: how many tasks run."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.options import Timeout, duration, with_shared_options
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
) -> None:
    """Run N tasks of what runs now, and wait until they do.

    Starts no deployment, and disturbs none that is in flight. `scale 0` stops the service, which then costs nothing;
    `scale --restore` brings back as many tasks as the config's [service] count says or, where it says nothing, as ran
    before it was scaled. Warns where the config or autoscaling will change the count again.

    Prints the address of the service. Exit codes: 0 that many run, or nothing to do, 2 not a number of tasks, 3 refused
    before anything changed, 6 timed out, 7 somebody else set another count, 9 the service is being deleted.
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
