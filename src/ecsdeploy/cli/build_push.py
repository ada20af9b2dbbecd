"""`ecsdeploy build-push`: build the image of the source as it is, and push it to ECR."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli import options as common


def build_push(
    *,
    config: common.ConfigOption = common.DEFAULT_CONFIG,
    env: common.EnvOption = None,
    region: common.RegionOption = None,
    profile: common.ProfileOption = None,
    output: common.OutputOption = common.Output.AUTO,
    no_color: common.NoColorOption = False,
    debug: common.DebugOption = False,
    yes: common.YesOption = False,
    tag: Annotated[str | None, typer.Option("--tag", help="The image's tag, instead of the git commit.")] = None,
    build_arg: Annotated[
        list[str] | None,
        typer.Option("--build-arg", help="Set a build argument; may be repeated.", metavar="NAME=VALUE"),
    ] = None,
    allow_dirty: Annotated[
        bool, typer.Option("--allow-dirty", help="In CI, build a source tree that differs from its commit.")
    ] = False,
    allow_sensitive_context: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-sensitive-context",
            help="Send this file or folder to the build although it looks secret; may be repeated.",
            metavar="PATTERN",
        ),
    ] = None,
) -> None:
    """Build the image for the task's platform, tag it with the git commit and push it to ECR.

    A commit that is in ECR already is not built again. Prints the image as REPOSITORY@DIGEST.
    """
    from ecsdeploy.cli.boundary import command
    from ecsdeploy.runtime import Options

    given = Options(
        config=config,
        env=env,
        region=region,
        profile=profile,
        output=output.value,
        no_color=no_color,
        debug=debug,
        yes=yes,
    )
    with command(given, changes=True) as run:
        from ecsdeploy.events import Result
        from ecsdeploy.workflow.ship_image import BuildOptions, ship_image

        shipped = ship_image(
            run,
            BuildOptions(
                tag=tag,
                build_args=tuple(build_arg or ()),
                allow_dirty=allow_dirty,
                allow_sensitive=tuple(allow_sensitive_context or ()),
            ),
        )
        run.report(Result("image", shipped.image.reference))
