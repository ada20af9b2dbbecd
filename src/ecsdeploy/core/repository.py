"""What the ECR repository should be, and what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from ecsdeploy.events import Change

IMMUTABLE = "IMMUTABLE"
IMMUTABLE_WITH_EXCLUSION = "IMMUTABLE_WITH_EXCLUSION"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
"""Stands for the tags that images get here."""
ENCRYPTION = "AES256"
UNTAGGED_DAYS = 7


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


def lifecycle(keep: int) -> dict[str, Any]:
    """Return the lifecycle policy: the newest `keep` images stay, and what lost its tag is deleted after a week.

    ECR knows nothing about ECS: it would expire the image of a running service once `keep` newer ones were pushed.
    """
    return {
        "rules": [
            {
                "rulePriority": 1,
                "description": f"Remove untagged images after {UNTAGGED_DAYS} days",
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": UNTAGGED_DAYS,
                },
                "action": {"type": "expire"},
            },
            {
                "rulePriority": 2,
                "description": f"Keep the newest {keep} images",
                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep},
                "action": {"type": "expire"},
            },
        ]
    }


def repository_changes(now: Repository, details: RepositoryDetails, keep: int) -> tuple[Change, ...]:
    """Return what to change, under the names that ECR gives its settings."""
    changes = []
    if not now.keeps_commits:
        changes.append(Change("imageTagMutability", now.mutability, IMMUTABLE))
    if not now.scan_on_push:
        changes.append(Change("scanOnPush", False, True))
    if details.lifecycle != (wanted := lifecycle(keep)):
        before = None if details.lifecycle is None else _in_words(details.lifecycle)
        changes.append(Change("lifecycle", before, _in_words(wanted)))
    return tuple(changes)


def _in_words(policy: Mapping[str, Any]) -> list[str]:
    return [_rule(rule) for rule in policy.get("rules", [])]


def _rule(rule: Mapping[str, Any]) -> str:
    selection = rule.get("selection", {})
    parts = (rule.get("rulePriority"), *selection.values(), rule.get("action", {}).get("type"))
    return " ".join(str(part) for part in parts)
