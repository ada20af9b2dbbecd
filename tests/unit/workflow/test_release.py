"""The release command among the writes of a plan: what is sent, and what a failure leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecsdeploy.core.upkeep import FILL
from ecsdeploy.errors import AwsError, Failed, Unreachable
from ecsdeploy.policy.grants.deploying import RELEASED
from tests.unit.core import builders as a
from tests.unit.core.situations import SITUATIONS
from tests.unit.workflow.hands import Hands

LOST = Unreachable("AWS does not answer.", code="ConnectionClosedError", operation="")


def releasing(**changed: Any) -> Hands:
    """Return a run that deploys another image, with a release command."""
    wanted, account, _ = SITUATIONS["deploy, with a release command"]
    return Hands.over(account, replace(wanted, **changed), FILL)


def test_the_service_is_updated_once_its_task_has_ended_well() -> None:
    hands = releasing()
    hands.apply()
    assert hands.aws.sent == ["ecs:RegisterTaskDefinition", "ecs:RunTask", "ecs:TagResource", "ecs:UpdateService"]
    assert hands.followed == [(f"{a.ARN}:task/hello/token-1", False)]
    assert ("release command", "python manage.py migrate", "ran") in hands.report.resources
    assert hands.journal.doing == ""


def test_the_service_is_not_touched_if_it_fails() -> None:
    hands = releasing()
    hands.fails = Failed("It failed.")
    with pytest.raises(Failed):
        hands.apply()
    assert hands.aws.sent == ["ecs:RegisterTaskDefinition", "ecs:RunTask"]
    assert hands.aws.account.newest is not None
    assert RELEASED not in hands.aws.account.newest.tags
    assert hands.journal.doing == "running release command python manage.py migrate"
    assert not any(kind == "release command" for kind, _, _ in hands.report.resources)


def test_the_next_run_does_what_is_left_and_nothing_twice() -> None:
    hands = releasing()
    hands.fails = Failed("It failed.")
    with pytest.raises(Failed):
        hands.apply()
    again = Hands(hands.aws, hands.wanted, FILL)
    again.aws.sent.clear()
    again.apply()
    assert again.aws.sent == ["ecs:RunTask", "ecs:TagResource", "ecs:UpdateService"]
    last = Hands(hands.aws, replace(hands.wanted, force=True), FILL)
    last.aws.sent.clear()
    last.apply()
    assert last.aws.sent == ["ecs:UpdateService"]


def test_a_task_of_an_earlier_run_is_waited_for_in_place_of_another() -> None:
    hands = releasing()
    hands.aws.begun = f"{a.ARN}:task/hello/older"
    hands.apply()
    assert hands.followed == [(f"{a.ARN}:task/hello/older", True)]
    assert hands.aws.sent == ["ecs:RegisterTaskDefinition", "ecs:TagResource", "ecs:UpdateService"]


def test_a_request_that_is_repeated_has_the_same_token() -> None:
    hands = releasing()
    hands.aws.refuse["ecs:RunTask"] = [AwsError("no", code="ClusterNotFoundException", operation="RunTask")]
    hands.apply()
    tokens = [asked["clientToken"] for asked in hands.aws.tried if "clientToken" in asked]
    assert tokens == ["token-1", "token-1"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"tasks": [], "failures": [{"arn": "c", "reason": "Capacity is unavailable at this time."}]}, "Capacity is"),
        ({"tasks": [], "failures": []}, "ECS gave no reason."),
    ],
)
def test_an_answer_without_a_task_says_why(answer: dict[str, Any], why: str) -> None:
    hands = releasing()
    write = hands.applier.write

    def refusing(call: str, parameters: Any, *, once: bool) -> Any:
        return answer if call == "ecs:RunTask" else write(call, parameters, once=once)

    hands.applier.write = refusing
    with pytest.raises(AwsError) as caught:
        hands.apply()
    assert caught.value.what == "ECS did not start the task."
    assert caught.value.why.startswith(why)
    assert caught.value.exit_code == 5
    assert "ecs:UpdateService" not in hands.aws.sent
