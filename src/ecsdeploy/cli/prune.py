"""`ecsdeploy prune`: delete old revisions and images."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.options import Yes, with_shared_options
from ecsdeploy.runtime import Options

KEEP = 5


@with_shared_options
def prune(
    options: Options,
    *,
    keep: Annotated[
        int,
        typer.Option("--keep", min=1, metavar="N", help="Keep the last N revisions that succeeded, to roll back to."),
    ] = KEEP,
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete deregistered revisions instead of leaving them INACTIVE.")
    ] = False,
    images: Annotated[
        bool,
        typer.Option("--images", help="Also delete old images that no kept revision names."),
    ] = False,
    yes: Yes = False,
) -> None:
    """Deregister the revisions of the task definition that nothing runs and no rollback needs.

    Keeps what the service or a task runs, the last N that succeeded and the newest; with --images, the images that
    these or the ACTIVE revisions of another environment name, and all newer ones. Without --images, old images are
    left to ECR: its lifecycle policy keeps the newest, as [image] keep says.

    First shows what is deleted, what is kept and why; then asks. Without a terminal it needs --yes. Prints nothing on
    stdout. Exit codes: 0 pruned, or nothing to prune, 3 refused before anything changed, 5 stopped half-way.
    """
    with command(options, changes=True) as run:
        from ecsdeploy.core.pruning import Pruning
        from ecsdeploy.workflow.prune import prune as story

        story(run, Pruning(target=run.target, keep=keep, delete=delete, images=images))
