"""`ecsdeploy history`: past deployments, and how they ended."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.options import with_shared_options
from ecsdeploy.runtime import Options


@with_shared_options
def history(
    options: Options,
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100, help="How many deployments to show.")] = 10,
) -> None:
    """Show the service's deployments, the newest first: when, who, what, how it ended and how long it took.

    A deployment succeeded, was rolled back, failed, was superseded by a newer one, was stopped by someone, or is still
    in flight. BY and COMMIT come from the tags of its revision: they say who registered it.
    ECS keeps deployments for 90 days.

    Reads only, and prints to stdout; --output json adds ECS's own status and the address of the CI run. Exit codes:
    0 shown, even if nothing is deployed; 3 no permission to read the service.
    """
    with command(options, changes=False) as run:
        from ecsdeploy.workflow.history import show_history

        show_history(run, run.target, limit=limit)
