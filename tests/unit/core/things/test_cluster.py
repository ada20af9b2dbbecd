"""The cluster: it is made with Fargate, and nothing else of it is taken in hand."""

from __future__ import annotations

from typing import Any

import pytest

from ecsdeploy.changes import Change
from ecsdeploy.core.cluster import Cluster
from ecsdeploy.core.things import cluster
from ecsdeploy.core.upkeep import FILL, RECONCILE, Upkeep
from ecsdeploy.core.wanted import SETUP
from ecsdeploy.errors import PermissionDenied, Refused
from tests.unit.core import builders as a

SPOT: dict[str, Any] = {
    "service": {"raw": {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}}
}
HIDDEN = a.hidden("ecs:DescribeClusters")


@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
@pytest.mark.parametrize("found", [None, a.cluster(status="INACTIVE")])
def test_one_that_is_missing_or_deleted_is_made_with_fargate(upkeep: Upkeep, found: Cluster | None) -> None:
    decision = cluster.decide(a.wanted(), a.account(cluster=found, service=None), upkeep)
    (step,) = decision.steps
    assert (step.call, step.action) == ("ecs:CreateCluster", "created")
    assert step.parameters == {
        "clusterName": "hello",
        "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
        "tags": [{"key": "ecsdeploy:app", "value": "hello"}, {"key": "ecsdeploy:env", "value": "default"}],
    }
    assert step.detail == "with FARGATE and FARGATE_SPOT"
    passes = step.repeat.passes
    assert any(each.fits("InvalidParameterException", "Unable to assume the service linked role.") for each in passes)
    assert not any(each.fits("InvalidParameterException", "The name is too long.") for each in passes)


@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
def test_one_with_fargate_is_left_alone_whoever_made_it(upkeep: Upkeep) -> None:
    for tags in ({}, {"ecsdeploy:app": "other"}):
        decision = cluster.decide(a.wanted(), a.account(cluster=a.cluster(tags=tags)), upkeep)
        assert decision.steps == ()
        assert decision.quiet is not upkeep.reconcile


def test_fargate_is_added_to_what_is_there_and_never_by_a_deploy() -> None:
    strategy = ({"capacityProvider": "mine", "weight": 1, "base": 0},)
    mine = a.cluster(capacity_providers=("mine", "FARGATE_SPOT"), strategy=strategy)
    (step,) = cluster.decide(a.wanted(), a.account(cluster=mine), RECONCILE).steps
    assert step.call == "ecs:PutClusterCapacityProviders"
    assert step.parameters == {
        "cluster": "hello",
        "capacityProviders": ["mine", "FARGATE_SPOT", "FARGATE"],
        "defaultCapacityProviderStrategy": list(strategy),
    }
    assert step.changes == (Change("capacityProviders", ["mine", "FARGATE_SPOT"], ["mine", "FARGATE_SPOT", "FARGATE"]),)
    assert {each.code for each in step.repeat.passes} == {"UpdateInProgressException", "ResourceInUseException"}
    assert cluster.decide(a.wanted(), a.account(cluster=mine), FILL).steps == ()


def test_where_a_service_runs_nobody_asks_for_its_cluster() -> None:
    decision = cluster.decide(a.wanted(), a.account(cluster=None), FILL)
    assert decision.steps == ()
    assert decision.quiet


def test_a_capacity_provider_that_the_cluster_lacks_is_named_before_the_first_write() -> None:
    wanted = a.wanted(target=a.target(**SPOT))
    bare = a.account(cluster=a.cluster(capacity_providers=("FARGATE",)))
    for upkeep in (FILL, RECONCILE):
        with pytest.raises(Refused) as caught:
            cluster.decide(wanted, bare, upkeep)
        assert caught.value.what == "The cluster hello has no capacity provider FARGATE_SPOT."
    assert cluster.decide(wanted, a.account(), FILL).steps == ()


def test_what_gives_the_cluster_its_capacity_does_not_ask_for_it() -> None:
    bare = a.account(cluster=a.cluster(capacity_providers=("FARGATE",)))
    (step,) = cluster.decide(a.wanted(target=a.target(**SPOT), parts=SETUP), bare, RECONCILE).steps
    assert step.parameters["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]


@pytest.mark.parametrize("tables", [{}, SPOT])
@pytest.mark.parametrize(("upkeep", "seen"), [(RECONCILE, {}), (FILL, {"service": None})])
def test_one_that_may_not_be_looked_at_is_needed(upkeep: Upkeep, seen: dict[str, Any], tables: dict[str, Any]) -> None:
    wanted = a.wanted(target=a.target(**tables))
    with pytest.raises(PermissionDenied, match="ecs:DescribeClusters"):
        cluster.decide(wanted, a.account(cluster=HIDDEN, **seen), upkeep)


@pytest.mark.parametrize("tables", [{}, SPOT])
def test_one_that_may_not_be_looked_at_does_not_stop_a_service_that_runs_in_it(tables: dict[str, Any]) -> None:
    decision = cluster.decide(a.wanted(target=a.target(**tables)), a.account(cluster=HIDDEN), FILL)
    assert decision.steps == ()
    assert decision.hidden is HIDDEN
