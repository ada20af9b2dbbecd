"""What happens to a service, each time from its beginning to the moment that a test looks at it."""

from __future__ import annotations

from typing import Any

from tests.sandbox.ecs.small_ecs import SmallEcs, breaker

NO_REBALANCING = {"availabilityZoneRebalancing": "DISABLED"}


def update(lab: SmallEcs, **fields: Any) -> None:
    lab.call("UpdateService", cluster="c", service="s", **fields)


def started(lab: SmallEcs, image: str = "check:1", count: int = 2, **fields: Any) -> None:
    lab.create(lab.register(image), count, **fields)
    lab.run(60)


def first_deployment(lab: SmallEcs) -> None:
    started(lab, "app:1")


def update_of_two(lab: SmallEcs) -> None:
    started(lab)
    update(lab, taskDefinition=lab.register("check:2"))
    lab.run(60)


def within_half_and_all(lab: SmallEcs) -> None:
    started(
        lab, count=4, deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 100}, **NO_REBALANCING
    )
    update(lab, taskDefinition=lab.register("check:2"))
    lab.run(60)


def no_room(lab: SmallEcs) -> None:
    """One task must stay, and half of another one is none."""
    started(lab, count=1, deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 150})
    update(lab, taskDefinition=lab.register("check:2"))
    lab.run(60)


def update_during_update(lab: SmallEcs) -> None:
    started(lab)
    update(lab, taskDefinition=lab.register("app:2"))
    lab.run(20)
    update(lab, taskDefinition=lab.register("check:3"))
    lab.run(60)


def crash_rolls_back(lab: SmallEcs) -> None:
    started(lab, deploymentConfiguration=breaker())
    update(lab, taskDefinition=lab.register("crash:2"))
    lab.run(60)


def failed_checks_roll_back(lab: SmallEcs) -> None:
    started(lab, deploymentConfiguration=breaker(thresholdConfiguration={"type": "COUNT", "value": 2}))
    update(lab, taskDefinition=lab.register("sick:2"))
    lab.run(60)


def no_rollback_asked(lab: SmallEcs) -> None:
    started(lab, deploymentConfiguration=breaker(rollback=False))
    update(lab, taskDefinition=lab.register("crash:2"))
    lab.run(120)


def first_one_fails(lab: SmallEcs) -> None:
    lab.create(lab.register("nopull:1"), 1, deploymentConfiguration=breaker())
    lab.run(300)


def launches_slow_down(lab: SmallEcs) -> None:
    lab.create(lab.register("nopull:1"), 1)
    lab.run(400)


def stopped_by_request(lab: SmallEcs) -> None:
    started(lab)
    update(lab, taskDefinition=lab.register("app:2"))
    lab.run(15)
    lab.call("StopServiceDeployment", serviceDeploymentArn=lab.deployments()[-1]["serviceDeploymentArn"])
    lab.run(60)


def scaled(lab: SmallEcs) -> None:
    started(lab)
    update(lab, desiredCount=3)
    lab.run(60)
    update(lab, desiredCount=1)
    lab.run(60)


def scaled_during_update(lab: SmallEcs) -> None:
    started(lab)
    update(lab, taskDefinition=lab.register("check:2"))
    lab.run(5)
    update(lab, desiredCount=3)
    lab.run(60)


def old_task_dies_during_update(lab: SmallEcs) -> None:
    started(lab)
    update(lab, taskDefinition=lab.register("crash:2"))
    lab.run(5)
    lab.call("StopTask", cluster="c", task=lab.tasks()[0]["taskArn"])
    lab.run(100)


def same_again(lab: SmallEcs) -> None:
    started(lab)
    update(lab, forceNewDeployment=True)
    lab.run(60)


def stopped_by_hand(lab: SmallEcs) -> None:
    started(lab)
    lab.call("StopTask", cluster="c", task=lab.tasks()[0]["taskArn"], reason="chaos")
    lab.run(60)


def dies_alone(lab: SmallEcs) -> None:
    lab.create(lab.register("late-crash:1"), 1)
    lab.run(140)


def fails_its_check_later(lab: SmallEcs) -> None:
    lab.create(lab.register("wilt:1"), 1)
    lab.run(150)


def no_capacity(lab: SmallEcs) -> None:
    lab.faults.loaded.append(frozenset({"no-capacity"}))
    lab.create(lab.register("check:1"), 1, deploymentConfiguration=breaker())
    lab.run(120)


def no_capacity_for_hours(lab: SmallEcs) -> None:
    lab.faults.loaded.append(frozenset({"no-capacity"}))
    lab.create(lab.register("check:1"), 1)
    lab.run(8 * 3600)


def spot_interruption(lab: SmallEcs) -> None:
    lab.faults.loaded.append(frozenset({"spot-interruption"}))
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    lab.create(lab.register("check:1"), 1, launchType=None, capacityProviderStrategy=strategy)
    lab.run(40)


def two_superseded_then_rolled_back(lab: SmallEcs) -> None:
    started(lab, deploymentConfiguration=breaker())
    update(lab, taskDefinition=lab.register("app:2"))
    lab.run(10)
    update(lab, taskDefinition=lab.register("crash:3"))
    lab.run(60)


def fails_during_a_rollback(lab: SmallEcs) -> None:
    down_first = {**breaker(), "minimumHealthyPercent": 0, "maximumPercent": 100}
    started(lab, count=1, deploymentConfiguration=down_first, **NO_REBALANCING)
    update(lab, taskDefinition=lab.register("crash:2"))
    lab.run(45)
    update(lab, taskDefinition=lab.register("crash:3"))
    lab.run(120)


def first_one_stopped_by_request(lab: SmallEcs) -> None:
    lab.create(lab.register("app:1"), 1)
    lab.run(5)
    lab.call("StopServiceDeployment", serviceDeploymentArn=lab.deployments()[-1]["serviceDeploymentArn"])
    lab.run(60)


def update_of_what_is_not_started_yet(lab: SmallEcs) -> None:
    started(lab)
    update(lab, taskDefinition=lab.register("check:2"))
    update(lab, taskDefinition=lab.register("check:3"))
    lab.run(60)


def scaled_to_none_during_update(lab: SmallEcs) -> None:
    started(lab)
    update(lab, taskDefinition=lab.register("check:2"))
    lab.run(11)
    update(lab, desiredCount=0)
    lab.run(60)


def nothing_that_matters_changed(lab: SmallEcs) -> None:
    started(lab)
    update(lab, taskDefinition=lab.service()["taskDefinition"], desiredCount=2, enableECSManagedTags=True)
    update(lab, deploymentConfiguration=breaker(), propagateTags="SERVICE", healthCheckGracePeriodSeconds=5)
    lab.run(60)


def sick_with_room(lab: SmallEcs) -> None:
    lab.create(lab.register("sick:1"), 1)
    lab.run(30)


def wilts_without_room(lab: SmallEcs) -> None:
    percents = {"minimumHealthyPercent": 0, "maximumPercent": 100}
    lab.create(lab.register("wilt:1"), 2, deploymentConfiguration=percents, **NO_REBALANCING)
    lab.run(135)


def both_revisions_sick_one_kept_up(lab: SmallEcs) -> None:
    started(lab, "wilt:1", 1)
    update(lab, taskDefinition=lab.register("nopull:2"))
    lab.run(70)


def slow_to_stop(lab: SmallEcs) -> None:
    started(lab, "stubborn:1")
    update(lab, taskDefinition=lab.register("check:2"))
    lab.run(60)


def counted_for_good(lab: SmallEcs) -> None:
    configuration = breaker(resetOnHealthyTask=False, thresholdConfiguration={"type": "COUNT", "value": 3})
    started(lab, deploymentConfiguration=configuration)
    update(lab, taskDefinition=lab.register("app:2"))
    for _ in range(3):
        lab.run(45)
        lab.fail(lab.tasks()[-1]["taskArn"])
    lab.run(5)


def first_one_superseded(lab: SmallEcs) -> None:
    lab.create(lab.register("app:1"), 2)
    lab.run(20)
    update(lab, taskDefinition=lab.register("check:2"))
    lab.run(60)


def rolled_back_to_what_must_start_again(lab: SmallEcs) -> None:
    rule = {"type": "COUNT", "value": 1}
    configuration = {**breaker(thresholdConfiguration=rule), "minimumHealthyPercent": 50, "maximumPercent": 100}
    started(lab, count=2, deploymentConfiguration=configuration, **NO_REBALANCING)
    update(lab, taskDefinition=lab.register("app:2"))
    lab.run(30)
    lab.call("StopTask", cluster="c", task=lab.tasks()[0]["taskArn"])
    lab.call("StopServiceDeployment", serviceDeploymentArn=lab.deployments()[-1]["serviceDeploymentArn"])
    lab.run(60)


def starts_again_then_fails_again(lab: SmallEcs) -> None:
    lab.create(lab.register("nopull:1"), 1)
    lab.run(45)
    lab.runtime.overrule = "check"
    lab.run(30)
    lab.runtime.overrule = None
    lab.call("StopTask", cluster="c", task=lab.tasks()[0]["taskArn"])
    lab.run(60)


def sick_and_that_is_enough(lab: SmallEcs) -> None:
    rule = {"type": "COUNT", "value": 1}
    lab.create(lab.register("sick:1"), 1, deploymentConfiguration=breaker(thresholdConfiguration=rule))
    lab.run(30)


def stopped_by_others_during_update(lab: SmallEcs) -> None:
    rule = {"type": "COUNT", "value": 1}
    configuration = breaker(thresholdConfiguration=rule, resetOnHealthyTask=False)
    started(lab, count=3, deploymentConfiguration=configuration)
    update(lab, taskDefinition=lab.register("check:2"))
    lab.run(13)
    one, two, *_ = (t["taskArn"] for t in lab.tasks() if t["taskDefinitionArn"].endswith(":2"))
    lab.call("StopTask", cluster="c", task=one)
    lab.engine.interrupt(two)
    lab.run(5)
    three = next(t for t in lab.tasks() if t["taskDefinitionArn"].endswith(":2"))
    assert three["healthStatus"] == "HEALTHY"
    lab.fail(three["taskArn"])
    lab.run(60)


PLAYS = (
    starts_again_then_fails_again,
    sick_and_that_is_enough,
    stopped_by_others_during_update,
    first_one_superseded,
    rolled_back_to_what_must_start_again,
    first_deployment,
    update_of_two,
    within_half_and_all,
    no_room,
    update_during_update,
    crash_rolls_back,
    failed_checks_roll_back,
    no_rollback_asked,
    first_one_fails,
    launches_slow_down,
    stopped_by_request,
    scaled,
    scaled_during_update,
    old_task_dies_during_update,
    same_again,
    stopped_by_hand,
    dies_alone,
    fails_its_check_later,
    no_capacity,
    no_capacity_for_hours,
    spot_interruption,
    two_superseded_then_rolled_back,
    fails_during_a_rollback,
    first_one_stopped_by_request,
    update_of_what_is_not_started_yet,
    scaled_to_none_during_update,
    nothing_that_matters_changed,
    sick_with_room,
    wilts_without_room,
    both_revisions_sick_one_kept_up,
    slow_to_stop,
    counted_for_good,
)
