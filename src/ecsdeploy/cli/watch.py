"""`ecsdeploy watch`: follow a deployment that is under way."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.options import ReportFiles, Timeout, duration, with_shared_options
from ecsdeploy.runtime import Options


@with_shared_options
def watch(
    options: Options,
    *,
    deployment: Annotated[
        str, typer.Argument(help="A service deployment's ARN: then no config is needed.", metavar="ARN")
    ] = "",
    timeout: Timeout = None,
    report: ReportFiles = None,
) -> None:
    """Follow the deployment in flight, or the one that an ARN names, to its verdict.

    Works from anywhere: it does not matter who started it, and nothing is changed. Where none is in flight, it says
    how the last one ended.

    Exit codes are those of `deploy`: 0 deployed, 4 failed and rolled back, 5 failed, 6 timed out, 7 superseded,
    11 stopped by someone, 12 nothing proven.
    """
    with command(options, changes=False, of_deployment=deployment) as run:
        from ecsdeploy.workflow.follow import follow

        seconds = duration("--timeout", timeout) if timeout is not None else run.target.config.service.timeout
        verdict = follow(run, run.target, deployment, timeout=seconds)
        raise typer.Exit(int(verdict.exit_code))
