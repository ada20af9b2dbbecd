"""The ECR repository: immutable tags, a scan on push, a lifecycle policy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ecsdeploy.changes import Change
from ecsdeploy.config.tags import APP
from ecsdeploy.core.account import Account, Hidden
from ecsdeploy.core.repository import (
    ENCRYPTION,
    IMMUTABLE,
    Repository,
    RepositoryDetails,
    Share,
    lifecycle,
    lifecycle_changes,
    repository_changes,
)
from ecsdeploy.core.step import Ref, Repeat, Step, answers, update
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.upkeep import Upkeep, by_root
from ecsdeploy.core.wanted import Wanted


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
    owner, share = details.tags.get(APP), _share(wanted)
    if share.prefix and owner not in (None, wanted.target.config.app):
        return _shared(wanted, details, upkeep, ref)
    changes = repository_changes(found, details, share)
    due = upkeep.due(ref.kind, ref.name, details.tags, wanted.target.shared_tags, changes)
    notes: tuple[str, ...] = ()
    if upkeep.reconcile and found.encryption != ENCRYPTION:
        notes = (f"The repository is encrypted with {found.encryption}; ECR cannot change that, so it stays.",)
    if not due:
        return Decision(ref=ref, quiet=not upkeep.reconcile, notes=notes)
    if any(change.path == "lifecycle" for change in due):
        notes += _what_expires(wanted, upkeep)
    return Decision(ref=ref, steps=tuple(_changes(wanted, found, due, details, ref)), notes=notes)


def _shared(wanted: Wanted, details: RepositoryDetails, upkeep: Upkeep, ref: Ref) -> Decision:
    """Return what to do about another app's repository that the config names: only its own images get a rule."""
    changes = lifecycle_changes(details, _share(wanted)) if upkeep.reconcile else ()
    if not changes:
        return Decision(ref=ref, quiet=not upkeep.reconcile)
    note = f"The repository belongs to the app {details.tags[APP]!r}: only the rule for this app's images is written."
    notes = (note, *_what_expires(wanted, upkeep))
    return Decision(ref=ref, steps=(_put_lifecycle(wanted, ref, details.lifecycle, changes),), notes=notes)


def _share(wanted: Wanted) -> Share:
    return Share(wanted.target.config.image.keep, wanted.target.tag_prefix)


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
    yield _put_lifecycle(wanted, ref, None, ())


def _changes(
    wanted: Wanted, found: Repository, due: tuple[Change, ...], details: RepositoryDetails, ref: Ref
) -> Iterator[Step]:
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
                yield _put_lifecycle(wanted, ref, details.lifecycle, changes)


def _put_lifecycle(wanted: Wanted, ref: Ref, now: Mapping[str, Any] | None, changes: tuple[Change, ...]) -> Step:
    parameters = {"repositoryName": ref.name, "lifecyclePolicyText": json.dumps(lifecycle(_share(wanted), now))}
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
