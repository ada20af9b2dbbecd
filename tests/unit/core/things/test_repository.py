"""The repository: how it is made, and what of it is changed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ecsdeploy.core.repository import RepositoryDetails, lifecycle
from ecsdeploy.core.things import repository
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.upkeep import FILL, RECONCILE, Upkeep
from ecsdeploy.errors import PermissionDenied, Refused
from ecsdeploy.events import Change
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
    assert json.loads(policy.parameters["lifecyclePolicyText"]) == lifecycle(30)
    assert decision.notes == ((EXPIRES,) if upkeep.reconcile else ())


@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
def test_one_as_the_config_has_it_is_left_alone(upkeep: Upkeep) -> None:
    decision = decided(upkeep)
    assert decision.steps == ()
    assert decision.notes == ()
    assert decision.quiet is not upkeep.reconcile


DETAILS = RepositoryDetails(lifecycle(30), {"ecsdeploy:app": "hello"})
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
        {"details": replace(DETAILS, lifecycle=lifecycle(5))},
        "ecr:PutLifecyclePolicy",
        Change(
            "lifecycle",
            ["1 untagged sinceImagePushed days 7 expire", "2 any imageCountMoreThan 5 expire"],
            ["1 untagged sinceImagePushed days 7 expire", "2 any imageCountMoreThan 30 expire"],
        ),
        {"repositoryName": "hello", "lifecyclePolicyText": json.dumps(lifecycle(30))},
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
    assert decided(details=replace(DETAILS, lifecycle=lifecycle(5))).notes == (EXPIRES,)
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
