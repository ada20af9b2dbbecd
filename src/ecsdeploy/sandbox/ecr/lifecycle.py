"""Lifecycle policies: what they may say, and which images they would delete.

Source: "Lifecycle policy properties" and "Creating a lifecycle policy preview" in the Amazon ECR User Guide; the words
of refusals are those that cdk-preflight's deployments and users were told. The
sandbox evaluates a policy when a preview is asked for; like AWS it deletes nothing at once, and a sandbox seldom lives
through the 24 hours that AWS takes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ecsdeploy.sandbox.ecr.errors import invalid
from ecsdeploy.sandbox.ecr.records import Image, Repository, wildcard
from ecsdeploy.sandbox.wire import AwsError

_DAY = 24 * 3600
_RULE = ({"rulePriority", "selection", "action"}, {"description"})
_SELECTION = (
    {"tagStatus", "countType", "countNumber"},
    {"tagPrefixList", "tagPatternList", "countUnit", "storageClass"},
)
_ACTION = ({"type"}, {"targetStorageClass"})
_SINCE = ("sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned")
_MOST_RULES = 50
_MOST_WILDCARDS = 4
_ENUMS = {
    "tagStatus": ("tagged", "untagged", "any"),
    "countType": ("imageCountMoreThan", *_SINCE),
    "storageClass": ("standard", "archive"),
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule. `count` is a number of images, or of days where `since` names what they are counted from."""

    priority: int
    status: str
    tags: tuple[str, ...]
    since: str | None
    count: int
    action: str
    storage: str

    def covers(self, image: Image) -> bool:
        """Return whether an image has the tags that the rule asks for: each pattern is met by one of them."""
        if self.status == "untagged":
            return not image.tags
        wanted = [wildcard(pattern) for pattern in self.tags]
        return self.status == "any" or all(any(each.fullmatch(tag) for tag in image.tags) for each in wanted)

    def selects(self, covered: list[Image], now: float) -> list[Image]:
        """Return the images that the rule acts on, of those that it covers."""
        newest_first = sorted(covered, key=lambda image: image.pushed)[::-1]
        if self.since is None:
            return newest_first[self.count :]
        return [image for image in newest_first if self._start(image) < now - self.count * _DAY]

    def _start(self, image: Image) -> float:
        pulled = self.since == "sinceImagePulled"
        return image.pulled if pulled and image.pulled is not None else image.pushed


@dataclass(frozen=True)
class Outcome:
    """What would happen to an image, and by which rule."""

    image: Image
    rule: Rule


def evaluate(rules: Iterable[Rule], repository: Repository, now: float) -> list[Outcome]:
    """Return what a policy would do now, in order of the rules' priorities.

    A rule counts every image that it covers, but acts on none that a rule of higher priority covers. Images that an
    index refers to stay for as long as the index does; the sandbox archives nothing, so every image is standard.
    """
    claimed: set[str] = set()
    outcomes: list[Outcome] = []
    free = [image for image in repository.images.values() if not repository.parents(image.digest)]
    for rule in sorted(rules, key=lambda each: each.priority):
        covered = [image for image in free if rule.covers(image)] if rule.storage == "standard" else []
        outcomes += [Outcome(image, rule) for image in rule.selects(covered, now) if image.digest not in claimed]
        claimed |= {image.digest for image in covered}
    return outcomes


def parse_policy(text: str) -> list[Rule]:
    """Return a policy's rules. Raises AWS's InvalidParameterException."""
    try:
        policy = json.loads(text)
    except ValueError:
        policy = None
    if not isinstance(policy, dict):
        raise _unreadable()
    if not isinstance(policy.get("rules"), list):
        raise _refused('object has missing required properties (["rules"])')
    _check_number(len(policy["rules"]))
    rules = [_rule(each) for each in policy["rules"]]
    _check_together(rules)
    return rules


def _check_number(rules: int) -> None:
    if not 1 <= rules <= _MOST_RULES:
        size, bound, limit = ("long", "most", _MOST_RULES) if rules else ("short", "least", 1)
        raise _refused(f"array is too {size}: must have at {bound} {limit} elements but instance has {rules} elements")


def _rule(content: Any) -> Rule:
    _properties(content, *_RULE)
    selection, action = content["selection"], content["action"]
    _properties(selection, *_SELECTION)
    _properties(action, *_ACTION)
    for name, values in _ENUMS.items():
        if name in selection:
            _one_of(selection[name], values)
    _one_of(action["type"], ("expire", "transition"))
    if action.get("targetStorageClass") != ("archive" if action["type"] == "transition" else None):
        raise _unreadable()
    for number in (content["rulePriority"], selection["countNumber"]):
        if not isinstance(number, int) or number < 1:
            raise _refused(f"numeric instance is lower than the required minimum (minimum: 1, found: {number})")
    since = selection["countType"] if selection["countType"] in _SINCE else None
    storage = "archive" if since == "sinceImageTransitioned" else "standard"
    if (
        selection.get("countUnit") != ("days" if since else None)
        or selection.get("storageClass", "standard") != storage
    ):
        # One for each countType.
        raise _refused("instance failed to match exactly one schema (matched 0 out of 4)")
    return Rule(
        priority=content["rulePriority"],
        status=selection["tagStatus"],
        tags=_tags(selection),
        since=since,
        count=selection["countNumber"],
        action=action["type"],
        storage=storage,
    )


def _tags(selection: dict[str, Any]) -> tuple[str, ...]:
    prefixes, patterns = selection.get("tagPrefixList") or [], selection.get("tagPatternList") or []
    if prefixes and patterns:
        raise _refused("Only one of tagPrefixList or tagPatternList can be specified.")
    if selection["tagStatus"] == "tagged" and not (prefixes or patterns):
        raise _refused("Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.")
    if selection["tagStatus"] != "tagged" and (prefixes or patterns):
        raise _refused("tagPrefixList and tagPatternList can only be specified when tagStatus=TAGGED.")
    if any(pattern.count("*") > _MOST_WILDCARDS for pattern in patterns):
        raise _refused(f"Invalid tag pattern provided. Total number of * must not exceed {_MOST_WILDCARDS}")
    return tuple([f"{prefix}*" for prefix in prefixes] or patterns)


def _check_together(rules: list[Rule]) -> None:
    priorities = [rule.priority for rule in rules]
    if len(set(priorities)) != len(priorities):
        raise _refused("Duplicate priority in multiple rules")
    for storage in ("standard", "archive"):
        mine = [rule for rule in rules if rule.storage == storage]
        statuses = [rule.status for rule in mine]
        for status in ("untagged", "any"):
            if statuses.count(status) > 1:
                raise _refused(f"Only one rule can select {status.capitalize()} images per storage class.")
        last = max(mine, key=lambda rule: rule.priority, default=None)
        if "any" in statuses and last and last.status != "any":
            raise _refused("Rule for tagStatus=ANY must have the lowest priority per storage class")


def _properties(content: Any, required: set[str], optional: set[str]) -> None:
    if not isinstance(content, dict):
        kind = type(content).__name__
        raise _refused(f'instance type ({kind}) does not match any allowed primitive type (allowed: ["object"])')
    if missing := sorted(required - set(content)):
        raise _refused(f"object has missing required properties ({json.dumps(missing)})")
    if unknown := sorted(set(content) - required - optional):
        raise _refused(f"object instance has properties which are not allowed by the schema: ({json.dumps(unknown)})")


def _one_of(value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise _refused(f"instance value ({value}) not found in enum (possible values: {json.dumps(sorted(allowed))})")


def _unreadable() -> AwsError:
    words = "Lifecycle policy parsing failure: Could not map policyString into LifecyclePolicy."
    return invalid("LifecyclePolicyText", words)


def _refused(reason: str) -> AwsError:
    return invalid("LifecyclePolicyText", f"Lifecycle policy validation failure: {reason}")
