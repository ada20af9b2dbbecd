"""The ECR repository: immutable tags, a scan on push, a lifecycle policy."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ecsdeploy.core.account import Account, Hidden
from ecsdeploy.core.repository import (
    ENCRYPTION,
    IMMUTABLE,
    Repository,
    RepositoryDetails,
    lifecycle,
    repository_changes,
)
from ecsdeploy.core.step import Ref, Repeat, Step, answers, update
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.upkeep import Upkeep, by_root
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.events import Change


def decide(wanted: Wanted, account: Account, upkeep: Upkeep) -> Decision:
    """Return what to do about the repository. Raises `Refused`, `PermissionDenied`."""
    ref = Ref("repository", wanted.target.names.repository)
    found = account.repository
    if found is None:
        return Decision(ref=ref, steps=tuple(_creation(wanted, ref)), notes=_what_expires(wanted, upkeep))
    details = account.repository_details
    if details is None or isinstance(details, Hidden):
        if upkeep.reconcile and isinstance(details, Hidden):
            raise details.error
        return Decision(ref=ref, quiet=True, hidden=details)
    return _upkept(wanted, found, details, upkeep, ref)


def _upkept(wanted: Wanted, found: Repository, details: RepositoryDetails, upkeep: Upkeep, ref: Ref) -> Decision:
    changes = repository_changes(found, details, wanted.target.config.image.keep)
    due = upkeep.due(ref.kind, ref.name, details.tags, wanted.target.shared_tags, changes)
    notes: tuple[str, ...] = ()
    if upkeep.reconcile and found.encryption != ENCRYPTION:
        notes = (f"The repository is encrypted with {found.encryption}; ECR cannot change that, so it stays.",)
    if not due:
        return Decision(ref=ref, quiet=not upkeep.reconcile, notes=notes)
    if any(change.path == "lifecycle" for change in due):
        notes += _what_expires(wanted, upkeep)
    return Decision(ref=ref, steps=tuple(_changes(wanted, found, due, ref)), notes=notes)


def _creation(wanted: Wanted, ref: Ref) -> Iterator[Step]:
    keep = wanted.target.config.image.keep
    yield Step(
        about=ref,
        action="created",
        call="ecr:CreateRepository",
        parameters={
            "repositoryName": ref.name,
            "imageTagMutability": IMMUTABLE,
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfiguration": {"encryptionType": ENCRYPTION},
            "tags": _tags(wanted),
        },
        detail=f"immutable tags, scan on push, keeps {keep} images",
        gives={"arn": "repository.repositoryArn", "uri": "repository.repositoryUri"},
        repeat=Repeat(taken=answers("RepositoryAlreadyExistsException")),
    )
    yield _put_lifecycle(ref, keep, ())


def _changes(wanted: Wanted, found: Repository, due: tuple[Change, ...], ref: Ref) -> Iterator[Step]:
    name = {"repositoryName": ref.name}
    for path, changes in by_root(due).items():
        match path:
            case "tags":
                parameters = {"resourceArn": found.arn, "tags": _tags(wanted)}
                yield update(ref, "ecr:TagResource", parameters, changes)
            case "imageTagMutability":
                yield update(ref, "ecr:PutImageTagMutability", {**name, "imageTagMutability": IMMUTABLE}, changes)
            case "scanOnPush":
                scan = {"imageScanningConfiguration": {"scanOnPush": True}}
                yield update(ref, "ecr:PutImageScanningConfiguration", {**name, **scan}, changes)
            case _:
                yield _put_lifecycle(ref, wanted.target.config.image.keep, changes)


def _put_lifecycle(ref: Ref, keep: int, changes: tuple[Change, ...]) -> Step:
    parameters = {"repositoryName": ref.name, "lifecyclePolicyText": json.dumps(lifecycle(keep))}
    return update(ref, "ecr:PutLifecyclePolicy", parameters, changes)


def _tags(wanted: Wanted) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in wanted.target.shared_tags.items()]


def _what_expires(wanted: Wanted, upkeep: Upkeep) -> tuple[str, ...]:
    keep = wanted.target.config.image.keep
    if not upkeep.reconcile:
        return ()
    return (
        f"ECR keeps the newest {keep} images and does not know which one a service runs: "
        f"deploy at least once in {keep} builds, or raise [image] keep.",
    )
