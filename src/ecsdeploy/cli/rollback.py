"""`ecsdeploy rollback`: back to what ran before."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli import values
from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.options import (
    IfBusy,
    IfBusyOption,
    NoWait,
    ReportFiles,
    Timeout,
    WaitUntil,
    WaitUntilOption,
    Yes,
    duration,
    until,
    with_shared_options,
)
from ecsdeploy.runtime import Options


@with_shared_options
def rollback(
    options: Options,
    *,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            help="This revision (7, hello:7), or the newest of a commit (7 digits or more) or an image (sha256:...).",
            metavar="REVISION|COMMIT|DIGEST",
            autocompletion=values.revisions,
        ),
    ] = None,
    if_busy: IfBusyOption = IfBusy.FAIL,
    wait_until: WaitUntilOption = WaitUntil.STABLE,
    no_wait: NoWait = False,
    timeout: Timeout = None,
    report: ReportFiles = None,
    yes: Yes = False,
) -> None:
    """Go back to the last revision that worked before this one, and watch that to its verdict.

    Takes the newest revision older than the running one whose deployment succeeded; run it again to go back one more.
    If ECS has already rolled back by itself, there is nothing to do. A commit or an image is looked for in the newest
    100 revisions. Shows what runs and what it goes back to; on a terminal it asks first. Only the revision changes: not
    the count, the network or any other setting. With --if-busy supersede, a deployment in flight is given up, for what
    ran before it.

    Prints the address of the service. Exit codes: 0 rolled back, or nothing to do, 2 --to is not valid, or matches
    several commits, 3 refused before anything changed (nothing to go back to, a revision that is missing, INACTIVE or
    without its image), 4 failed and ECS went back to what ran, 5 failed, 6 timed out, 7 superseded, 9 busy, 11 stopped
    by someone, 12 nothing proven.
    """
    with command(options, changes=True) as run:
        from ecsdeploy.workflow.rollback import rollback as story

        seconds = duration("--timeout", timeout) if timeout is not None else None
        waits = until(wait_until, no_wait)
        verdict = story(run, run.target, to, timeout=seconds, until=waits, if_busy=if_busy.value)
        raise typer.Exit(int(verdict.exit_code))
