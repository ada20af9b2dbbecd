"""A run's tasks as bars, and its deployment's turns as marks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.record import Entry
from ecsdeploy.core.task_bar import Bar
from ecsdeploy.core.timeline import chart, last_states
from ecsdeploy.events import GaveUp, Note, TaskState
from tests.unit.report.records import (
    NEW,
    OLD,
    REASON,
    START,
    at,
    entries,
    failing,
    good,
    record,
    rollout,
    stopped,
    task,
)

BEGAN = at(1.0)


def told(bar: Bar, begin: datetime = BEGAN) -> list[tuple[str, float, float]]:
    """Return a bar's phases with the seconds since the deployment began."""
    return [
        (each.name, round((each.begin - begin).total_seconds(), 1), round((each.end - begin).total_seconds(), 1))
        for each in bar.phases
    ]


def test_new_tasks_have_their_exact_phases_and_older_ones_ran_before() -> None:
    drawn = chart(good())

    assert (drawn.begin, drawn.end) == (at(1.0), at(53.0))
    assert [(bar.task[0], bar.new, bar.failed) for bar in drawn.bars] == [
        ("c", False, False),
        ("d", False, False),
        ("a", True, False),
        ("b", True, False),
    ]
    assert told(drawn.bars[2]) == [
        ("provisioning", 0.2, 8.2),
        ("pull", 8.2, 14.2),
        ("start", 14.2, 15.2),
        ("running", 15.2, 45.6),
        ("healthy", 45.6, 52.0),
    ]
    assert told(drawn.bars[0]) == [("running", 0.0, 47.0), ("stopping", 47.0, 52.0)]
    assert [(mark.name, mark.text) for mark in drawn.marks] == [
        ("started", "deployment began"),
        ("done", "succeeded"),
    ]


def test_a_deployment_that_fails_is_marked_at_its_turns() -> None:
    drawn = chart(failing())

    assert [(mark.name, (mark.at - drawn.begin).total_seconds(), mark.text) for mark in drawn.marks] == [
        ("started", 0.0, "deployment began"),
        ("first-failure", 17.0, "first failure, of task eeeeeeee"),
        ("gave-up", 41.0, "rollback requested"),
        ("rolling-back", 43.5, "rolling back"),
        ("rolled-back", 51.5, "rolled back"),
    ]
    assert [bar.task[0] for bar in drawn.bars if bar.failed] == ["e", "f", "9"]


def test_giving_up_is_marked_when_it_was_decided() -> None:
    told = (*entries((1.0, rollout("PENDING", 0, 0)), (20.0, GaveUp("no retry can help", "Rolling back."))),)
    run = record((*told, *entries((21.5, rollout("ROLLBACK_REQUESTED", 20.5, 0)))), 4, 30.0)

    assert [(mark.text, mark.at) for mark in chart(run).marks[1:]] == [("gave up", at(20.0))]


def test_a_task_that_a_deployment_replaces_has_not_failed() -> None:
    ours = stopped(task("a", 1.2), 30, REASON)
    run = record(entries((1.0, rollout("PENDING", 0, 0)), (39.0, ours)), 4, 40.0)

    assert [bar.failed for bar in chart(run).bars] == [False]


def test_a_run_that_watched_nothing_has_no_picture() -> None:
    run = record(entries((0.5, Note("Unchanged."))), 0, 2.0)
    drawn = chart(run)

    assert (drawn.begin, drawn.end, drawn.bars, drawn.marks) == (START, at(2.0), (), ())


def test_a_restart_tells_its_tasks_from_those_of_the_same_revision_before() -> None:
    before = task("c", -600)
    run = record(entries((1.0, rollout("PENDING", 0, 0)), (20.0, before), (20.0, task("a", 1.2))), 0, 40.0)

    assert [(bar.task[0], bar.new) for bar in chart(run).bars] == [("c", False), ("a", True)]


def test_a_draining_task_is_told_from_one_that_stops() -> None:
    """ECS has no time for the end of draining, so it is the moment at which that was seen."""
    draining = replace(task("c", -600, OLD), status="DEACTIVATING", note=REASON, stopping_at=at(20))
    stopping = replace(draining, status="STOPPING")
    run = record(entries((1.0, rollout("PENDING", 0, 0)), (21.0, draining), (51.0, stopping)), 0, 60.0)

    assert told(chart(run).bars[0]) == [("running", 0.0, 19.0), ("draining", 19.0, 50.0), ("stopping", 50.0, 59.0)]


def test_a_machine_whose_clock_is_behind_sees_nothing_from_the_future() -> None:
    """Ten seconds behind: what ECS says happened at 11.2 is seen at 2.0."""
    early = replace(task("a", 11.2), pull_started_at=None, pull_stopped_at=None, started_at=None, status="PENDING")
    run = record(entries((1.0, rollout("PENDING", 0, 0)), (2.0, early), (18.0, task("a", 11.2))), 0, 20.0)
    bar = chart(run).bars[0]

    assert told(bar)[:2] == [("provisioning", 1.0, 9.0), ("pull", 9.0, 15.0)]


def test_without_exact_times_the_statuses_tell_when_they_were_seen() -> None:
    def seen(status: str) -> TaskState:
        return TaskState("a" * 8, status, revision=NEW)

    run = record(
        entries(
            (1.0, rollout("PENDING", 0, 0)),
            (2.0, seen("PROVISIONING")),
            (9.0, seen("PENDING")),
            (16.0, seen("ACTIVATING")),
            (17.0, seen("RUNNING")),
        ),
        0,
        20.0,
    )

    assert told(chart(run).bars[0]) == [
        ("provisioning", 1.0, 8.0),
        ("pull", 8.0, 15.0),
        ("start", 15.0, 16.0),
        ("running", 16.0, 19.0),
    ]


def test_a_time_that_was_known_stays_known() -> None:
    run = record(entries((17.0, task("a", 1.2)), (60.0, TaskState("a" * 8, "STOPPED", note="gone"))), 0, 61.0)

    assert last_states(run) == (replace(task("a", 1.2), status="STOPPED", note="gone", health="", revision=""),)


STATUSES = ("PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED")
TIMES = st.none() | st.integers(-100, 100).map(lambda seconds: START + timedelta(seconds=seconds))
STATES = st.builds(
    TaskState,
    task=st.sampled_from(["a" * 32, "b" * 32]),
    status=st.sampled_from(STATUSES),
    health=st.sampled_from(["HEALTHY", "UNHEALTHY", "UNKNOWN", ""]),
    revision=st.sampled_from([OLD, NEW]),
    note=st.sampled_from(["", REASON, "Essential container in task exited"]),
    created_at=TIMES,
    pull_started_at=TIMES,
    pull_stopped_at=TIMES,
    started_at=TIMES,
    stopping_at=TIMES,
    execution_stopped_at=TIMES,
    stopped_at=TIMES,
)


@given(st.lists(STATES, max_size=8))
def test_whatever_ecs_says_bars_have_no_gaps_and_stay_in_the_picture(states: list[TaskState]) -> None:
    seen = [Entry(at(2.0 + number), state) for number, state in enumerate(states)]
    drawn = chart(record((*entries((1.0, rollout("PENDING", 0, 0))), *seen), 0, 60.0))

    for bar in drawn.bars:
        assert drawn.begin <= bar.begin < bar.end <= drawn.end
        assert all(phase.begin < phase.end for phase in bar.phases)
        assert [each.end for each in bar.phases[:-1]] == [each.begin for each in bar.phases[1:]]
