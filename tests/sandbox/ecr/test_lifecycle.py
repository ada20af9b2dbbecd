from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.sandbox.ecr.lifecycle import evaluate, parse_policy
from ecsdeploy.sandbox.ecr.manifests import OCI_IMAGE, Manifest
from ecsdeploy.sandbox.ecr.records import Image, Repository
from ecsdeploy.sandbox.wire import AwsError
from tests.support.clocks import FakeSandboxClock

Call = Callable[..., Any]
DAY = 86_400
PREFIX = (
    "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: "
)
NO_SCHEMA = "instance failed to match exactly one schema (matched 0 out of 4)'"


class Push(Protocol):
    def image(self, repository: str, content: str, tag: str | None = None, **extra: Any) -> str: ...


def rule(priority: int, count: int, status: str = "any", *, days: bool = False, **selection: Any) -> dict[str, Any]:
    unit = {"countType": "sinceImagePushed", "countUnit": "days"} if days else {"countType": "imageCountMoreThan"}
    chosen = {"tagStatus": status, "countNumber": count, **unit, **selection}
    return {"rulePriority": priority, "selection": chosen, "action": {"type": "expire"}}


def policy(*rules: dict[str, Any]) -> str:
    return json.dumps({"rules": rules})


def repository(*images: tuple[int, list[str]]) -> Repository:
    """Return a repository of images pushed some days ago, each with its tags."""
    held = {}
    for at, (age, tags) in enumerate(images):
        manifest = Manifest(raw=b"", digest=f"d{at}", media_type=OCI_IMAGE, layers={})
        held[f"d{at}"] = Image(manifest, 1000 * DAY - age * DAY, list(tags))
    return Repository("hello", 0, images=held)


def expired(text: str, held: Repository) -> list[tuple[str, int]]:
    return [(each.image.digest, each.rule.priority) for each in evaluate(parse_policy(text), held, 1000 * DAY + 1)]


def test_the_newest_images_are_kept() -> None:
    held = repository((3, []), (1, ["v2"]), (2, ["v1"]))
    assert expired(policy(rule(1, 2)), held) == [("d0", 1)]
    assert expired(policy(rule(1, 1, "untagged")), held) == []
    assert expired(policy(rule(1, 2, days=True)), held) == [("d2", 1), ("d0", 1)]


def test_a_rule_acts_on_nothing_that_a_higher_rule_covers() -> None:
    held = repository((1, ["prod-3"]), (2, ["prod-2"]), (3, ["prod-1"]), (4, []), (5, []))
    prod = rule(1, 2, "tagged", tagPrefixList=["prod-"])
    assert expired(policy(prod, rule(2, 1)), held) == [("d2", 1), ("d3", 2), ("d4", 2)]


def test_every_pattern_has_to_be_met_by_some_tag() -> None:
    held = repository((1, ["web-1", "prod"]), (2, ["web-2"]), (3, ["web-3", "x-prod"]))
    both = rule(1, 1, "tagged", tagPatternList=["web-*", "*prod"])
    assert expired(policy(both), held) == [("d2", 1)]


@given(st.lists(st.integers(0, 30), max_size=12), st.integers(1, 12))
def test_no_more_than_the_surplus_goes_and_never_the_newest(ages: list[int], keep: int) -> None:
    held = repository(*[(age, []) for age in ages])
    gone = {digest for digest, _ in expired(policy(rule(1, keep)), held)}
    assert len(gone) == max(0, len(ages) - keep)
    kept = [image.pushed for digest, image in held.images.items() if digest not in gone]
    assert all(held.images[digest].pushed <= min(kept, default=0) for digest in gone)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{}", 'object has missing required properties (["rules"])\''),
        (policy({}), 'object has missing required properties (["action", "rulePriority", "selection"])\''),
        (policy(rule(1, 0)), "numeric instance is lower than the required minimum (minimum: 1, found: 0)'"),
        (policy(rule(1, 1, "some")), 'instance value (some) not found in enum (possible values: ["any", "tagged", '),
        (policy(rule(1, 1, "tagged")), "Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.'"),
        (policy(rule(1, 1), rule(2, 1, "untagged")), "Rule for tagStatus=ANY must have the lowest priority per stor"),
        (policy(rule(1, 1, "untagged"), rule(2, 1, "untagged")), "Only one rule can select Untagged images per stora"),
        (policy(rule(1, 1), rule(1, 1)), "Duplicate priority in multiple rules'"),
        (policy(rule(1, 1, countUnit="days")), NO_SCHEMA),
        (policy(rule(1, 1, days=True, countUnit="hours")), NO_SCHEMA),
        (policy(rule(1, 1, storageClass="archive")), NO_SCHEMA),
        (policy(rule(1, 1, days=True, countType="sinceImageTransitioned")), NO_SCHEMA),
        (policy(), "array is too short: must have at least 1 elements but instance has 0 elements'"),
        (
            policy(rule(1, 1, "tagged", tagPatternList=["a*b*c*d*e*"])),
            "Invalid tag pattern provided. Total number of *",
        ),
        (policy(rule(1, 1, x=1)), 'object instance has properties which are not allowed by the schema: (["x"])\''),
    ],
)
def test_a_bad_policy_is_refused_in_aws_words(text: str, reason: str) -> None:
    with pytest.raises(AwsError) as error:
        parse_policy(text)
    assert error.value.message.startswith(PREFIX + reason)


@pytest.mark.parametrize("action", [{"type": "transition"}, {"type": "expire", "targetStorageClass": "archive"}])
def test_only_a_transition_has_a_target(action: dict[str, Any]) -> None:
    """ECR's words are those for a text that is no JSON at all."""
    unreadable = (
        "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: "
        "'Lifecycle policy parsing failure: Could not map policyString into LifecyclePolicy.'"
    )
    for text in ("nonsense", policy({**rule(1, 1), "action": action})):
        with pytest.raises(AwsError) as error:
            parse_policy(text)
        assert error.value.message == unreadable


def test_a_policy_was_evaluated_when_it_was_put_and_every_day_since(call: Call, clock: FakeSandboxClock) -> None:
    call("CreateRepository", repositoryName="hello")
    put = clock.now()
    call("PutLifecyclePolicy", repositoryName="hello", lifecyclePolicyText=policy(rule(1, 1)))
    for hours, days in ((0, 0), (23, 0), (2, 1), (47, 3)):
        clock.seconds += hours * 3600
        evaluated = call("GetLifecyclePolicy", repositoryName="hello")["lastEvaluatedAt"]
        assert evaluated.timestamp() == put + days * DAY
    clock.seconds += DAY
    deleted = call("DeleteLifecyclePolicy", repositoryName="hello")
    assert deleted["lastEvaluatedAt"].timestamp() == put + 4 * DAY


def test_a_policy_is_kept_and_previewed(call: Call, push: Push) -> None:
    call("CreateRepository", repositoryName="hello")
    where = {"repositoryName": "hello"}
    digest = push.image("hello", "1")
    push.image("hello", "2", "v2")
    text = policy(rule(1, 1, "tagged", tagPrefixList=["v"]), rule(2, 1))
    with pytest.raises(AwsError) as error:
        call("GetLifecyclePolicyPreview", **where)
    assert error.value.code == "LifecyclePolicyPreviewNotFoundException"
    assert call("PutLifecyclePolicy", lifecyclePolicyText=text, **where)["lifecyclePolicyText"] == text
    assert call("StartLifecyclePolicyPreview", **where)["status"] == "IN_PROGRESS"
    preview = call("GetLifecyclePolicyPreview", **where)
    assert preview["status"] == "COMPLETE"
    assert preview["summary"] == {"expiringImageTotalCount": 1}
    found = preview["previewResults"][0]
    assert (found["imageDigest"], found["appliedRulePriority"], found["action"]) == (digest, 2, {"type": "EXPIRE"})
    assert call("DeleteLifecyclePolicy", **where)["lifecyclePolicyText"] == text
