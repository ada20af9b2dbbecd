"""`ecsdeploy restart`: replace the tasks that run."""

from __future__ import annotations

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.options import (
    IfBusy,
    IfBusyOption,
    NoWait,
    ReportFiles,
    Timeout,
    WaitUntil,
    WaitUntilOption,
    duration,
    until,
    with_shared_options,
)
from ecsdeploy.runtime import Options


@with_shared_options
def restart(
    options: Options,
    *,
    if_busy: IfBusyOption = IfBusy.FAIL,
    wait_until: WaitUntilOption = WaitUntil.STABLE,
    no_wait: NoWait = False,
    timeout: Timeout = None,
    report: ReportFiles = None,
) -> None:
    """Replace every task by a new one of the same revision, and watch that to its verdict.

    New tasks read their secrets again. ECS starts them before it stops the old ones, so the service keeps answering.
    The revision, the count and every other setting stay.

    Prints the address of the service. Exit codes: 0 restarted, 3 refused before anything changed, 4 failed and ECS
    went back to the tasks before, 5 failed, 6 timed out, 7 superseded, 9 busy, 11 stopped by someone, 12 no task runs
    or nothing proven, 13 the smoke test failed.
    """
    with command(options, changes=True) as run:
        from ecsdeploy.workflow.restart import restart as story

        seconds = duration("--timeout", timeout) if timeout is not None else None
        waits = until(wait_until, no_wait)
        raise typer.Exit(int(story(run, run.target, timeout=seconds, until=waits, if_busy=if_busy.value)))
