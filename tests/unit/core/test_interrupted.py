"""What an interrupted run says that AWS goes on with."""

from __future__ import annotations

import pytest

from ecsdeploy.core.interrupted import InAws, deployment, in_words, one_off, perhaps, smoke, untouched
from ecsdeploy.events import RolloutState

WATCHED = deployment("hello:8", watch="ecsdeploy watch --env live", undo="ecsdeploy rollback --env live")
BOTH = "Watch it:\n    ecsdeploy watch --env live\nRoll it back:\n    ecsdeploy rollback --env live"
WATCH = "Watch it:\n    ecsdeploy watch --env live"


def state(status: str) -> RolloutState:
    return RolloutState(deployment="d1", status=status, desired=2, running=1, pending=1)


@pytest.mark.parametrize(
    ("seen", "what", "offers"),
    [
        (None, "ECS goes on with the deployment of hello:8.", BOTH),
        (state("IN_PROGRESS"), "ECS goes on with the deployment of hello:8: 1 of 2 tasks run.", BOTH),
        (state("ROLLBACK_REQUESTED"), "ECS goes on rolling back hello:8: 1 of 2 tasks run.", WATCH),
        (state("ROLLBACK_IN_PROGRESS"), "ECS goes on rolling back hello:8: 1 of 2 tasks run.", WATCH),
        (state("SUCCESSFUL"), "ECS has finished with it (SUCCESSFUL): 1 of 2 tasks run.", BOTH),
    ],
)
def test_a_deployment_is_told_as_it_was_seen_last(seen: RolloutState | None, what: str, offers: str) -> None:
    assert in_words(WATCHED, seen) == (what, offers)


@pytest.mark.parametrize(
    ("seen", "what"),
    [
        (None, "hello:8 was given up, and ECS may have begun to take it back, or not."),
        (
            state("IN_PROGRESS"),
            "hello:8 was given up, and ECS may have begun to take it back, or not: 1 of 2 tasks run.",
        ),
        (state("ROLLBACK_IN_PROGRESS"), "ECS goes on rolling back hello:8: 1 of 2 tasks run."),
    ],
)
def test_one_that_was_given_up_need_not_be_rolled_back_by_hand(seen: RolloutState | None, what: str) -> None:
    assert in_words(WATCHED, seen, gave_up=True) == (what, WATCH)


def test_one_that_was_given_up_and_is_over_is_told_as_it_is() -> None:
    assert (
        in_words(WATCHED, state("STOPPED"), gave_up=True)[0] == "ECS has finished with it (STOPPED): 1 of 2 tasks run."
    )


def test_a_first_deployment_offers_no_way_back() -> None:
    assert in_words(deployment("hello:1", watch="ecsdeploy watch"), None)[1] == "Watch it:\n    ecsdeploy watch"


@pytest.mark.parametrize(
    ("in_aws", "what", "offers"),
    [
        (
            perhaps("hello", "hello:8", watch="ecsdeploy watch"),
            "ECS may have begun to deploy hello:8 to the service hello, or not: its answer had not come.",
            "Watch it:\n    ecsdeploy watch",
        ),
        (
            smoke("hello", undo="ecsdeploy rollback"),
            "What was deployed to hello serves, and its smoke test was not finished: nothing takes it back by itself.",
            "Roll it back:\n    ecsdeploy rollback",
        ),
        (
            one_off("0123456789abcdef", "the release task of hello:8", stop="STOP", logs="LOGS"),
            "ECS goes on with task 0123456789ab, the release task of hello:8.",
            "See its log:\n    LOGS\nStop it:\n    STOP",
        ),
        (
            one_off("0123456789abcdef", "the release command of hello", stop="STOP", logs="LOGS", again="AGAIN"),
            "ECS goes on with task 0123456789ab, the release command of hello.",
            "See its log:\n    LOGS\nWait for it, and go on:\n    AGAIN\nStop it:\n    STOP",
        ),
        (untouched("hello"), "Nothing of it goes on in AWS: the service hello was not touched.", ""),
    ],
)
def test_the_rest_does_not_depend_on_counts(in_aws: InAws, what: str, offers: str) -> None:
    assert in_words(in_aws, state("IN_PROGRESS")) == (what, offers)
