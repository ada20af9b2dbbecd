"""The log group: it is made before a task needs it, and keeps events as long as the config says."""

from __future__ import annotations

from typing import Any

import pytest

from ecsdeploy.changes import Change
from ecsdeploy.core.account import LogGroupSeen
from ecsdeploy.core.things import log_group
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.upkeep import FILL, RECONCILE, Upkeep
from ecsdeploy.errors import PermissionDenied, Refused
from tests.unit.core import builders as a

TAGS = {"ecsdeploy:app": "hello", "ecsdeploy:env": "default"}


def decided(upkeep: Upkeep = RECONCILE, *, tags: Any = TAGS, days: int | None = 30) -> Decision:
    """Decide about a group that keeps events for `days`."""
    found = LogGroupSeen(group=a.log_group(retention_days=days), tags=tags)
    return log_group.decide(a.wanted(), a.account(log_group=found), upkeep)


@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
def test_one_that_is_missing_is_made_and_does_not_keep_events_for_ever(upkeep: Upkeep) -> None:
    created, keep = log_group.decide(a.wanted(), a.account(log_group=None), upkeep).steps
    assert (created.call, created.action) == ("logs:CreateLogGroup", "created")
    assert created.parameters == {"logGroupName": "/ecs/hello", "tags": TAGS}
    assert created.detail == "keeps 30 days"
    assert keep.call == "logs:PutRetentionPolicy"
    assert keep.parameters == {"logGroupName": "/ecs/hello", "retentionInDays": 30}
    assert {each.code for each in keep.repeat.passes} == {"OperationAbortedException", "ResourceNotFoundException"}


@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
def test_one_as_the_config_has_it_is_left_alone(upkeep: Upkeep) -> None:
    decision = decided(upkeep)
    assert decision.steps == ()
    assert decision.quiet is not upkeep.reconcile


def test_retention_follows_the_config_and_never_by_a_deploy() -> None:
    (step,) = decided(days=7).steps
    assert step.call == "logs:PutRetentionPolicy"
    assert step.changes == (Change("retentionInDays", 7, 30),)
    assert decided(FILL, days=7).steps == ()


def test_a_retention_that_an_interrupted_run_left_out_is_set_even_by_a_deploy() -> None:
    (step,) = decided(FILL, days=None).steps
    assert step.call == "logs:PutRetentionPolicy"
    assert step.changes == (Change("retentionInDays", None, 30),)
    assert decided(FILL, days=None, tags={}).steps == ()


def test_tags_are_written_first() -> None:
    tag, keep = decided(days=7, tags={"ecsdeploy:app": "hello"}).steps
    assert tag.call == "logs:TagResource"
    assert tag.parameters == {"resourceArn": a.PLACE.log_group("/ecs/hello"), "tags": TAGS}
    assert tag.changes == (Change("tags.ecsdeploy:env", None, "default"),)
    assert keep.call == "logs:PutRetentionPolicy"


def test_somebody_elses_is_refused_and_can_be_adopted() -> None:
    with pytest.raises(Refused, match="The log group /ecs/hello exists and was not made by ecsdeploy"):
        decided(tags={})
    assert len(decided(Upkeep(adopt=True), tags={}).steps) == 1


def test_one_that_may_not_be_looked_at_stops_all_but_a_service_that_runs() -> None:
    hidden = a.hidden("logs:DescribeLogGroups")
    decision = log_group.decide(a.wanted(), a.account(log_group=hidden), FILL)
    assert decision.steps == ()
    assert decision.hidden is hidden
    for account, upkeep in (
        (a.account(log_group=hidden, service=None), FILL),
        (a.account(log_group=hidden), RECONCILE),
    ):
        with pytest.raises(PermissionDenied, match="logs:DescribeLogGroups"):
            log_group.decide(a.wanted(), account, upkeep)


def test_tags_that_may_not_be_looked_at_stop_an_admin_alone() -> None:
    hidden = a.hidden("logs:ListTagsForResource")
    decision = decided(FILL, tags=hidden, days=None)
    assert decision.steps == ()
    assert decision.hidden is hidden
    assert decided(FILL, tags=hidden).hidden is None  # there was nothing to decide by them
    with pytest.raises(PermissionDenied, match="logs:ListTagsForResource"):
        decided(tags=hidden)


def test_a_group_of_others_is_never_made_and_has_to_be_there() -> None:
    account = a.account(missing_logs=("/shared/apps",))
    with pytest.raises(Refused, match=r"There is no log group /shared/apps\.") as refused:
        log_group.decide(a.wanted(), account, FILL)
    assert "awslogs-create-group" in refused.value.fix
    decided = log_group.decide(a.wanted(), account, RECONCILE)
    assert decided.steps == ()
    assert [text.split(".")[0] for text in decided.warnings] == ["There is no log group /shared/apps"]
