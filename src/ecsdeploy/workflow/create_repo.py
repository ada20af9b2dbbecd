"""`ecsdeploy create-repo`: the ECR repository."""

from __future__ import annotations

from ecsdeploy.core.target import Target
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.events import Result
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.made import bring_up


def create_repo(run: Run, target: Target, *, adopt: bool = False) -> None:
    """Create the repository or update it to match the config, and print its URI."""
    made = bring_up(run, Wanted(target=target, parts=("repository",)), Upkeep(adopt=adopt))
    run.report(Result("repository", made.repository_uri))
