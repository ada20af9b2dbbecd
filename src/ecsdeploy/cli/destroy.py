"""`ecsdeploy destroy`: delete everything that belongs to the app."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.options import Yes, with_shared_options
from ecsdeploy.runtime import Options


@with_shared_options
def destroy(
    options: Options,
    *,
    images: Annotated[
        bool,
        typer.Option(
            "--images", help="Also delete the repository and all its images, if no other environment has a service."
        ),
    ] = False,
    oidc_provider: Annotated[
        bool,
        typer.Option(
            "--oidc-provider", help="Also delete the account's GitHub OIDC provider, if no other role trusts it."
        ),
    ] = False,
    yes: Yes = False,
) -> None:
    """Delete the service and everything of it that has the app's tags.

    First shows what is deleted, what is kept and why; then asks for the app's name. Without a terminal it needs --yes.
    Deletes the service with its tasks, the revisions of its task definition, the log group with its logs, the security
    group, the cluster if it is empty, and the roles. What is untagged, or belongs to another app or environment, is not
    touched.

    If a run was interrupted, the same command finishes it. Prints nothing on stdout. Exit codes: 0 deleted, or
    nothing to destroy, 3 refused before anything changed, 5 stopped half-way, 6 the service's tasks do not stop.
    """
    with command(options, changes=True) as run:
        from ecsdeploy.workflow.destroy import destroy as story

        story(run, run.target, images=images, oidc_provider=oidc_provider)
