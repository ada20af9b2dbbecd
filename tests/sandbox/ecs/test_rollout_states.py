"""What DescribeServices and DescribeServiceDeployments show while a service is deployed."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ecsdeploy.sandbox.ecs.world import World
from ecsdeploy.sandbox.runtime.base import HealthChanged
from tests.sandbox.ecs.plays import NO_REBALANCING, no_rollback_asked, started, update
from tests.sandbox.ecs.small_ecs import DIGEST, SmallEcs, breaker

UNABLE = (
    "was unable to stop or start tasks during a deployment because of the service deployment configuration. "
    "Update the minimumHealthyPercent or maximumPercent value and try again."
)


def shown(lab: SmallEcs) -> list[tuple[object, ...]]:
    """Return what DescribeServices shows of each deployment: revision, states and counts."""
    fields = ("status", "rolloutState", "desiredCount", "runningCount", "pendingCount")
    return [
        (d["taskDefinition"].rpartition(":")[2], *(d[name] for name in fields)) for d in lab.service()["deployments"]
    ]


def test_three_sets_of_tasks_while_an_update_replaces_an_update() -> None:
    lab = SmallEcs()
    lab.cluster()
    started(lab)
    one = lab.service()["deployments"][0]["id"]
    lab.call("UpdateService", cluster="c", service="s", taskDefinition=lab.register("app:2"))
    two = lab.service()["deployments"][0]["id"]
    assert shown(lab) == [("2", "PRIMARY", "IN_PROGRESS", 0, 0, 0), ("1", "ACTIVE", "COMPLETED", 2, 2, 0)]
    assert [d["status"] for d in lab.deployments()] == ["SUCCESSFUL", "PENDING"]
    lab.run(15)
    assert shown(lab) == [("2", "PRIMARY", "IN_PROGRESS", 2, 2, 0), ("1", "ACTIVE", "COMPLETED", 2, 2, 0)]
    lab.call("UpdateService", cluster="c", service="s", taskDefinition=lab.register("check:3"))
    three = lab.service()["deployments"][0]["id"]
    assert shown(lab) == [
        ("3", "PRIMARY", "IN_PROGRESS", 0, 0, 0),
        ("2", "ACTIVE", "IN_PROGRESS", 2, 2, 0),
        ("1", "ACTIVE", "COMPLETED", 2, 2, 0),
    ]
    assert [d["status"] for d in lab.deployments()] == ["SUCCESSFUL", "STOP_REQUESTED", "PENDING"]
    assert {t["startedBy"] for t in lab.tasks()} == {one, two}
    lab.run(1)
    assert shown(lab) == [("3", "PRIMARY", "IN_PROGRESS", 2, 0, 2), ("1", "ACTIVE", "COMPLETED", 2, 2, 0)]
    assert [(d["status"], d.get("lifecycleStage")) for d in lab.deployments()] == [
        ("SUCCESSFUL", "CLEAN_UP"),
        ("STOPPED", "SCALE_UP"),
        ("IN_PROGRESS", "RECONCILE_SERVICE"),
    ]
    assert {t["startedBy"] for t in lab.tasks()} == {one, three}
    lab.run(60)
    assert shown(lab) == [("3", "PRIMARY", "COMPLETED", 2, 2, 0)]


def test_a_stopped_deployment_has_its_times() -> None:
    lab = SmallEcs()
    lab.cluster()
    no_rollback_asked(lab)
    stopped = lab.deployments()[-1]
    assert stopped["statusReason"] == "Service deployment failed because the circuit breaker threshold was exceeded."
    assert stopped["deploymentCircuitBreaker"] == {"status": "TRIGGERED", "failureCount": 4, "threshold": 3}
    assert stopped["createdAt"] < stopped["startedAt"] < stopped["finishedAt"] == stopped["stoppedAt"]
    assert "rollback" not in stopped
    failed = lab.service()["deployments"][0]
    assert (failed["status"], failed["rolloutState"], failed["rolloutStateReason"], failed["failedTasks"]) == (
        "PRIMARY",
        "FAILED",
        "ECS deployment circuit breaker: tasks failed to start.",
        4,
    )


def test_while_it_rolls_back_a_service_shows_both_deployments() -> None:
    lab = SmallEcs()
    lab.cluster()
    started(lab, deploymentConfiguration=breaker())
    old = lab.service()["deployments"][0]["id"]
    update(lab, taskDefinition=lab.register("crash:2"))
    lab.run(27.3)
    primary, failed = lab.service()["deployments"]
    assert (primary["id"], primary["status"], primary["rolloutState"]) == (old, "PRIMARY", "IN_PROGRESS")
    assert primary["rolloutStateReason"] == f"ECS deployment circuit breaker: rolling back to deploymentId {old}."
    assert (failed["status"], failed["rolloutState"], failed["failedTasks"]) == ("ACTIVE", "FAILED", 4)
    assert failed["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    rolling = lab.deployments()[-1]
    assert rolling["status"] == "ROLLBACK_IN_PROGRESS"
    assert rolling["statusReason"] == rolling["rollback"]["reason"]
    assert rolling["statusReason"] == (
        "Service deployment rolled back because the circuit breaker threshold was exceeded."
    )


@pytest.mark.parametrize("percents", [(100, 200), (50, 150), (0, 100), (50, 100), (25, 125), (75, 100), (100, 110)])
def test_an_update_moves_as_far_as_the_percentages_allow(percents: tuple[int, int]) -> None:
    """Counts 1 to 10: minimum percent is rounded up, maximum percent is rounded down."""
    low, high = percents
    for count in range(1, 11):
        lab = SmallEcs()
        lab.cluster()
        configuration = {"minimumHealthyPercent": low, "maximumPercent": high}
        started(lab, count=count, deploymentConfiguration=configuration, **NO_REBALANCING)
        peak, least = [0], [count]

        def look(world: World, peak: list[int] = peak, least: list[int] = least) -> None:
            live = [t for t in world.shards[("c", "s")].tasks.values() if t.live]
            peak.append(len(live))
            least.append(sum(t.healthy_at is not None for t in live))

        lab.watchers.append(look)
        update(lab, taskDefinition=lab.register("check:2"))
        lab.run(1)
        kept, most = math.ceil(count * low / 100), math.floor(count * high / 100)
        begun = min(most - kept, count)
        new = [t for t in lab.tasks() if t["taskDefinitionArn"].endswith(":2")]
        assert (least[-1], len(new)) == (kept, begun), count
        lab.run(300)
        assert (min(least), max(peak)) == (kept, max(count, kept + begun)), count
        moved = lab.deployments()[-1]["status"] == "SUCCESSFUL"
        assert moved == (begun > 0), count
        assert (f"60.2 {UNABLE}" in lab.story()) == (begun == 0), count


def test_a_task_that_needs_long_to_stop_is_stopping_for_that_long() -> None:
    lab = SmallEcs()
    lab.cluster()
    started(lab, "stubborn:1", 1)
    task = lab.tasks()[0]["taskArn"]
    update(lab, desiredCount=0)
    seen = []
    for seconds in (0.0, 1.0, 29.0, 1.0, 6.0):
        lab.run(seconds)
        seen.append(lab.call("DescribeTasks", cluster="c", tasks=[task])["tasks"][0]["lastStatus"])
    assert seen == ["DEACTIVATING", "STOPPING", "STOPPING", "DEPROVISIONING", "STOPPED"]
    assert lab.service()["runningCount"] == 0


def watched(lab: SmallEcs) -> tuple[int, int]:
    """Return what the newest deployment's circuit breaker has counted, and its threshold."""
    told = lab.deployments()[-1]["deploymentCircuitBreaker"]
    return told["failureCount"], told["threshold"]


@pytest.mark.parametrize(
    ("rule", "thresholds"),
    [
        ({"type": "BOUNDED_PERCENT", "value": 50}, (5, 3, 5)),
        ({"type": "UNBOUNDED_PERCENT", "value": 25}, (3, 1, 3)),
        ({"type": "COUNT", "value": 4}, (4, 4, 4)),
    ],
)
def test_the_breaker_uses_the_desired_count_of_the_moment(rule: dict[str, Any], thresholds: tuple[int, ...]) -> None:
    lab = SmallEcs()
    lab.cluster()
    lab.create(lab.register("app:1"), 10, deploymentConfiguration=breaker(thresholdConfiguration=rule))
    lab.run(20)
    seen = []
    for count in (10, 2, 10):
        update(lab, desiredCount=count)
        seen.append(watched(lab)[1])
    assert tuple(seen) == thresholds


def test_a_lower_desired_count_trips_the_breaker_that_has_counted_enough_for_it() -> None:
    lab = SmallEcs()
    lab.cluster()
    started(lab, count=10, deploymentConfiguration=breaker())
    update(lab, taskDefinition=lab.register("app:2"))
    lab.run(20)
    for task in [t["taskArn"] for t in lab.tasks() if t["taskDefinitionArn"].endswith(":2")][:4]:
        lab.fail(task)
    lab.run(0.1)
    assert (watched(lab), lab.deployments()[-1]["status"]) == ((4, 5), "IN_PROGRESS")
    update(lab, desiredCount=4)
    lab.run(0.1)
    assert lab.deployments()[-1]["status"] == "ROLLBACK_IN_PROGRESS"


@pytest.mark.parametrize("value", [1, 2, 5])
def test_exactly_as_many_failures_as_the_threshold_trip_the_breaker(value: int) -> None:
    lab = SmallEcs()
    lab.cluster()
    rule = {"type": "COUNT", "value": value}
    started(lab, count=6, deploymentConfiguration=breaker(thresholdConfiguration=rule))
    update(lab, taskDefinition=lab.register("app:2"))
    lab.run(20)
    new = [t["taskArn"] for t in lab.tasks() if t["taskDefinitionArn"].endswith(":2")]
    for number, task in enumerate(new[:value], start=1):
        assert lab.deployments()[-1]["status"] == "IN_PROGRESS", f"after {number - 1} failures"
        lab.fail(task)
        lab.run(0.1)
    assert lab.deployments()[-1]["status"] == "ROLLBACK_IN_PROGRESS"


@pytest.mark.parametrize(
    ("configuration", "told"),
    [
        ({"alarms": {"alarmNames": ["a"], "enable": True, "rollback": True}}, "deployment alarms"),
        ({"lifecycleHooks": [{"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}]}, "lifecycleHooks"),
        ({"bakeTimeInMinutes": 5}, "bakeTimeInMinutes"),
        ({"earlySuccessCriteria": {"enable": True, "healthyPercent": 50}}, "earlySuccessCriteria"),
        ({"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 5}}, "the deployment strategy ROLLING only"),
        ({"canaryConfiguration": {"canaryPercent": 5}}, "canaryConfiguration"),
    ],
)
def test_what_would_end_a_deployment_otherwise_is_refused(configuration: dict[str, Any], told: str) -> None:
    lab = SmallEcs()
    lab.cluster()
    started(lab)
    code, message = lab.error("UpdateService", cluster="c", service="s", deploymentConfiguration=configuration)
    assert code == "UnsupportedFeatureException"
    assert told in message
    assert [d["status"] for d in lab.deployments()] == ["SUCCESSFUL"]


def test_a_deployment_can_be_stopped_at_once_and_by_a_rollback_only() -> None:
    lab = SmallEcs()
    lab.cluster()
    started(lab)
    update(lab, taskDefinition=lab.register("check:2"))
    arn = lab.deployments()[-1]["serviceDeploymentArn"]
    refusal = ("InvalidParameterException", "The stopType must be ROLLBACK.")
    assert lab.error("StopServiceDeployment", serviceDeploymentArn=arn, stopType="ABORT") == refusal
    assert lab.deployments()[-1]["status"] == "PENDING"
    for _ in range(2):
        lab.call("StopServiceDeployment", serviceDeploymentArn=arn)
        assert lab.deployments()[-1]["status"] == "ROLLBACK_REQUESTED"
    lab.run(1.5)
    lab.call("StopServiceDeployment", serviceDeploymentArn=arn)
    assert lab.deployments()[-1]["status"] == "ROLLBACK_IN_PROGRESS"
    lab.run(60)
    assert lab.deployments()[-1]["status"] == "ROLLBACK_SUCCESSFUL"
    assert lab.service()["taskDefinition"].endswith(":1")


def test_a_stop_of_what_is_superseded_changes_nothing() -> None:
    lab = SmallEcs()
    lab.cluster()
    started(lab)
    update(lab, taskDefinition=lab.register("check:2"))
    lab.run(1)
    arn = lab.deployments()[-1]["serviceDeploymentArn"]
    update(lab, taskDefinition=lab.register("check:3"))
    lab.call("StopServiceDeployment", serviceDeploymentArn=arn)
    assert [d["status"] for d in lab.deployments()] == ["SUCCESSFUL", "STOP_REQUESTED", "PENDING"]
    lab.run(60)
    assert [d["status"] for d in lab.deployments()] == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]


@pytest.mark.parametrize(
    "fields",
    [
        {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-2"]}}},
        {"platformVersion": "1.4.0"},
        {"forceNewDeployment": True},
    ],
)
def test_what_changes_the_workload_starts_a_deployment(fields: dict[str, Any]) -> None:
    lab = SmallEcs()
    lab.cluster()
    started(lab)
    update(lab, **fields)
    assert [d["status"] for d in lab.deployments()] == ["SUCCESSFUL", "PENDING"]
    lab.run(60)
    assert [d["status"] for d in lab.deployments()] == ["SUCCESSFUL", "SUCCESSFUL"]


def test_a_check_that_has_not_spoken_again_leaves_a_healthy_task_healthy() -> None:
    lab = SmallEcs()
    lab.cluster()
    lab.create(lab.register("check:1"))
    lab.run(5)
    update(lab, desiredCount=2)
    lab.run(10)
    first, second = lab.tasks()
    assert (first["healthStatus"], second["healthStatus"]) == ("HEALTHY", "UNKNOWN")
    lab.engine.observe(HealthChanged(first["taskArn"], "web", "UNKNOWN", lab.clock.now()))
    lab.run(5)
    assert [d["status"] for d in lab.deployments()] == ["SUCCESSFUL"]


def test_each_revision_keeps_the_digests_that_its_tags_had_when_it_began() -> None:
    lab = SmallEcs()
    lab.cluster()
    started(lab, "check:latest")
    before, after = DIGEST, "sha256:" + "e" * 64
    lab.runtime.digest, lab.runtime.overrule = after, "app"
    update(lab, forceNewDeployment=True)
    lab.run(5)
    lab.call("StopTask", cluster="c", task=lab.tasks()[0]["taskArn"])
    lab.run(15)
    images = [spec.containers[0]["image"] for spec in lab.runtime.specs.values()]
    assert images == [*[f"check@{before}"] * 2, *[f"check@{after}"] * 2, f"check@{before}"]
