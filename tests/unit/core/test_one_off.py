"""One-off tasks: what is asked of RunTask, and how a task's end is read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.one_off import MOST, Ending, ending, named_revision, request, under_way, where_it_runs
from ecsdeploy.errors import UsageError
from tests.unit.aws_model import require_known_to_aws
from tests.unit.core import builders as a

SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}]


def asked(*command: str) -> dict[str, Any]:
    """Return the request for a command."""
    return request(
        cluster="hello",
        task_definition="hello:1",
        container="hello",
        command=command,
        placement={"launchType": "FARGATE", "networkConfiguration": a.NETWORK},
        started_by="ecsdeploy/run",
        tags={"ecsdeploy:app": "hello"},
    )


def test_a_request_is_one_that_aws_knows() -> None:
    found = asked("sh", "-c", "exit 7")
    require_known_to_aws("ecs:RunTask", found)
    assert found["overrides"] == {"containerOverrides": [{"name": "hello", "command": ["sh", "-c", "exit 7"]}]}


@given(st.integers(0, 2 * MOST), st.sampled_from(["x", '"', "ä"]))
def test_a_command_is_sent_if_its_overrides_fit(length: int, letter: str) -> None:
    written = {"containerOverrides": [{"name": "hello", "command": [letter * length]}]}
    fits = len(json.dumps(written, ensure_ascii=False, separators=(",", ":"))) <= MOST
    if fits:
        assert asked(letter * length)["overrides"] == written
    else:
        with pytest.raises(UsageError, match="The command is too long for ECS"):
            asked(letter * length)


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({}, {"launchType": "FARGATE"}),
        ({"launchType": "FARGATE", "platformVersion": "1.4.0"}, {"launchType": "FARGATE", "platformVersion": "1.4.0"}),
        ({"launchType": "FARGATE", "capacityProviderStrategy": []}, {"launchType": "FARGATE"}),
        ({"launchType": "FARGATE", "capacityProviderStrategy": SPOT}, {"capacityProviderStrategy": SPOT}),
        (
            {"desiredCount": 3, "networkConfiguration": a.NETWORK},
            {"launchType": "FARGATE", "networkConfiguration": a.NETWORK},
        ),
    ],
)
def test_a_task_runs_where_the_services_tasks_do(settings: dict[str, Any], where: dict[str, Any]) -> None:
    assert where_it_runs(settings) == where


def test_a_task_that_runs_has_no_end() -> None:
    assert ending(a.task(containers=(a.container(exit_code=None),)), "hello") is None


@pytest.mark.parametrize("status", ["RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"])
def test_an_exit_code_counts_as_soon_as_ecs_says_why_the_task_stops(status: str) -> None:
    task = a.stopped(status=status, containers=(a.container(exit_code=7, reason=""),))
    assert ending(task, "hello") == Ending(7, "EssentialContainerExited", "Essential container in task exited")


def test_an_exit_code_alone_is_not_yet_the_end() -> None:
    task = a.task(containers=(a.container(exit_code=0, reason=""),))
    assert ending(task, "hello") is None


def test_the_exit_code_is_that_of_the_named_container() -> None:
    beside = a.container(name="proxy", exit_code=1, reason="")
    task = a.stopped(containers=(beside, a.container(exit_code=0, reason="")))
    found = ending(task, "hello")
    assert found is not None
    assert found.exit_code == 0


def test_a_task_that_fails_to_start_is_not_waited_for() -> None:
    task = a.task(
        status="DEPROVISIONING",
        stop_code="TaskFailedToStart",
        stopped_reason="CannotPullContainerError: not found",
        containers=(a.container(exit_code=None, reason=""),),
    )
    assert ending(task, "hello") == Ending(None, "TaskFailedToStart", "CannotPullContainerError: not found")


@pytest.mark.parametrize(
    ("code", "stop_code", "succeeded", "by_others"),
    [
        (0, "EssentialContainerExited", True, False),
        (1, "EssentialContainerExited", False, False),
        (0, "UserInitiated", False, True),
        (0, "SpotInterruption", False, True),
        (None, "TaskFailedToStart", False, True),
    ],
)
def test_a_command_succeeds_by_its_own_end(
    code: int | None, stop_code: str, *, succeeded: bool, by_others: bool
) -> None:
    end = Ending(code, stop_code, "")
    assert (end.succeeded, end.stopped_by_others) == (succeeded, by_others)


def test_what_runs_or_has_succeeded_makes_another_needless() -> None:
    running = a.task(1, containers=(a.container(exit_code=None),))
    good = a.stopped(2, containers=(a.container(exit_code=0, reason=""),))
    bad = a.stopped(3, containers=(a.container(exit_code=1, reason=""),))
    assert under_way([bad, good, running], "hello") == running
    assert under_way([bad, good], "hello") == good
    assert under_way([bad], "hello") is None


@pytest.mark.parametrize("text", ["7", "07", "hello:7", f"{a.ARN}:task-definition/hello:7"])
def test_a_revision_is_named_in_three_ways(text: str) -> None:
    assert named_revision(text, "hello") == "hello:7"


@pytest.mark.parametrize("text", ["", "x", "hello", "hello:", "other:7", "hello:7x", "-1", "²"])
def test_what_is_no_revision_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a revision of hello"):
        named_revision(text, "hello")
