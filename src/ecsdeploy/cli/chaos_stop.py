"""`ecsdeploy chaos-stop`: show that the service heals itself."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli import values
from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.options import Yes, duration, with_shared_options
from ecsdeploy.runtime import Options


@with_shared_options
def chaos_stop(
    options: Options,
    *,
    task: Annotated[
        str,
        typer.Option(
            "--task",
            help="The task to stop: an id or its beginning.",
            metavar="ID",
            autocompletion=values.tasks,
        ),
    ] = "",
    probe: Annotated[str, typer.Option("--probe", help="Send requests to this URL meanwhile.", metavar="URL")] = "",
    timeout: Annotated[str, typer.Option("--timeout", help="How long recovery may take.", metavar="DURATION")] = "5m",
    yes: Yes = False,
) -> None:
    """Stop a running task on purpose, watch ECS replace it, and say how long that took.

    Takes the oldest task that is not protected. Refuses while a deployment is in flight, and refuses to stop the last
    healthy task of several. If the service has only one task, it asks first, or needs --yes.

    Prints the recovery time in seconds. Exit codes: 0 healed, 3 refused, 12 no task runs, 13 not healed in time.
    """
    with command(options, changes=True) as run:
        from ecsdeploy.workflow.chaos_stop import ChaosOptions
        from ecsdeploy.workflow.chaos_stop import chaos_stop as story

        wanted = ChaosOptions(timeout=duration("--timeout", timeout), probe=probe, task=task)
        raise typer.Exit(int(story(run, run.target, wanted)))
