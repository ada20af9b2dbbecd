"""`ecsdeploy status`: the state of the service."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.options import with_shared_options
from ecsdeploy.errors import ExitCode, UsageError
from ecsdeploy.runtime import Options


@with_shared_options
def status(
    options: Options,
    *,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Look again every 2 seconds until interrupted.")] = False,
    all_envs: Annotated[
        bool, typer.Option("--all-envs", help="Show all environments of the config, one line each.")
    ] = False,
) -> None:
    """Show the service's deployments, tasks and newest events, and what differs from the config.

    Each task is shown with its revision, commit, health and public address. Of many tasks, a hundred are checked and
    twenty shown, the unhealthy first. The config is compared with AWS as `deploy` would, with the running image. If a
    permission is missing, it says so and shows the rest.

    Reads only, and prints to stdout; with --output json, an object for each deployment, task and difference. With
    --watch a terminal is redrawn, and elsewhere a block is printed when something changed. Exit codes: 0 shown, even
    if nothing is deployed; 3 no permission to read the service; 130 a watch was interrupted.
    """
    with command(options, changes=False) as run:
        from ecsdeploy.workflow.environments import show_environments
        from ecsdeploy.workflow.status import show_status

        if all_envs and options.env is not None:
            raise UsageError("--all-envs and --env cannot be used together.", fix="Leave one of them out.")
        try:
            if all_envs:
                show_environments(run, watch=watch)
            else:
                show_status(run, run.target, watch=watch)
        except KeyboardInterrupt:
            if not watch:
                raise
            # How watching ends: nothing to explain.
            raise typer.Exit(int(ExitCode.INTERRUPTED)) from None
