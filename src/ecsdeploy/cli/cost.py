"""`ecsdeploy cost`: what the service costs a month."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.options import with_shared_options
from ecsdeploy.runtime import Options


@with_shared_options
def cost(
    options: Options,
    *,
    count: Annotated[
        int | None,
        typer.Option("--count", min=0, help="For this many tasks of the config; makes no AWS calls.", metavar="TASKS"),
    ] = None,
) -> None:
    """Show what the service costs a month, and how to save.

    Counts what runs: vCPU and memory (on demand and Spot), ephemeral storage, public addresses, images in ECR and logs,
    at AWS's list prices of the day shown. What is not known is listed, never guessed. If nothing runs, or AWS cannot
    be asked, it shows the cost of the config. docs/cost.md says what is left out.

    Reads only. Exit code: 0.
    """
    with command(options, changes=False) as run:
        from ecsdeploy.workflow.cost import cost as story

        story(run, run.target, count=count)
