"""A service's settings, held against the config: what is repaired, and what that starts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.core import builders as a
from tests.unit.core.things.deciding import OLDER, answering, decided, steady


def test_drift_of_the_network_is_repaired_whole() -> None:
    drifted = {"awsvpcConfiguration": {**a.NETWORK["awsvpcConfiguration"], "subnets": ["subnet-c"]}}
    made = steady(service=answering(networkConfiguration=drifted))
    assert made.update == {"networkConfiguration": a.NETWORK}
    assert made.awaited.until == "rollout"
    assert [c.path for c in made.write.changes] == ["networkConfiguration.awsvpcConfiguration.subnets"]


def test_the_order_of_subnets_is_no_drift() -> None:
    turned = {"awsvpcConfiguration": {**a.NETWORK["awsvpcConfiguration"], "subnets": ["subnet-b", "subnet-a"]}}
    assert steady(service=answering(networkConfiguration=turned)).unchanged


@pytest.mark.parametrize(
    "seen",
    [{"network": a.hidden("ec2:DescribeVpcs")}, {"security_groups": a.hidden("ec2:DescribeSecurityGroups")}],
)
def test_a_network_that_cannot_be_looked_at_stays_as_it_runs(seen: dict[str, Any]) -> None:
    drifted = answering(networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-c"]}})
    assert steady(service=drifted, seen=seen).unchanged
    assert decided(drifted, a.revision(1, OLDER), seen=seen).update == {}


def test_a_circuit_breaker_switched_off_by_hand_is_switched_on_again() -> None:
    made = steady(service=answering(deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 200}))
    assert set(made.update) == {"deploymentConfiguration"}
    assert made.awaited.until == "count"


def test_settings_that_are_not_to_follow_the_config_are_left_alone() -> None:
    made = steady(service=answering(deploymentConfiguration={}), settings=False)
    assert made.unchanged


def test_raw_parameters_of_the_service_are_part_of_it() -> None:
    raw = {"enableExecuteCommand": True}
    assert steady(raw=raw).update == raw
    assert decided(raw=raw).write.parameters["enableExecuteCommand"] is True
    spot = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
    created = decided(raw=spot).write.parameters
    assert created["capacityProviderStrategy"] == spot["capacityProviderStrategy"]
    assert "launchType" not in created


def test_other_capacity_comes_with_a_new_deployment() -> None:
    spot = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
    made = steady(raw=spot)
    assert made.update == {**spot, "forceNewDeployment": True}
    assert made.awaited.until == "rollout"
    strategy = ({"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0},)
    back = steady(service=a.service(capacity_providers=strategy, raw={**a.service().raw, **spot}))
    assert back.update == {"capacityProviderStrategy": [], "forceNewDeployment": True}


def test_only_what_the_config_adds_is_blamed_when_ecs_takes_no_settings() -> None:
    blame = steady(raw={"enableExecuteCommand": True}).write.blame
    assert blame is not None
    assert blame.fix == "Correct [service.raw] in the config."
    assert steady(count=3).write.blame is None
    assert decided().write.blame is None
    assert decided(raw={"enableExecuteCommand": True}).write.blame == blame


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"platformVersion": "1.4.0"}),
        ({"loadBalancers": []}, {"loadBalancers": [{"targetGroupArn": "arn", "containerName": "hello"}]}),
        ({}, {"serviceConnectConfiguration": {"enabled": True}}),
    ],
)
def test_whatever_makes_ecs_start_a_deployment_is_judged_by_it(before: dict[str, Any], after: dict[str, Any]) -> None:
    made = steady(service=answering(**before), raw=after)
    assert made.update == after
    assert made.awaited.until == "rollout"
    assert made.decision.notes == ()


def test_what_only_new_tasks_have_is_told_where_there_are_none() -> None:
    made = steady(service=answering(propagateTags="NONE"), raw={"enableExecuteCommand": True})
    assert made.awaited.until == "count"
    assert made.decision.notes == (
        "Running tasks keep enableExecuteCommand and propagateTags as it was: "
        "`ecsdeploy deploy --force-new-deployment` replaces them.",
    )
    assert steady(raw={"enableExecuteCommand": True}, force=True).decision.notes == ()


@pytest.mark.parametrize(
    ("answered", "asked"),
    [
        (
            {"loadBalancers": [{"targetGroupArn": "arn", "containerName": "hello", "containerPort": 80}]},
            {"loadBalancers": [{"targetGroupArn": "arn", "containerName": "hello"}]},
        ),
        (
            {"deployments": [{"status": "PRIMARY", "serviceConnectConfiguration": {"enabled": True, "services": []}}]},
            {"serviceConnectConfiguration": {"enabled": True}},
        ),
        ({}, {"platformVersion": "LATEST"}),
        ({}, {"enableExecuteCommand": False, "healthCheckGracePeriodSeconds": 0, "serviceRegistries": []}),
    ],
)
def test_what_ecs_fills_in_or_leaves_out_is_no_drift(answered: dict[str, Any], asked: dict[str, Any]) -> None:
    assert steady(service=answering(**answered), raw=asked).unchanged


def test_an_answer_without_a_strategy_means_rolling() -> None:
    configuration: Any = a.service().raw["deploymentConfiguration"]
    rest = {key: value for key, value in configuration.items() if key != "strategy"}
    assert steady(service=answering(deploymentConfiguration=rest)).unchanged
