"""`ecsdeploy explain`: why a deployment failed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ecsdeploy.cli.boundary import boundary, command
from ecsdeploy.cli.options import with_shared_options
from ecsdeploy.runtime import Options


@with_shared_options
def explain(
    options: Options,
    *,
    deployment: Annotated[
        str, typer.Argument(help="A service deployment's ARN: then no config is needed.", metavar="ARN")
    ] = "",
    saved: Annotated[
        Path | None, typer.Option("--from", help="A report that `--report FILE.json` wrote.", metavar="FILE.json")
    ] = None,
) -> None:
    """Show why the last deployment that failed did: the cause, the log of its task, and what to do.

    ECS keeps a stopped task for an hour. After that, what the service's events and the log group still hold is shown;
    a report (`deploy --report FILE.json`) keeps everything.

    Works from anywhere, and changes nothing. The exit code is 0 if there is something to explain, or nothing failed.
    """
    if saved is not None:
        with boundary(options) as shown:
            from ecsdeploy.workflow.explain import from_report

            shown(*from_report(saved))
        return
    with command(options, changes=False, of_deployment=deployment) as run:
        from ecsdeploy.workflow.explain import explain as story

        story(run, run.target, deployment)
