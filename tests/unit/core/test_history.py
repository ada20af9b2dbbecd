"""What ECS keeps of a deployment tells how it ended, to somebody who comes later."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ecsdeploy.core.history import past, verdict
from tests.unit.core.builders import AT, rollout

MINUTE = timedelta(minutes=1)
BREAKER = "Service deployment rolled back because the circuit breaker threshold was exceeded."


@pytest.mark.parametrize(
    ("status", "reason", "word"),
    [
        ("PENDING", "", "in-flight"),
        ("IN_PROGRESS", "", "in-flight"),
        ("ROLLBACK_IN_PROGRESS", BREAKER, "in-flight"),
        ("SUCCESSFUL", "", "succeeded"),
        ("ROLLBACK_SUCCESSFUL", BREAKER, "rolled-back"),
        ("ROLLBACK_SUCCESSFUL", "Rollback requested by user.", "stopped"),
        ("ROLLBACK_FAILED", "No rollback candidate was found to run the rollback.", "failed"),
        ("STOPPED", "", "failed"),
    ],
)
def test_the_newest_one(status: str, reason: str, word: str) -> None:
    assert verdict(rollout(status, reason=reason), None) == word


def test_a_success_of_which_ecs_keeps_no_counts_is_one() -> None:
    assert verdict(rollout("SUCCESSFUL", requested=0, running=0), None) == "succeeded"


def test_what_a_newer_one_ended_was_superseded() -> None:
    newer = rollout(created_at=AT + MINUTE)
    assert verdict(rollout("STOPPED", finished_at=AT + 2 * MINUTE), newer) == "superseded"
    assert verdict(rollout("STOPPED", finished_at=AT + MINUTE), newer) == "superseded"
    assert verdict(rollout("STOPPED", finished_at=None), newer) == "superseded"


def test_what_was_over_before_the_newer_one_began_had_failed() -> None:
    newer = rollout(created_at=AT + 5 * MINUTE)
    assert verdict(rollout("STOPPED", finished_at=AT + 2 * MINUTE), newer) == "failed"


def test_what_its_circuit_breaker_ended_had_failed_whoever_came_next() -> None:
    newer = rollout(created_at=AT + MINUTE)
    ended = rollout("STOPPED", finished_at=AT + MINUTE, failures=3, threshold=3)
    assert verdict(ended, newer) == "failed"


def test_each_is_held_against_the_one_after_it() -> None:
    third = rollout("IN_PROGRESS", created_at=AT + 9 * MINUTE)
    second = rollout("STOPPED", created_at=AT + 4 * MINUTE, finished_at=AT + 9 * MINUTE)
    first = rollout("STOPPED", finished_at=AT + 2 * MINUTE)
    assert past([third, second, first]) == ["in-flight", "superseded", "failed"]
    assert past([]) == []
