"""The repository: how it is made, and what of it is changed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.changes import Change
from ecsdeploy.core.repository import RepositoryDetails, Share, lifecycle
from ecsdeploy.core.things import repository
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.upkeep import FILL, RECONCILE, Upkeep
from ecsdeploy.errors import PermissionDenied, Refused
from tests.unit.core import builders as a

TAGS = [{"Key": "ecsdeploy:app", "Value": "hello"}]
EXPIRES = (
    "ECR keeps the newest 30 images and does not know which one a service runs: "
    "deploy at least once in 30 builds, or raise [image] keep."
)


def decided(upkeep: Upkeep = RECONCILE, *, keep: int = 30, details: Any = None, **facts: Any) -> Decision:
    """Decide about a repository that has other facts, or other details, than the config."""
    seen: dict[str, Any] = {"repository": a.repository(**facts)}
    if details is not None:
        seen["repository_details"] = details
    target = a.target(image={"keep": keep})
    return repository.decide(a.wanted(target=target), a.account(**seen), upkeep)


@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
def test_one_that_is_missing_is_made_safe(upkeep: Upkeep) -> None:
    decision = repository.decide(a.wanted(), a.empty(), upkeep)
    created, policy = decision.steps
    assert (created.call, created.action) == ("ecr:CreateRepository", "created")
    assert created.parameters == {
        "repositoryName": "hello",
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfiguration": {"encryptionType": "AES256"},
        "tags": TAGS,
    }
    assert created.detail == "immutable tags, scan on push, keeps 30 images"
    assert policy.call == "ecr:PutLifecyclePolicy"
    assert policy.parameters["repositoryName"] == "hello"
    assert json.loads(policy.parameters["lifecyclePolicyText"]) == lifecycle(Share(30))
    assert decision.notes == ((EXPIRES,) if upkeep.reconcile else ())


@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
def test_one_as_the_config_has_it_is_left_alone(upkeep: Upkeep) -> None:
    decision = decided(upkeep)
    assert decision.steps == ()
    assert decision.notes == ()
    assert decision.quiet is not upkeep.reconcile


DETAILS = RepositoryDetails(lifecycle(Share(30)), {"ecsdeploy:app": "hello"})
DRIFTS: list[tuple[dict[str, Any], str, Change, dict[str, Any]]] = [
    (
        {"mutability": "MUTABLE"},
        "ecr:PutImageTagMutability",
        Change("imageTagMutability", "MUTABLE", "IMMUTABLE"),
        {"repositoryName": "hello", "imageTagMutability": "IMMUTABLE"},
    ),
    (
        {"scan_on_push": False},
        "ecr:PutImageScanningConfiguration",
        Change("scanOnPush", False, True),
        {"repositoryName": "hello", "imageScanningConfiguration": {"scanOnPush": True}},
    ),
    (
        {"details": replace(DETAILS, lifecycle=lifecycle(Share(5)))},
        "ecr:PutLifecyclePolicy",
        Change(
            "lifecycle",
            ["1 untagged sinceImagePushed days 7 expire", "2 any imageCountMoreThan 5 expire"],
            ["1 untagged sinceImagePushed days 7 expire", "2 any imageCountMoreThan 30 expire"],
        ),
        {"repositoryName": "hello", "lifecyclePolicyText": json.dumps(lifecycle(Share(30)))},
    ),
]


@pytest.mark.parametrize(("drift", "call", "change", "parameters"), DRIFTS, ids=[call for _, call, _, _ in DRIFTS])
def test_what_drifted_is_brought_back_and_never_by_a_deploy(
    drift: dict[str, Any], call: str, change: Change, parameters: dict[str, Any]
) -> None:
    (step,) = decided(**drift).steps
    assert (step.call, step.action, step.changes) == (call, "updated", (change,))
    assert step.parameters == parameters
    assert decided(FILL, **drift).steps == ()


def test_tags_that_may_be_moved_beside_the_commits_are_left_as_they_are() -> None:
    assert decided(mutability="IMMUTABLE_WITH_EXCLUSION", exclusions=("cache*", "latest")).steps == ()
    (step,) = decided(mutability="IMMUTABLE_WITH_EXCLUSION", exclusions=("cache*", "0*")).steps
    assert step.changes == (Change("imageTagMutability", "IMMUTABLE_WITH_EXCLUSION", "IMMUTABLE"),)


def test_fewer_images_to_keep_is_told_before_they_expire() -> None:
    assert decided(details=replace(DETAILS, lifecycle=lifecycle(Share(5)))).notes == (EXPIRES,)
    assert decided(mutability="MUTABLE").notes == ()


def test_a_policy_that_an_interrupted_run_left_out_is_written_even_by_a_deploy() -> None:
    (step,) = decided(FILL, details=replace(DETAILS, lifecycle=None)).steps
    assert step.call == "ecr:PutLifecyclePolicy"
    assert step.changes[0].before is None


def test_environments_share_it_so_its_tags_name_the_app_alone() -> None:
    wanted = a.wanted(target=a.target("staging"))
    assert repository.decide(wanted, a.account(), RECONCILE).steps == ()
    (step,) = decided(details=replace(DETAILS, tags={}), upkeep=Upkeep(adopt=True)).steps
    assert step.call == "ecr:TagResource"
    assert step.parameters == {"resourceArn": a.PLACE.repository("hello"), "tags": TAGS}


def test_somebody_elses_is_refused_and_can_be_adopted() -> None:
    foreign = RepositoryDetails(None, {})
    with pytest.raises(Refused, match="The repository hello exists and was not made by ecsdeploy"):
        decided(details=foreign)
    calls = [step.call for step in decided(Upkeep(adopt=True), details=foreign).steps]
    assert calls == ["ecr:TagResource", "ecr:PutLifecyclePolicy"]
    with pytest.raises(Refused, match="belongs to the app 'other'"):
        decided(Upkeep(adopt=True), details=replace(DETAILS, tags={"ecsdeploy:app": "other"}))


def test_encryption_that_cannot_be_changed_is_said_and_stays() -> None:
    decision = decided(encryption="KMS")
    assert decision.steps == ()
    assert decision.notes == ("The repository is encrypted with KMS; ECR cannot change that, so it stays.",)
    assert decided(FILL, encryption="KMS").notes == ()


def test_details_that_may_not_be_looked_at_stop_an_admin_alone() -> None:
    hidden = a.hidden("ecr:GetLifecyclePolicy")
    decision = decided(FILL, details=hidden)
    assert decision.steps == ()
    assert decision.hidden is hidden
    with pytest.raises(PermissionDenied, match="ecr:GetLifecyclePolicy"):
        decided(details=hidden)


def test_details_that_nobody_asked_for_are_not_missed() -> None:
    decision = repository.decide(a.wanted(), a.account(repository_details=None), FILL)
    assert decision.steps == ()
    assert decision.hidden is None


def rules(policy: Any) -> list[tuple[str, int]]:
    """Return which images each rule but that for untagged ones is for, and how many of them it keeps."""
    first, *others = policy["rules"]
    assert first["selection"]["tagStatus"] == "untagged"
    assert [each["rulePriority"] for each in policy["rules"]] == list(range(1, len(others) + 2))
    return [
        (*each["selection"].get("tagPrefixList", [each["selection"]["tagStatus"]]), each["selection"]["countNumber"])
        for each in others
    ]


def test_apps_that_share_a_repository_keep_their_own_images_each() -> None:
    alone = lifecycle(Share(30))
    with_web = lifecycle(Share(10, "web."), alone)
    with_both = lifecycle(Share(5, "worker."), with_web)

    assert rules(alone) == [("any", 30)]
    assert rules(with_web) == [("web.", 10), ("any", 50)]
    assert rules(with_both) == [("web.", 10), ("worker.", 5), ("any", 60)]
    assert rules(lifecycle(Share(20), with_both)) == [("web.", 10), ("worker.", 5), ("any", 50)]


def test_an_app_alone_in_a_repository_of_another_name_has_a_bound_for_all_its_images() -> None:
    assert rules(lifecycle(Share(10, "web."))) == [("web.", 10), ("any", 30)]


SHARES = st.builds(Share, st.integers(1, 1000), st.sampled_from(["", "a.", "b.", "b-c.", "d."]))


@given(st.lists(SHARES, min_size=1))
def test_whatever_the_order_in_which_apps_are_set_up_each_keeps_what_it_asked_for_last(shares: list[Share]) -> None:
    policy = None
    for share in shares:
        policy = lifecycle(share, policy)
    asked = {share.prefix: share.keep for share in shares}
    kept = dict(rules(policy))

    assert {prefix: kept[prefix] for prefix in asked if prefix} == {k: v for k, v in asked.items() if k}
    assert kept["any"] >= asked.get("", 0) + 2 * sum(keep for prefix, keep in asked.items() if prefix)
    assert lifecycle(shares[-1], policy) == policy


def test_rules_that_somebody_else_wrote_are_replaced_and_shown() -> None:
    theirs = {
        "rules": [
            {
                "rulePriority": 7,
                "selection": {"tagStatus": "any", "countType": "sinceImagePushed"},
                "action": {"type": "expire"},
            }
        ]
    }
    assert rules(lifecycle(Share(30), theirs)) == [("any", 30)]


def test_another_apps_repository_that_the_config_names_gets_a_rule_and_nothing_else() -> None:
    web = a.target(app="web", names={"repository": "hello"})
    seen: dict[str, Any] = {"repository": a.repository(mutability="MUTABLE"), "repository_details": DETAILS}
    decision = repository.decide(a.wanted(target=web), a.account(**seen), RECONCILE)
    (step,) = decision.steps

    assert step.call == "ecr:PutLifecyclePolicy"
    assert rules(json.loads(step.parameters["lifecyclePolicyText"])) == [("web.", 30), ("any", 90)]
    assert "belongs to the app 'hello': only the rule for this app's images" in decision.notes[0]
    done = replace(DETAILS, lifecycle=json.loads(step.parameters["lifecyclePolicyText"]))
    assert (
        repository.decide(a.wanted(target=web), a.account(**{**seen, "repository_details": done}), RECONCILE).steps
        == ()
    )
    assert repository.decide(a.wanted(target=web), a.account(**seen), FILL).steps == ()
