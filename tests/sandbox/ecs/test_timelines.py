"""Golden timelines: what a service's events tell, to the tenth of a second."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from ecsdeploy.sandbox.ecs.world import World
from tests.sandbox.ecs.lab import PULL_ERROR, Lab, breaker

NO_REBALANCING = {"availabilityZoneRebalancing": "DISABLED"}
IMPAIRED = "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section."
UNABLE = (
    "was unable to stop or start tasks during a deployment because of the service deployment configuration. "
    "Update the minimumHealthyPercent or maximumPercent value and try again."
)
CAPACITY = (
    "was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a "
    "different availability zone. For more information, see the Troubleshooting section of the Amazon ECS Developer "
    "Guide."
)
UP = ["0.2 has started 2 tasks: (task t1) (task t2).", "13.7 (deployment d1) deployment completed."]
UNPULLED = f"was unable to place a task. Reason: {PULL_ERROR}."
REPLACED = "Amazon ECS replaced 1 tasks due to an unhealthy status."
STEADY = "has reached a steady state."


def update(lab: Lab, **fields: Any) -> None:
    lab.call("UpdateService", cluster="c", service="s", **fields)


def started(lab: Lab, image: str = "check:1", count: int = 2, **fields: Any) -> None:
    lab.create(lab.register(image), count, **fields)
    lab.run(60)


def first_deployment(lab: Lab) -> None:
    started(lab, "app:1")


def update_of_two(lab: Lab) -> None:
    started(lab)
    update(lab, taskDefinition=lab.register("check:2"))
    lab.run(60)


def within_half_and_all(lab: Lab) -> None:
    started(
        lab, count=4, deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 100}, **NO_REBALANCING
    )
    update(lab, taskDefinition=lab.register("check:2"))
    lab.run(60)


def no_room(lab: Lab) -> None:
    started(
        lab, count=1, deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 100}, **NO_REBALANCING
    )
    update(lab, taskDefinition=lab.register("check:2"))
    lab.run(60)


def update_during_update(lab: Lab) -> None:
    started(lab)
    update(lab, taskDefinition=lab.register("app:2"))
    lab.run(20)
    update(lab, taskDefinition=lab.register("check:3"))
    lab.run(60)


def crash_rolls_back(lab: Lab) -> None:
    started(lab, deploymentConfiguration=breaker())
    update(lab, taskDefinition=lab.register("crash:2"))
    lab.run(60)


def failed_checks_roll_back(lab: Lab) -> None:
    started(lab, deploymentConfiguration=breaker(thresholdConfiguration={"type": "COUNT", "value": 2}))
    update(lab, taskDefinition=lab.register("sick:2"))
    lab.run(60)


def no_rollback_asked(lab: Lab) -> None:
    started(lab, deploymentConfiguration=breaker(rollback=False))
    update(lab, taskDefinition=lab.register("crash:2"))
    lab.run(120)


def first_one_fails(lab: Lab) -> None:
    lab.create(lab.register("nopull:1"), 1, deploymentConfiguration=breaker())
    lab.run(300)


def launches_slow_down(lab: Lab) -> None:
    lab.create(lab.register("nopull:1"), 1)
    lab.run(400)


def stopped_by_request(lab: Lab) -> None:
    started(lab)
    update(lab, taskDefinition=lab.register("app:2"))
    lab.run(15)
    lab.call("StopServiceDeployment", serviceDeploymentArn=lab.deployments()[-1]["serviceDeploymentArn"])
    lab.run(60)


def scaled(lab: Lab) -> None:
    started(lab)
    update(lab, desiredCount=3)
    lab.run(60)
    update(lab, desiredCount=1)
    lab.run(60)


def scaled_during_update(lab: Lab) -> None:
    started(lab)
    update(lab, taskDefinition=lab.register("check:2"))
    lab.run(5)
    update(lab, desiredCount=3)
    lab.run(60)


def old_task_dies_during_update(lab: Lab) -> None:
    started(lab)
    update(lab, taskDefinition=lab.register("crash:2"))
    lab.run(5)
    lab.call("StopTask", cluster="c", task=lab.tasks()[0]["taskArn"])
    lab.run(100)


def same_again(lab: Lab) -> None:
    started(lab)
    update(lab, forceNewDeployment=True)
    lab.run(60)


def stopped_by_hand(lab: Lab) -> None:
    started(lab)
    lab.call("StopTask", cluster="c", task=lab.tasks()[0]["taskArn"], reason="chaos")
    lab.run(60)


def dies_alone(lab: Lab) -> None:
    lab.create(lab.register("late-crash:1"), 1)
    lab.run(140)


def fails_its_check_later(lab: Lab) -> None:
    lab.create(lab.register("wilt:1"), 1)
    lab.run(150)


def no_capacity(lab: Lab) -> None:
    lab.faults.loaded.append(frozenset({"no-capacity"}))
    lab.create(lab.register("check:1"), 1, deploymentConfiguration=breaker())
    lab.run(120)


def spot_interruption(lab: Lab) -> None:
    lab.faults.loaded.append(frozenset({"spot-interruption"}))
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    lab.create(lab.register("check:1"), 1, launchType=None, capacityProviderStrategy=strategy)
    lab.run(40)


def two_superseded_then_rolled_back(lab: Lab) -> None:
    started(lab, deploymentConfiguration=breaker())
    update(lab, taskDefinition=lab.register("app:2"))
    lab.run(10)
    update(lab, taskDefinition=lab.register("crash:3"))
    lab.run(60)


def fails_during_a_rollback(lab: Lab) -> None:
    down_first = {**breaker(), "minimumHealthyPercent": 0, "maximumPercent": 100}
    started(lab, count=1, deploymentConfiguration=down_first, **NO_REBALANCING)
    update(lab, taskDefinition=lab.register("crash:2"))
    lab.run(45)
    update(lab, taskDefinition=lab.register("crash:3"))
    lab.run(120)


def first_one_stopped_by_request(lab: Lab) -> None:
    lab.create(lab.register("app:1"), 1)
    lab.run(5)
    lab.call("StopServiceDeployment", serviceDeploymentArn=lab.deployments()[-1]["serviceDeploymentArn"])
    lab.run(60)


def update_of_what_is_not_started_yet(lab: Lab) -> None:
    started(lab)
    update(lab, taskDefinition=lab.register("check:2"))
    update(lab, taskDefinition=lab.register("check:3"))
    lab.run(60)


def scaled_to_none_during_update(lab: Lab) -> None:
    started(lab)
    update(lab, taskDefinition=lab.register("check:2"))
    lab.run(11)
    update(lab, desiredCount=0)
    lab.run(60)


def nothing_that_matters_changed(lab: Lab) -> None:
    started(lab)
    update(lab, taskDefinition=lab.service()["taskDefinition"], desiredCount=2, enableECSManagedTags=True)
    update(lab, deploymentConfiguration=breaker(), propagateTags="SERVICE", healthCheckGracePeriodSeconds=5)
    lab.run(60)


def sick_with_room(lab: Lab) -> None:
    lab.create(lab.register("sick:1"), 1)
    lab.run(30)


def wilts_without_room(lab: Lab) -> None:
    percents = {"minimumHealthyPercent": 0, "maximumPercent": 100}
    lab.create(lab.register("wilt:1"), 2, deploymentConfiguration=percents, **NO_REBALANCING)
    lab.run(135)


def both_revisions_sick_one_kept_up(lab: Lab) -> None:
    started(lab, "wilt:1", 1)
    update(lab, taskDefinition=lab.register("nopull:2"))
    lab.run(70)


def slow_to_stop(lab: Lab) -> None:
    started(lab, "stubborn:1")
    update(lab, taskDefinition=lab.register("check:2"))
    lab.run(60)


def counted_for_good(lab: Lab) -> None:
    configuration = breaker(resetOnHealthyTask=False, thresholdConfiguration={"type": "COUNT", "value": 3})
    started(lab, deploymentConfiguration=configuration)
    update(lab, taskDefinition=lab.register("app:2"))
    for _ in range(3):
        lab.run(45)
        lab.fail(lab.tasks()[-1]["taskArn"])
    lab.run(5)


TIMELINES: list[tuple[Callable[[Lab], None], list[str], list[str]]] = [
    (
        first_deployment,
        ["SUCCESSFUL"],
        [UP[0], "51.7 (deployment d1) deployment completed.", f"51.7 {STEADY}"],
    ),
    (
        update_of_two,
        ["SUCCESSFUL", "SUCCESSFUL"],
        [
            *UP,
            f"13.7 {STEADY}",
            "60.2 has started 2 tasks: (task t3) (task t4).",
            "73.7 has stopped 2 running tasks: (task t1) (task t2).",
            "74.2 (deployment d2) deployment completed.",
            f"74.2 {STEADY}",
        ],
    ),
    (
        within_half_and_all,
        ["SUCCESSFUL", "SUCCESSFUL"],
        [
            "0.2 has started 4 tasks: (task t1) (task t2) (task t3) (task t4).",
            "13.7 (deployment d1) deployment completed.",
            f"13.7 {STEADY}",
            "60.2 has stopped 2 running tasks: (task t3) (task t4).",
            "60.2 has started 2 tasks: (task t5) (task t6).",
            "73.7 has stopped 2 running tasks: (task t1) (task t2).",
            "73.7 has started 2 tasks: (task t7) (task t8).",
            "87.2 (deployment d2) deployment completed.",
            f"87.2 {STEADY}",
        ],
    ),
    (
        no_room,
        ["SUCCESSFUL", "IN_PROGRESS"],
        [
            "0.2 has started 1 tasks: (task t1).",
            "13.7 (deployment d1) deployment completed.",
            f"13.7 {STEADY}",
            f"60.2 {UNABLE}",
        ],
    ),
    (
        update_during_update,
        ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"],
        [
            *UP,
            f"13.7 {STEADY}",
            "60.2 has started 2 tasks: (task t3) (task t4).",
            "80.2 has stopped 2 running tasks: (task t3) (task t4).",
            "80.2 has started 2 tasks: (task t5) (task t6).",
            "93.7 has stopped 2 running tasks: (task t1) (task t2).",
            "94.2 (deployment d2) deployment completed.",
            f"94.2 {STEADY}",
        ],
    ),
    (
        crash_rolls_back,
        ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"],
        [
            *UP,
            f"13.7 {STEADY}",
            "60.2 has started 2 tasks: (task t3) (task t4).",
            "74.7 has started 2 tasks: (task t5) (task t6).",
            "87.2 (deployment d2) deployment failed: tasks failed to start.",
            "87.2 rolling back to deployment d1.",
            "88.2 (deployment d1) deployment completed.",
            f"88.2 {STEADY}",
        ],
    ),
    (
        failed_checks_roll_back,
        ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"],
        [
            *UP,
            f"13.7 {STEADY}",
            "60.2 has started 2 tasks: (task t3) (task t4).",
            "73.7 (task t3) failed container health checks.",
            "73.7 (task t4) failed container health checks.",
            "73.7 has stopped 2 running tasks: (task t3) (task t4).",
            "73.7 (deployment d2) deployment failed: tasks failed to start.",
            "73.7 rolling back to deployment d1.",
            "74.7 (deployment d1) deployment completed.",
            f"74.7 {STEADY}",
        ],
    ),
    (
        no_rollback_asked,
        ["SUCCESSFUL", "STOPPED"],
        [
            *UP,
            f"13.7 {STEADY}",
            "60.2 has started 2 tasks: (task t3) (task t4).",
            "74.7 has started 2 tasks: (task t5) (task t6).",
            "87.2 (deployment d2) deployment failed: tasks failed to start.",
        ],
    ),
    (
        first_one_fails,
        ["ROLLBACK_FAILED"],
        [
            "0.2 has started 1 tasks: (task t1).",
            f"10.2 {UNPULLED}",
            "20.2 has started 1 tasks: (task t2).",
            f"30.2 {UNPULLED}",
            "50.2 has started 1 tasks: (task t3).",
            f"60.2 {UNPULLED}",
            f"60.2 {IMPAIRED}",
            "60.2 (deployment d1) deployment failed: tasks failed to start.",
        ],
    ),
    (
        launches_slow_down,
        ["IN_PROGRESS"],
        [
            "0.2 has started 1 tasks: (task t1).",
            f"10.2 {UNPULLED}",
            "20.2 has started 1 tasks: (task t2).",
            f"30.2 {UNPULLED}",
            "50.2 has started 1 tasks: (task t3).",
            f"60.2 {UNPULLED}",
            f"60.2 {IMPAIRED}",
            "100.2 has started 1 tasks: (task t4).",
            f"110.2 {UNPULLED}",
            "190.2 has started 1 tasks: (task t5).",
            f"200.2 {UNPULLED}",
            "360.2 has started 1 tasks: (task t6).",
            f"370.2 {UNPULLED}",
        ],
    ),
    (
        stopped_by_request,
        ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"],
        [
            *UP,
            f"13.7 {STEADY}",
            "60.2 has started 2 tasks: (task t3) (task t4).",
            "76.0 rolling back to deployment d1.",
            "76.0 has stopped 2 running tasks: (task t3) (task t4).",
            "77.0 (deployment d1) deployment completed.",
            f"77.0 {STEADY}",
        ],
    ),
    (
        scaled,
        ["SUCCESSFUL"],
        [
            *UP,
            f"13.7 {STEADY}",
            "60.0 has started 1 tasks: (task t3).",
            f"73.5 {STEADY}",
            "120.0 has stopped 2 running tasks: (task t3) (task t1).",
            f"120.0 {STEADY}",
        ],
    ),
    (
        scaled_during_update,
        ["SUCCESSFUL", "SUCCESSFUL"],
        [
            *UP,
            f"13.7 {STEADY}",
            "60.2 has started 2 tasks: (task t3) (task t4).",
            "65.0 has started 1 tasks: (task t5).",
            "65.0 has started 1 tasks: (task t6).",
            "73.7 stopped 1 pending tasks.",
            "73.7 has stopped 1 running tasks: (task t1).",
            "78.5 has stopped 1 running tasks: (task t2).",
            "79.0 (deployment d2) deployment completed.",
            f"79.0 {STEADY}",
        ],
    ),
    (
        old_task_dies_during_update,
        ["SUCCESSFUL", "IN_PROGRESS"],
        [
            *UP,
            f"13.7 {STEADY}",
            "60.2 has started 2 tasks: (task t3) (task t4).",
            "67.0 has started 1 tasks: (task t5).",
            *(
                f"{74.65 + 14.5 * n:.1f} has started 2 tasks: (task t{6 + 2 * n}) (task t{7 + 2 * n})."
                for n in range(7)
            ),
        ],
    ),
    (
        same_again,
        ["SUCCESSFUL", "SUCCESSFUL"],
        [
            *UP,
            f"13.7 {STEADY}",
            "60.2 has started 2 tasks: (task t3) (task t4).",
            "73.7 has stopped 2 running tasks: (task t1) (task t2).",
            "74.2 (deployment d2) deployment completed.",
            f"74.2 {STEADY}",
        ],
    ),
    (
        stopped_by_hand,
        ["SUCCESSFUL"],
        [*UP, f"13.7 {STEADY}", "62.0 has started 1 tasks: (task t3).", f"75.5 {STEADY}"],
    ),
    (
        dies_alone,
        ["SUCCESSFUL"],
        [
            "0.2 has started 1 tasks: (task t1).",
            "51.7 (deployment d1) deployment completed.",
            f"51.7 {STEADY}",
            "72.7 has started 1 tasks: (task t2).",
            f"124.2 {STEADY}",
        ],
    ),
    (
        fails_its_check_later,
        ["SUCCESSFUL"],
        [
            "0.2 has started 1 tasks: (task t1).",
            "13.7 (deployment d1) deployment completed.",
            f"13.7 {STEADY}",
            f"100.7 has started 1 tasks: (task t2). {REPLACED}",
            "114.2 (task t1) failed container health checks.",
            "114.2 has stopped 1 running tasks: (task t1).",
            f"114.2 {STEADY}",
        ],
    ),
    (
        no_capacity,
        ["ROLLBACK_FAILED"],
        [
            f"0.2 {CAPACITY}",
            f"10.2 {CAPACITY}",
            f"30.2 {CAPACITY}",
            f"30.2 {IMPAIRED}",
            "30.2 (deployment d1) deployment failed: tasks failed to start.",
        ],
    ),
    (
        spot_interruption,
        ["SUCCESSFUL"],
        [
            "0.2 has started 1 tasks: (task t1).",
            "13.7 (deployment d1) deployment completed.",
            f"13.7 {STEADY}",
            "28.7 has started 1 tasks: (task t2).",
        ],
    ),
    (
        two_superseded_then_rolled_back,
        ["SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL"],
        [
            *UP,
            f"13.7 {STEADY}",
            "60.2 has started 2 tasks: (task t3) (task t4).",
            "70.2 stopped 2 pending tasks.",
            "70.2 has started 2 tasks: (task t5) (task t6).",
            "84.7 has started 2 tasks: (task t7) (task t8).",
            "97.2 (deployment d2) deployment failed: tasks failed to start.",
            "97.2 rolling back to deployment d1.",
            "98.2 (deployment d1) deployment completed.",
            f"98.2 {STEADY}",
        ],
    ),
    (
        fails_during_a_rollback,
        ["SUCCESSFUL", "STOPPED", "ROLLBACK_FAILED"],
        [
            "0.2 has started 1 tasks: (task t1).",
            "13.7 (deployment d1) deployment completed.",
            f"13.7 {STEADY}",
            "60.2 has stopped 1 running tasks: (task t1).",
            "60.2 has started 1 tasks: (task t2).",
            "74.7 has started 1 tasks: (task t3).",
            "89.2 has started 1 tasks: (task t4).",
            "101.7 (deployment d2) deployment failed: tasks failed to start.",
            "101.7 rolling back to deployment d1.",
            "101.7 has started 1 tasks: (task t5).",
            "105.2 stopped 1 pending tasks.",
            "105.2 has started 1 tasks: (task t6).",
            "119.7 has started 1 tasks: (task t7).",
            "134.2 has started 1 tasks: (task t8).",
            "146.7 (deployment d3) deployment failed: tasks failed to start.",
        ],
    ),
    (
        first_one_stopped_by_request,
        ["ROLLBACK_FAILED"],
        [
            "0.2 has started 1 tasks: (task t1).",
        ],
    ),
    (
        update_of_what_is_not_started_yet,
        ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"],
        [
            *UP,
            f"13.7 {STEADY}",
            "60.2 has started 2 tasks: (task t3) (task t4).",
            "73.7 has stopped 2 running tasks: (task t1) (task t2).",
            "74.2 (deployment d2) deployment completed.",
            f"74.2 {STEADY}",
        ],
    ),
    (
        scaled_to_none_during_update,
        ["SUCCESSFUL", "SUCCESSFUL"],
        [
            *UP,
            f"13.7 {STEADY}",
            "60.2 has started 2 tasks: (task t3) (task t4).",
            "71.0 has stopped 2 running tasks: (task t1) (task t2).",
            "71.0 stopped 2 pending tasks.",
            "71.5 (deployment d2) deployment completed.",
            f"71.5 {STEADY}",
        ],
    ),
    (
        nothing_that_matters_changed,
        ["SUCCESSFUL"],
        [
            *UP,
            f"13.7 {STEADY}",
        ],
    ),
    (
        sick_with_room,
        ["IN_PROGRESS"],
        [
            "0.2 has started 1 tasks: (task t1).",
            f"13.7 has started 1 tasks: (task t2). {REPLACED}",
            "13.7 (task t1) failed container health checks.",
            "13.7 has stopped 1 running tasks: (task t1).",
            f"27.2 has started 1 tasks: (task t3). {REPLACED}",
            "27.2 (task t2) failed container health checks.",
            "27.2 has stopped 1 running tasks: (task t2).",
        ],
    ),
    (
        wilts_without_room,
        ["SUCCESSFUL"],
        [
            *UP,
            f"13.7 {STEADY}",
            "100.7 (task t1) failed container health checks.",
            "100.7 has stopped 1 running tasks: (task t1).",
            "102.7 has started 1 tasks: (task t3).",
            "116.2 (task t2) failed container health checks.",
            "116.2 has stopped 1 running tasks: (task t2).",
            "118.2 has started 1 tasks: (task t4).",
            f"131.7 {STEADY}",
        ],
    ),
    (
        both_revisions_sick_one_kept_up,
        ["SUCCESSFUL", "IN_PROGRESS"],
        [
            "0.2 has started 1 tasks: (task t1).",
            "13.7 (deployment d1) deployment completed.",
            f"13.7 {STEADY}",
            "60.2 has started 1 tasks: (task t2).",
            f"70.2 {UNPULLED}",
            "80.2 has started 1 tasks: (task t3).",
            f"90.2 {UNPULLED}",
            f"100.7 has started 1 tasks: (task t4). {REPLACED}",
            "114.2 (task t1) failed container health checks.",
            "114.2 has stopped 1 running tasks: (task t1).",
            "114.2 has started 1 tasks: (task t5).",
            f"124.2 {UNPULLED}",
            f"124.2 {IMPAIRED}",
        ],
    ),
    (
        slow_to_stop,
        ["SUCCESSFUL", "SUCCESSFUL"],
        [
            "0.2 has started 2 tasks: (task t1) (task t2).",
            "51.7 (deployment d1) deployment completed.",
            f"51.7 {STEADY}",
            "60.2 has started 2 tasks: (task t3) (task t4).",
            "73.7 has stopped 2 running tasks: (task t1) (task t2).",
            "74.2 (deployment d2) deployment completed.",
            f"74.2 {STEADY}",
        ],
    ),
    (
        counted_for_good,
        ["SUCCESSFUL", "ROLLBACK_IN_PROGRESS"],
        [
            *UP,
            f"13.7 {STEADY}",
            "60.2 has started 2 tasks: (task t3) (task t4).",
            "107.0 has started 1 tasks: (task t5).",
            "111.7 has stopped 1 running tasks: (task t1).",
            "152.0 has started 1 tasks: (task t6).",
            "195.0 (deployment d2) deployment failed: tasks failed to start.",
            "195.0 rolling back to deployment d1.",
            "195.0 has started 1 tasks: (task t7).",
        ],
    ),
]


@pytest.mark.parametrize(("play", "verdicts", "story"), TIMELINES, ids=[play.__name__ for play, _, _ in TIMELINES])
def test_a_service_goes_through(play: Callable[[Lab], None], verdicts: list[str], story: list[str]) -> None:
    lab = Lab()
    lab.cluster()
    play(lab)
    assert lab.story() == story
    assert [d["status"] for d in lab.deployments()] == verdicts


def test_every_event_has_an_id_and_a_time_of_its_own() -> None:
    lab = Lab()
    lab.cluster()
    crash_rolls_back(lab)
    events = lab.service()["events"]
    assert len({str(UUID(event["id"])) for event in events}) == len(events)
    assert all(event["message"].startswith("(service s) ") for event in events)
    assert [event["createdAt"] for event in events] == sorted((e["createdAt"] for e in events), reverse=True)


def shown(lab: Lab) -> list[tuple[object, ...]]:
    """Return what DescribeServices shows of each deployment: revision, states and counts."""
    fields = ("status", "rolloutState", "desiredCount", "runningCount", "pendingCount")
    return [
        (d["taskDefinition"].rpartition(":")[2], *(d[name] for name in fields)) for d in lab.service()["deployments"]
    ]


def test_three_sets_of_tasks_while_an_update_replaces_an_update() -> None:
    lab = Lab()
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
    lab = Lab()
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
    lab = Lab()
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
        lab = Lab()
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
    lab = Lab()
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
