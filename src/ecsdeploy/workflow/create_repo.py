"""`ecsdeploy create-repo`: the ECR repository."""

from __future__ import annotations

from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.events import Note, Result
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.ensure.repository import ensure_repository


def create_repo(run: Run, *, adopt: bool = False) -> None:
    """Create the repository or bring it to what the config says, and tell its URI."""
    run.aws.require_account(run.config.account)
    repository(run, Upkeep(adopt=adopt))


def repository(run: Run, upkeep: Upkeep) -> None:
    """Do the part that `setup` has in common with `create-repo`."""
    found = ensure_repository(run, upkeep)
    keep = run.config.image.keep
    run.report(
        Note(
            f"ECR keeps the newest {keep} images and does not know which one a service runs: "
            f"deploy at least once in {keep} builds, or raise [image] keep."
        ),
        Result("repository", found.uri),
    )
