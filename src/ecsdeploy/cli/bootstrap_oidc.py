"""`ecsdeploy bootstrap-oidc`: GitHub Actions deploys without a stored key."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli import options as common


def bootstrap_oidc(
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
    adopt: Annotated[bool, typer.Option("--adopt", help="Take over roles that ecsdeploy did not make.")] = False,
) -> None:
    """Let GitHub Actions deploy without a stored key: OIDC provider, deploy role, execution role, task role.

    Trusts exactly the repository's branches and environments in [github]. Prints the role's ARN, and the job to paste.
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
        from ecsdeploy.workflow.bootstrap_oidc import bootstrap_oidc as story

        story(run, OidcOptions(repository_id=str(repository_id or ""), owner_id=str(owner_id or ""), adopt=adopt))
