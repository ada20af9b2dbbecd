"""The ECR repository."""

from __future__ import annotations

from ecsdeploy.aws.ecr import Ecr
from ecsdeploy.core.repository import ENCRYPTION, Repository, RepositoryDetails, lifecycle, repository_changes
from ecsdeploy.core.upkeep import FILL, Upkeep
from ecsdeploy.errors import PermissionDenied
from ecsdeploy.events import Change, Note
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.ensure.place import shared_tags_of
from ecsdeploy.workflow.ensure.telling import created, doing, making, unchanged, updated

KIND = "repository"


def ensure_repository(run: Run, upkeep: Upkeep = FILL) -> Repository:
    """Return the repository, created or brought to what the config says."""
    ecr, name = Ecr(run.aws), run.names.repository
    found = ecr.repository(name)
    if found is None:
        with making(run, upkeep, KIND, name):
            made = ecr.create(name, shared_tags_of(run))
            if made:
                created(run, KIND, name, f"immutable tags, scan on push, keeps {run.config.image.keep} images")
                ecr.put_lifecycle(name, lifecycle(run.config.image.keep))
                _say_what_expires(run, upkeep)
                return made
        return ensure_repository(run, upkeep)  # somebody else was faster: what is there now is judged like any other
    _bring_up(run, ecr, found, upkeep)
    return found


def _bring_up(run: Run, ecr: Ecr, found: Repository, upkeep: Upkeep) -> None:
    try:
        details = ecr.details(found)
    except PermissionDenied:
        if upkeep.reconcile:
            raise
        return
    wanted = shared_tags_of(run)
    changes = repository_changes(found, details, run.config.image.keep)
    due = upkeep.due(KIND, found.name, details.tags, wanted, changes)
    if upkeep.reconcile and found.encryption != ENCRYPTION:
        run.report(Note(f"The repository is encrypted with {found.encryption}; ECR cannot change that, so it stays."))
    if not due:
        unchanged(run, upkeep, KIND, found.name)
        return
    with doing(run, f"updating {KIND} {found.name}"):
        _apply(run, ecr, found, details, due)
    updated(run, KIND, found.name, due)
    if any(change.path == "lifecycle" for change in due):
        _say_what_expires(run, upkeep)


def _say_what_expires(run: Run, upkeep: Upkeep) -> None:
    keep = run.config.image.keep
    if upkeep.reconcile:
        run.report(
            Note(
                f"ECR keeps the newest {keep} images and does not know which one a service runs: "
                f"deploy at least once in {keep} builds, or raise [image] keep."
            )
        )


def _apply(run: Run, ecr: Ecr, found: Repository, details: RepositoryDetails, due: tuple[Change, ...]) -> None:
    paths = {change.path for change in due}
    tags = shared_tags_of(run)
    if any(details.tags.get(key) != value for key, value in tags.items()):
        ecr.tag(found.arn, tags)
    if "imageTagMutability" in paths:
        ecr.make_tags_immutable(found.name)
    if "scanOnPush" in paths:
        ecr.scan_on_push(found.name)
    if "lifecycle" in paths:
        ecr.put_lifecycle(found.name, lifecycle(run.config.image.keep))
