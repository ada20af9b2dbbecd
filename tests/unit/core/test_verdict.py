"""Every end of a deployment has its own verdict, and none but success is success."""

from __future__ import annotations

import pytest

from ecsdeploy.core.verdict import judge
from tests.unit.core.builders import AT, rollout

BREAKER = "Service deployment rolled back because the circuit breaker threshold was exceeded."


@pytest.mark.parametrize(
    "status", ["PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"]
)
def test_what_goes_on_has_no_verdict(status: str) -> None:
    assert judge(rollout(status), newer=False) is None


@pytest.mark.parametrize(
    ("status", "reason", "requested", "newer", "kind", "code"),
    [
        ("SUCCESSFUL", "", 1, False, "succeeded", 0),
        ("SUCCESSFUL", "", 0, False, "empty", 12),
        ("ROLLBACK_SUCCESSFUL", BREAKER, 1, False, "rolled-back", 4),
        ("ROLLBACK_SUCCESSFUL", "Rollback requested by user.", 1, False, "stopped", 11),
        (
            "ROLLBACK_SUCCESSFUL",
            "The deployment of user-api was rolled back.",
            1,
            False,
            "rolled-back",
            4,
        ),
        ("ROLLBACK_FAILED", "No rollback candidate was found to run the rollback.", 1, False, "failed", 5),
        ("STOPPED", "", 1, True, "superseded", 7),
        ("STOPPED", "", 1, False, "failed", 5),
    ],
)
def test_each_end(status: str, reason: str, requested: int, newer: bool, kind: str, code: int) -> None:
    verdict = judge(rollout(status, reason=reason, requested=requested), newer=newer)
    assert verdict is not None
    assert (verdict.kind, int(verdict.exit_code)) == (kind, code)


def test_one_that_was_stopped_when_its_tasks_had_failed_has_failed() -> None:
    reason = "Service deployment rolled back because of a request to stop the service deployment."
    for failures, kind in ((0, "stopped"), (1, "rolled-back")):
        verdict = judge(rollout("ROLLBACK_SUCCESSFUL", reason=reason, failures=failures), newer=False)
        assert verdict is not None
        assert verdict.kind == kind


def test_a_status_that_is_new_to_us_goes_on_until_it_has_an_end() -> None:
    assert judge(rollout("SOMETHING_NEW"), newer=False) is None
    ended = judge(rollout("SOMETHING_NEW", finished_at=AT), newer=False)
    assert ended is not None
    assert ended.kind == "failed"
