"""`ecsdeploy setup`: everything that an admin creates once."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.github_options import Boundary, DryRun, OwnerId, Repair, RepositoryId, WhichCi, boundary_arn
from ecsdeploy.cli.options import Yes, with_shared_options
from ecsdeploy.runtime import Options


@with_shared_options
def setup(
    options: Options,
    *,
    ci: WhichCi = None,
    repository_id: RepositoryId = None,
    owner_id: OwnerId = None,
    permissions_boundary: Boundary = None,
    adopt: Annotated[bool, typer.Option("--adopt", help="Take over what exists and ecsdeploy did not make.")] = False,
    tighten: Annotated[
        bool, typer.Option("--tighten", help="Take back what the task's roles may do and this config does not need.")
    ] = False,
    repair: Repair = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Create everything that a service needs: once, with an admin's credentials.

    The repository, the roles, GitHub's access, the cluster, the log group and the security group. What exists is
    updated to match the config; what the task's roles may do already stays, for revisions that need it.

    A policy of a role that was changed by hand is shown and left alone, and so is all the rest: --repair sets it to
    what the config says. If the config lets in more than the deploy role trusts now, that needs a yes.

    Exit codes: 0 done, or nothing to do; 2 a mistake in the config; 3 refused, and nothing was changed; 5 failed.
    """
    with command(options, changes=True) as run:
        from ecsdeploy.workflow.bootstrap_oidc import OidcOptions
        from ecsdeploy.workflow.setup import foresee_setup
        from ecsdeploy.workflow.setup import setup as story

        wanted = OidcOptions(
            ci=ci.value if ci else "",
            repository_id=str(repository_id or ""),
            owner_id=str(owner_id or ""),
            boundary=boundary_arn(permissions_boundary),
            adopt=adopt,
            tighten=tighten,
            repair=repair,
        )
        (foresee_setup if dry_run else story)(run, run.target, wanted)
