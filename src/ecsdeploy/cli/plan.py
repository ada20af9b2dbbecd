"""`ecsdeploy plan`: what `deploy` would do."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.image_options import AllowDirty, AllowOlder, AllowSensitive, BuildArg, ImageName, Tag, build_options
from ecsdeploy.cli.options import IfBusy, IfBusyOption, with_shared_options
from ecsdeploy.errors import ExitCode
from ecsdeploy.runtime import Options


@with_shared_options
def plan(
    options: Options,
    *,
    image: ImageName = None,
    tag: Tag = None,
    build_arg: BuildArg = None,
    allow_dirty: AllowDirty = False,
    allow_sensitive_context: AllowSensitive = None,
    adopt: Annotated[bool, typer.Option("--adopt", help="Plan for `deploy --adopt`.")] = False,
    force_new_deployment: Annotated[
        bool, typer.Option("--force-new-deployment", help="Plan for `deploy --force-new-deployment`.")
    ] = False,
    if_busy: IfBusyOption = IfBusy.FAIL,
    allow_older: AllowOlder = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 10 if something would change.")] = False,
) -> None:
    """Show everything that `deploy` would do, without doing any of it.

    Per resource: created, updated (with the difference), unchanged, or not checked. Then what `deploy` would ask, what
    the tasks cost a month before and after, and whether tasks are replaced. `deploy` with the same options makes
    exactly these changes; what it would refuse, `plan` refuses in the same words.

    Reads only. Exit codes: 0 planned, 3 refused, 9 another deployment is in flight, with --exit-code 10 if something
    would change.
    """
    with command(options, changes=True) as run:
        from ecsdeploy.workflow.deploy import DeployOptions
        from ecsdeploy.workflow.plan import plan as story

        wanted = DeployOptions(
            build=build_options(
                tag=tag, build_arg=build_arg, allow_dirty=allow_dirty, allow_sensitive=allow_sensitive_context
            ),
            image=image,
            adopt=adopt,
            force=force_new_deployment,
            if_busy=if_busy.value,
            allow_older=allow_older,
        )
        changes = story(run, run.target, wanted)
        raise typer.Exit(int(ExitCode.CHANGES if changes and exit_code else ExitCode.DONE))
