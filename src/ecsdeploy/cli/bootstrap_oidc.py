"""`ecsdeploy bootstrap-oidc`: GitHub Actions deploys without a stored key."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.github_options import OwnerId, RepositoryId
from ecsdeploy.cli.options import Yes, with_shared_options
from ecsdeploy.runtime import Options


@with_shared_options
def bootstrap_oidc(
    options: Options,
    *,
    repository_id: RepositoryId = None,
    owner_id: OwnerId = None,
    adopt: Annotated[bool, typer.Option("--adopt", help="Take over roles that ecsdeploy did not make.")] = False,
    yes: Yes = False,
) -> None:
    """Let GitHub Actions deploy without a stored key: OIDC provider, deploy role, execution role, task role.

    Trusts only the repository, branches and environments in [github]. Prints the role's ARN, and the job to paste.
    """
    with command(options, changes=True) as run:
        from ecsdeploy.workflow.bootstrap_oidc import OidcOptions
        from ecsdeploy.workflow.bootstrap_oidc import bootstrap_oidc as story

        story(
            run,
            run.target,
            OidcOptions(repository_id=str(repository_id or ""), owner_id=str(owner_id or ""), adopt=adopt),
        )
