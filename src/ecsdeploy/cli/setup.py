"""`ecsdeploy setup`: everything that an admin creates once."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.github_options import OwnerId, RepositoryId
from ecsdeploy.cli.options import Yes, with_shared_options
from ecsdeploy.runtime import Options


@with_shared_options
def setup(
    options: Options,
    *,
    repository_id: RepositoryId = None,
    owner_id: OwnerId = None,
    adopt: Annotated[bool, typer.Option("--adopt", help="Take over what exists and ecsdeploy did not make.")] = False,
    tighten: Annotated[
        bool, typer.Option("--tighten", help="Take back what the task's roles may do and this config does not need.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Create everything that a service needs: once, with an admin's credentials.

    The repository, GitHub's access, the roles, the cluster, the log group and the security group. What exists is
    updated to match the config; what the task's roles may do already stays, for revisions that need it.
    """
    with command(options, changes=True) as run:
        from ecsdeploy.workflow.bootstrap_oidc import OidcOptions
        from ecsdeploy.workflow.setup import setup as story

        story(
            run,
            run.target,
            OidcOptions(
                repository_id=str(repository_id or ""), owner_id=str(owner_id or ""), adopt=adopt, tighten=tighten
            ),
        )
