"""`ecsdeploy deploy`: ship the source and report the result."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.image_options import (
    AllowDirty,
    AllowOlder,
    AllowSensitive,
    BuildArg,
    FailOnOption,
    ImageName,
    Tag,
    build_options,
)
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
def deploy(
    options: Options,
    *,
    image: ImageName = None,
    tag: Tag = None,
    build_arg: BuildArg = None,
    allow_dirty: AllowDirty = False,
    allow_sensitive_context: AllowSensitive = None,
    fail_on: FailOnOption = None,
    adopt: Annotated[bool, typer.Option("--adopt", help="Take over a service that ecsdeploy did not make.")] = False,
    force_new_deployment: Annotated[
        bool, typer.Option("--force-new-deployment", help="Replace every task even if nothing differs.")
    ] = False,
    if_busy: IfBusyOption = IfBusy.FAIL,
    allow_older: AllowOlder = False,
    wait_until: WaitUntilOption = WaitUntil.STABLE,
    no_wait: NoWait = False,
    timeout: Timeout = None,
    report: ReportFiles = None,
    yes: Yes = False,
) -> None:
    """Build, push, register and deploy; watch the rollout to its verdict.

    Does only what differs: an image that is in ECR is not built again, an equal task definition is not registered
    again, and if nothing differs, nothing is written. Creates whatever `setup` would create and is missing.
    With [smoke] in the config, a deployment whose answers are not as expected is rolled back.

    Refuses a commit that is older than the one that runs, as when an old CI run is started again: `ecsdeploy rollback`
    goes back on purpose. Where git has not both commits, their times count; of two branches neither is older.

    While another deployment is in flight, it changes nothing, unless --if-busy says so; one of the same revision is
    watched. An image that is not there yet is built before the wait.

    Prints the address of the service. Exit codes: 0 deployed or unchanged, 3 refused before anything changed,
    4 failed and rolled back, 5 failed, 6 timed out, 7 superseded, 9 busy, 11 stopped by someone, 12 nothing proven,
    13 the smoke test failed.
    """
    with command(options, changes=True) as run:
        from ecsdeploy.workflow.deploy import DeployOptions
        from ecsdeploy.workflow.deploy import deploy as story

        wanted = DeployOptions(
            build=build_options(
                tag=tag, build_arg=build_arg, allow_dirty=allow_dirty, allow_sensitive=allow_sensitive_context
            ),
            image=image,
            adopt=adopt,
            force=force_new_deployment,
            timeout=duration("--timeout", timeout) if timeout is not None else None,
            if_busy=if_busy.value,
            allow_older=allow_older,
            fail_on=fail_on.value if fail_on else None,
            until=until(wait_until, no_wait),
        )
        verdict = story(run, run.target, wanted)
        raise typer.Exit(int(verdict.exit_code))
