"""A run's record, and the event that tells of a task."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from ecsdeploy.aws.ecs_answers import to_task
from ecsdeploy.core.record import about
from ecsdeploy.core.task_state import task_state
from ecsdeploy.events import TaskState
from tests.unit.core.builders import target
from tests.unit.report.records import CARD, entries, record


def test_the_same_config_has_the_same_hash_whatever_its_order() -> None:
    one = target(task={"port": 3000, "environment": {"A": "1", "B": "2"}})
    two = target(task={"environment": {"B": "2", "A": "1"}, "port": 3000})
    other = target(task={"port": 3001, "environment": {"A": "1", "B": "2"}})

    assert about(one) == about(two)
    assert about(one).config_hash != about(other).config_hash
    assert about(one).config_hash.startswith("sha256:")


def test_a_cause_is_told_whole_where_that_was_shown_and_else_in_its_parts() -> None:
    first, more = replace(CARD, part="first", times=1), replace(CARD, part="more")
    assert record(entries((1, first), (2, more), (3, CARD), (4, CARD)), 4, 5).causes == (CARD,)
    assert record(entries((1, first), (2, more)), 4, 5).causes == (first, more)


def test_a_tasks_state_has_all_of_ecss_times() -> None:
    times = {
        name: datetime(2026, 11, 29, 9, 30, second, tzinfo=UTC)
        for second, name in enumerate(
            (
                "createdAt",
                "pullStartedAt",
                "pullStoppedAt",
                "startedAt",
                "stoppingAt",
                "executionStoppedAt",
                "stoppedAt",
            )
        )
    }
    answer = {
        "taskArn": "arn:aws:ecs:us-east-1:123456789012:task/hello/0f1e",
        "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/hello:8",
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "stoppedReason": "Essential container in task exited",
        **times,
    }

    assert task_state(to_task(answer)) == TaskState(
        "0f1e", "STOPPED", "UNKNOWN", "hello:8", "Essential container in task exited", *times.values()
    )
