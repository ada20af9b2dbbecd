"""`ecsdeploy setup`: everything that an admin creates once."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli import options as common


def setup(
    *,
    config: common.ConfigOption = common.DEFAULT_CONFIG,
    env: common.EnvOption = None,
    region: common.RegionOption = None,
    profile: common.ProfileOption = None,
    output: common.OutputOption = common.Output.AUTO,
    no_color: common.NoColorOption = False,
    debug: common.DebugOption = False,
    yes: common.YesOption = False,
    repository_id: Annotated[
        int | None,
        typer.Option("--repository-id", min=1, help="GitHub's number of the repository.", metavar="NUMBER"),
    ] = None,
    owner_id: Annotated[
        int | None,
        typer.Option("--owner-id", min=1, help="GitHub's number of the repository's owner.", metavar="NUMBER"),
    ] = None,
    adopt: Annotated[bool, typer.Option("--adopt", help="Take over what exists and ecsdeploy did not make.")] = False,
) -> None:
    """Create everything that a service stands on, once, with an admin's credentials.

    The repository, the roles, GitHub's access, the cluster, the log group and the security group.
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
        from ecsdeploy.workflow.bootstrap_oidc import OidcOptions
        from ecsdeploy.workflow.setup import setup as story

        story(run, OidcOptions(repository_id=str(repository_id or ""), owner_id=str(owner_id or ""), adopt=adopt))
