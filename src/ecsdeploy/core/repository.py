"""What the ECR repository should be, and what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from ecsdeploy.changes import Change

IMMUTABLE = "IMMUTABLE"
IMMUTABLE_WITH_EXCLUSION = "IMMUTABLE_WITH_EXCLUSION"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
"""Stands for the tags that images get here."""
ENCRYPTION = "AES256"
UNTAGGED_DAYS = 7
COUNTED = "imageCountMoreThan"
ROOM = 2
"""How often the rule for all images has room for what an app keeps by a rule of its own."""


@dataclass(frozen=True)
class Repository:
    """An ECR repository as DescribeRepositories shows it; `uri` is where images are pushed.

    `exclusions` are the patterns (`*` is any text) of tags that may be moved although the others may not.
    """

    name: str
    arn: str
    uri: str
    mutability: str = IMMUTABLE
    scan_on_push: bool = True
    encryption: str = ENCRYPTION
    exclusions: tuple[str, ...] = ()

    @property
    def keeps_commits(self) -> bool:
        """Return whether the tag of a commit can't be moved: other tags, such as a build's cache, may be."""
        if self.mutability == IMMUTABLE_WITH_EXCLUSION:
            return not any(fnmatchcase(COMMIT, pattern) for pattern in self.exclusions)
        return self.mutability == IMMUTABLE


@dataclass(frozen=True)
class RepositoryDetails:
    """What takes further reads: the lifecycle policy (None: there is none) and the tags."""

    lifecycle: Mapping[str, Any] | None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Share:
    """What of a repository is one app's: the newest `keep` images whose tags begin with `prefix`.

    Without a prefix the repository is the app's own: all is its, but what others have a prefix for.
    """

    keep: int
    prefix: str = ""


def lifecycle(share: Share, now: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the lifecycle policy: the newest images stay, and what lost its tag is deleted after a week.

    Each app that shares the repository has a rule for its own images, and those of other apps stay as they are `now`.
    The last rule is for all other images. It counts those of the apps too, but expires none that an earlier rule is for
    ("Lifecycle policy properties" in the Amazon ECR User Guide): so it has room for as many as they keep, and for as
    many again, since ECR looks once a day and counts what they pushed until then.

    ECR knows nothing about ECS: it would expire the image of a running service once `keep` newer ones were pushed.
    """
    before, rest = _shares(now or {})
    shares = {**before, **({share.prefix: share.keep} if share.prefix else {})}
    others = max(rest - ROOM * sum(before.values()), 0) if share.prefix else share.keep
    count = ROOM * sum(shares.values()) + (others or share.keep)
    selections = [
        *({"tagStatus": "tagged", "tagPrefixList": [prefix], **_newest(keep)} for prefix, keep in shares.items()),
        {"tagStatus": "any", **_newest(count)},
    ]
    words = [f"Keep the newest {keep} images of {prefix.rstrip('.')}" for prefix, keep in shares.items()]
    untagged = {
        "rulePriority": 1,
        "description": f"Remove untagged images after {UNTAGGED_DAYS} days",
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": UNTAGGED_DAYS,
        },
        "action": {"type": "expire"},
    }
    described = zip([*words, f"Keep the newest {count} images"], selections, strict=True)
    newest = [
        {"rulePriority": number, "description": text, "selection": selection, "action": {"type": "expire"}}
        for number, (text, selection) in enumerate(described, start=2)
    ]
    return {"rules": [untagged, *newest]}


def _newest(keep: int) -> dict[str, Any]:
    return {"countType": COUNTED, "countNumber": keep}


def _shares(policy: Mapping[str, Any]) -> tuple[dict[str, int], int]:
    """Return how many images each app keeps according to `policy`, by its prefix; and all images, 0 if any number."""
    shares: dict[str, int] = {}
    rest = 0
    for rule in sorted(policy.get("rules", []), key=lambda each: int(each["rulePriority"])):
        selection = rule["selection"]
        if selection.get("countType") != COUNTED or rule["action"]["type"] != "expire":
            continue
        match selection:
            case {"tagStatus": "any"}:
                rest = int(selection["countNumber"])
            case {"tagPrefixList": [str(prefix)]} if prefix.endswith("."):
                shares[prefix] = int(selection["countNumber"])
    return shares, rest


def repository_changes(now: Repository, details: RepositoryDetails, share: Share) -> tuple[Change, ...]:
    """Return what to change, under the names that ECR gives its settings."""
    changes = []
    if not now.keeps_commits:
        changes.append(Change("imageTagMutability", now.mutability, IMMUTABLE))
    if not now.scan_on_push:
        changes.append(Change("scanOnPush", False, True))
    return (*changes, *lifecycle_changes(details, share))


def lifecycle_changes(details: RepositoryDetails, share: Share) -> tuple[Change, ...]:
    """Return what to change of the lifecycle policy."""
    if details.lifecycle == (wanted := lifecycle(share, details.lifecycle)):
        return ()
    before = None if details.lifecycle is None else _in_words(details.lifecycle)
    return (Change("lifecycle", before, _in_words(wanted)),)


def _in_words(policy: Mapping[str, Any]) -> list[str]:
    return [_rule(rule) for rule in policy.get("rules", [])]


def _rule(rule: Mapping[str, Any]) -> str:
    selection = rule.get("selection", {})
    parts = (rule.get("rulePriority"), *selection.values(), rule.get("action", {}).get("type"))
    return " ".join(", ".join(part) if isinstance(part, list) else str(part) for part in parts)
