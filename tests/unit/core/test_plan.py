"""The fewest writes between what runs and what is wanted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecsdeploy.core.network import Network
from ecsdeploy.core.plan import Plan, Seen, Wanted, make_plan, network_configuration
from ecsdeploy.core.task_definition import TaskDefinition, render
from ecsdeploy.events import Change
from tests.unit.core import builders as a

CONFIG = a.config(task={"port": 3000})
DOCUMENT = render(CONFIG, a.names(CONFIG), a.facts())
OLDER = {**DOCUMENT, "cpu": "512", "memory": "1024"}
NETWORK = Network(vpc="vpc-1", subnets=("subnet-a", "subnet-b"), security_groups=("sg-1",), assign_public_ip=True)


def plan(service: Any = None, running: TaskDefinition | None = None, **changed: Any) -> Plan:
    seen = Seen(
        service=service,
        running=running,
        newest=changed.pop("newest", running),
        last=changed.pop("last", a.rollout()),
    )
    force = changed.pop("force", False)
    wanted = Wanted(**{"document": DOCUMENT, "count": None, "network": None, **changed})
    return make_plan(wanted, seen, force=force)


def test_nothing_there_yet_everything_is_created() -> None:
    made = plan(network=NETWORK, last=None)
    assert made.task_definition.reuse is None
    assert made.create == {
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "enableECSManagedTags": True,
        "propagateTags": "SERVICE",
        "launchType": "FARGATE",
        "desiredCount": 1,
        "deploymentConfiguration": {
            "strategy": "ROLLING",
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": ["subnet-a", "subnet-b"],
                "securityGroups": ["sg-1"],
                "assignPublicIp": "ENABLED",
            }
        },
    }


def test_the_same_revision_runs_and_its_deployment_succeeded() -> None:
    made = plan(a.service(), a.revision(1, DOCUMENT))
    assert made.unchanged
    assert made.task_definition.reuse == a.service().task_definition


def test_a_difference_is_registered_and_rolled_out() -> None:
    made = plan(a.service(), a.revision(1, OLDER))
    assert made.task_definition.reuse is None
    assert made.task_definition.changes == (Change("cpu", "512", "256"), Change("memory", "1024", "512"))
    assert made.update == {}
    assert made.starts_deployment


def test_after_a_rollback_the_newest_revision_is_used_again() -> None:
    running, newest = a.revision(1, OLDER), a.revision(2, DOCUMENT)
    made = plan(a.service(), running, newest=newest, last=a.rollout("ROLLBACK_SUCCESSFUL"))
    assert made.task_definition.reuse == newest.arn
    assert made.update == {}
    assert made.starts_deployment


def test_an_inactive_revision_is_never_used_again() -> None:
    made = plan(a.service(), a.revision(1, DOCUMENT, status="INACTIVE"))
    assert made.task_definition.reuse is None
    assert made.starts_deployment


def test_a_failed_deployment_of_the_same_revision_is_repeated() -> None:
    made = plan(a.service(), a.revision(1, DOCUMENT), last=a.rollout("ROLLBACK_FAILED"))
    assert made.update == {"forceNewDeployment": True}
    assert made.starts_deployment


def test_an_end_that_is_new_to_us_is_believed_to_the_service() -> None:
    last = a.rollout("ARCHIVED", finished_at=a.AT)
    assert plan(a.service(), a.revision(1, DOCUMENT), last=last).unchanged


def test_a_count_that_the_config_does_not_name_is_left_alone() -> None:
    assert plan(a.service(desired=7), a.revision(1, DOCUMENT)).unchanged


def test_a_new_count_alone_starts_no_deployment() -> None:
    made = plan(a.service(desired=7), a.revision(1, DOCUMENT), count=3)
    assert made.update == {"desiredCount": 3}
    assert not made.starts_deployment
    assert made.changes == (Change("desiredCount", 7, 3),)


def test_drift_of_the_network_is_repaired_whole() -> None:
    drifted = network_configuration(NETWORK)
    drifted["awsvpcConfiguration"]["subnets"] = ["subnet-c"]
    service = a.service(raw={**a.service().raw, "networkConfiguration": drifted})
    made = plan(service, a.revision(1, DOCUMENT), network=NETWORK)
    assert made.update == {"networkConfiguration": network_configuration(NETWORK)}
    assert made.starts_deployment
    assert [c.path for c in made.changes] == ["networkConfiguration.awsvpcConfiguration.subnets"]


def test_the_order_of_subnets_is_no_drift() -> None:
    turned = network_configuration(NETWORK)
    turned["awsvpcConfiguration"]["subnets"].reverse()
    service = a.service(raw={**a.service().raw, "networkConfiguration": turned})
    assert plan(service, a.revision(1, DOCUMENT), network=NETWORK).unchanged


def test_a_circuit_breaker_switched_off_by_hand_is_switched_on_again() -> None:
    off = {**a.service().raw, "deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 200}}
    made = plan(a.service(raw=off), a.revision(1, DOCUMENT))
    assert made.update is not None
    assert set(made.update) == {"deploymentConfiguration"}
    assert not made.starts_deployment


def test_raw_parameters_of_the_service_are_part_of_it() -> None:
    raw = {"enableExecuteCommand": True}
    made = plan(a.service(), a.revision(1, DOCUMENT), service_raw=raw)
    assert made.update == raw
    assert plan(last=None, service_raw=raw).create is not None
    spot = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
    created = plan(last=None, service_raw=spot).create
    assert created is not None
    assert "launchType" not in created


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"platformVersion": "1.4.0"}),
        ({"loadBalancers": []}, {"loadBalancers": [{"targetGroupArn": "arn", "containerName": "hello"}]}),
        ({}, {"serviceConnectConfiguration": {"enabled": True}}),
    ],
)
def test_whatever_makes_ecs_start_a_deployment_is_judged_by_it(before: dict[str, Any], after: dict[str, Any]) -> None:
    service = a.service(raw={**a.service().raw, **before})
    made = plan(service, a.revision(1, DOCUMENT), service_raw=after)
    assert made.update == after
    assert made.starts_deployment


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
    service = a.service(raw={**a.service().raw, **answered})
    assert plan(service, a.revision(1, DOCUMENT), service_raw=asked).unchanged


def test_an_answer_without_a_strategy_means_rolling() -> None:
    configuration: Any = dict(a.service().raw["deploymentConfiguration"])  # type: ignore[call-overload]
    del configuration["strategy"]
    service = a.service(raw={**a.service().raw, "deploymentConfiguration": configuration})
    assert plan(service, a.revision(1, DOCUMENT)).unchanged


@pytest.mark.parametrize("changed", [{"rollout_state": "FAILED"}, {"task_definition": "hello:0"}])
def test_a_revision_that_the_service_names_and_does_not_run_is_rolled_out(changed: dict[str, Any]) -> None:
    (primary,) = a.service().deployments
    service = a.service(deployments=(replace(primary, **changed),))
    for last in (None, a.rollout("ROLLBACK_SUCCESSFUL")):
        made = plan(service, a.revision(1, DOCUMENT), last=last)
        assert made.update == {"forceNewDeployment": True}
        assert made.starts_deployment


def test_force_replaces_tasks_without_a_difference() -> None:
    made = plan(a.service(), a.revision(1, DOCUMENT), force=True)
    assert made.update == {"forceNewDeployment": True}
    assert made.starts_deployment


def test_an_inactive_service_is_created_anew() -> None:
    assert plan(a.service(status="INACTIVE"), a.revision(1, DOCUMENT)).create is not None
