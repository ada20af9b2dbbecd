"""`ecsdeploy create-repo`: the ECR repository."""

from __future__ import annotations

from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.events import Result
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.ensure.repository import ensure_repository


def create_repo(run: Run, *, adopt: bool = False) -> None:
    """Create the repository or bring it to what the config says, and tell its URI."""
    run.aws.require_account(run.config.account)
    repository(run, Upkeep(adopt=adopt))


def repository(run: Run, upkeep: Upkeep) -> None:
    """Do the part that `setup` has in common with `create-repo`."""
    run.report(Result("repository", ensure_repository(run, upkeep).uri))
