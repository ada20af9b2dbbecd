"""How a deployment ended that is explained, from what ECS keeps of it."""

from __future__ import annotations

import pytest

from ecsdeploy.core.explaining import ended
from ecsdeploy.core.history import Past
from tests.unit.core.builders import rollout


@pytest.mark.parametrize(
    ("status", "kind", "failed", "how"),
    [
        ("ROLLBACK_SUCCESSFUL", "stopped", False, "was stopped before it was done"),
        ("ROLLBACK_SUCCESSFUL", "stopped", True, "failed, and was stopped"),
        ("ROLLBACK_SUCCESSFUL", "rolled-back", True, "failed, and ECS rolled back"),
        ("STOPPED", "superseded", True, "was replaced by a newer one"),
        ("IN_PROGRESS", "in-flight", False, "is in flight"),
        ("ROLLBACK_IN_PROGRESS", "in-flight", True, "is failing"),
        ("SUCCESSFUL", "succeeded", False, "succeeded"),
    ],
)
def test_who_stopped_it_is_not_claimed_but_that_it_failed_is(status: str, kind: Past, failed: bool, how: str) -> None:
    assert ended(rollout(status), kind, failed=failed) == how
