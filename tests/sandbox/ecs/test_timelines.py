"""Golden timelines: what a service's events tell, to the tenth of a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.ecs.lab import Lab, breaker

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
            "20.2 has started 1 tasks: (task t2).",
            "50.2 has started 1 tasks: (task t3).",
            f"60.2 {IMPAIRED}",
            "60.2 (deployment d1) deployment failed: tasks failed to start.",
        ],
    ),
    (
        launches_slow_down,
        ["IN_PROGRESS"],
        [
            "0.2 has started 1 tasks: (task t1).",
            "20.2 has started 1 tasks: (task t2).",
            "50.2 has started 1 tasks: (task t3).",
            f"60.2 {IMPAIRED}",
            "100.2 has started 1 tasks: (task t4).",
            "190.2 has started 1 tasks: (task t5).",
            "360.2 has started 1 tasks: (task t6).",
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
            "100.7 (task t1) failed container health checks.",
            "100.7 has started 1 tasks: (task t2).",
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
]


@pytest.mark.parametrize(("play", "verdicts", "story"), TIMELINES, ids=[play.__name__ for play, _, _ in TIMELINES])
def test_a_service_goes_through(play: Callable[[Lab], None], verdicts: list[str], story: list[str]) -> None:
    lab = Lab()
    lab.cluster()
    play(lab)
    assert lab.story() == story
    assert [d["status"] for d in lab.deployments()] == verdicts
