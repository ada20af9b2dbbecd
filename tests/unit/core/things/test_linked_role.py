"""ECS's own role, which an account needs before its first cluster."""

from __future__ import annotations

from typing import Any

import pytest

from ecsdeploy.core.things import linked_role
from ecsdeploy.core.upkeep import FILL, RECONCILE, Upkeep
from ecsdeploy.errors import PermissionDenied
from tests.unit.core import builders as a

LIST_ROLES = a.hidden("iam:ListRoles")


@pytest.mark.parametrize(
    ("upkeep", "seen"),
    [
        (RECONCILE, {}),
        (FILL, {"cluster": None}),
        (FILL, {"cluster": a.cluster(status="INACTIVE")}),
        (FILL, {"cluster": a.hidden("ecs:DescribeClusters")}),
    ],
)
def test_one_that_is_missing_is_made(upkeep: Upkeep, seen: dict[str, Any]) -> None:
    (step,) = linked_role.decide(a.wanted(), a.account(linked_role=False, **seen), upkeep).steps
    assert (step.call, step.action) == ("iam:CreateServiceLinkedRole", "created")
    assert step.parameters == {"AWSServiceName": "ecs.amazonaws.com"}
    taken = "Service role name AWSServiceRoleForECS has been taken in this account"
    assert any(each.fits("InvalidInput", taken) for each in step.repeat.taken)
    assert not any(each.fits("InvalidInput", "The role name is not valid") for each in step.repeat.taken)


def test_where_there_is_a_cluster_a_deploy_does_not_ask() -> None:
    for role in (False, LIST_ROLES):
        decision = linked_role.decide(a.wanted(), a.account(linked_role=role), FILL)
        assert decision.steps == ()
        assert decision.quiet
        assert decision.hidden is None


@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
def test_one_that_is_there_is_left_alone(upkeep: Upkeep) -> None:
    decision = linked_role.decide(a.wanted(), a.account(cluster=None, linked_role=True), upkeep)
    assert decision.steps == ()
    assert decision.quiet is not upkeep.reconcile


def test_one_that_may_not_be_looked_at_stops_an_admin_alone() -> None:
    account = a.account(cluster=None, linked_role=LIST_ROLES)
    decision = linked_role.decide(a.wanted(), account, FILL)
    assert decision.steps == ()
    assert decision.hidden is LIST_ROLES
    with pytest.raises(PermissionDenied, match="iam:ListRoles"):
        linked_role.decide(a.wanted(), account, RECONCILE)
