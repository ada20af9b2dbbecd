"""Single looks that ECS makes hard: what is brief, late or contradictory, and what the tool makes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ecsdeploy.core.rollout import advance
from ecsdeploy.core.rollout.reacting import Done
from ecsdeploy.core.rollout.seen import Aim, Ask, Seen, Snapshot
from tests.unit.core import builders as a

OURS = f"{a.ARN}:task-definition/hello:2"
LISTED = Ask(deployment=True, listed=True, stopped=True)
GOING = a.rollout("IN_PROGRESS", requested=2, running=2)


def aim(**changed: Any) -> Aim:
    """Return a deployment of hello:2 that may be given up."""
    known: dict[str, Any] = {"task_definition": OURS, "started_by": "ecs-svc/2", "give_up_after": 2}
    return Aim(service="hello", **{**known, **changed})


def begun(**changed: Any) -> Seen:
    """Return what is known when a watch begins."""
    return Seen(aim=aim(**changed), deployment=GOING, created_at=a.AT)


def look(seen: Seen, at: float, *tasks: Any, ask: Ask = LISTED, now: float | None = None, **more: Any) -> Any:
    """Return what comes of a look at these tasks; `now` is the clock's time, in seconds after the deployment began."""
    moment = a.AT + timedelta(seconds=at if now is None else now)
    return advance(seen, Snapshot(**{"at": at, "now": moment, "ask": ask, "deployment": GOING, "tasks": tasks, **more}))


def ours(number: int = 1, **changed: Any) -> Any:
    """Return a running task of the deployment, whose health nobody checks."""
    return a.task(number, **{"task_definition": OURS, "started_by": "ecs-svc/2", "health": "UNKNOWN", **changed})


def test_a_stopped_task_that_is_meant_to_run_is_not_asked_for_again_and_again() -> None:
    seen, _, _ = look(begun(), 2, ours(status="STOPPED"))
    none = a.rollout("IN_PROGRESS", requested=0, running=0)
    pauses, ask = [], Ask(deployment=True)
    for at in range(4, 14):
        seen, _, reaction = look(seen, at, ask=ask, deployment=none if ask.deployment else None)
        ask = reaction.ask
        pauses.append(ask.after)
    assert max(pauses) > 0


def test_a_task_that_ecs_no_longer_shows_does_not_count_as_running() -> None:
    seen, _, _ = look(begun(), 2, ours(1), ours(2))
    seen, _, _ = look(seen, 4, ours(2), missing=frozenset({ours(1).arn}))
    assert [task.arn for task in seen.live] == [ours(2).arn]


def test_a_failed_task_that_ecs_no_longer_shows_has_failed_all_the_same() -> None:
    dying = ours(1, status="DEPROVISIONING", desired_status="STOPPED", stop_code="EssentialContainerExited")
    seen, _, _ = look(begun(), 2, dying)
    seen, _, _ = look(seen, 40, missing=frozenset({dying.arn}))
    assert [task.arn for task in seen.failed] == [dying.arn]
    assert not seen.failing


@pytest.mark.parametrize(("made", "is_ours"), [(-60, False), (1, True), (None, True)])
def test_where_tasks_do_not_say_who_started_them_their_age_does(made: int | None, is_ours: bool) -> None:
    at = a.AT + timedelta(seconds=made) if made is not None else None
    assert begun().is_ours(ours(started_by="", created_at=at)) is is_ours
    assert begun(started_by="").is_ours(ours(started_by="ecs-svc/1", created_at=at)) is is_ours


def test_a_task_of_a_later_deployment_of_the_same_revision_is_not_ours() -> None:
    over = a.rollout("STOPPED", finished_at=a.AT + timedelta(seconds=30))
    seen = Seen(aim=aim(started_by=""), deployment=over, created_at=a.AT)
    assert not seen.is_ours(ours(started_by="ecs-svc/3", created_at=a.AT + timedelta(seconds=60)))


def test_a_clock_that_is_ahead_does_not_make_a_new_task_an_old_one() -> None:
    seen, _, _ = look(begun(check_seconds=40.0), 30, now=630)
    seen, _, _ = look(seen, 41, ours(started_at=a.AT + timedelta(seconds=38)), now=641)
    assert not seen.ever_healthy
    assert seen.due >= 70


def test_of_a_thousand_tasks_a_sample_is_followed() -> None:
    many = a.rollout("IN_PROGRESS", requested=1000, pending=1000)
    seen, _, first = look(begun(), 2, ask=Ask(deployment=True), deployment=many)
    assert first.ask.listed
    for at in (2.1, 4.1):
        seen, _, reaction = look(seen, at, ours(1, status="PENDING"), ours(2, status="PENDING"), deployment=many)
    seen, _, reaction = look(seen, 30, ask=Ask(deployment=True), deployment=many)
    assert not reaction.ask.listed


def test_the_health_of_a_thousand_tasks_is_that_of_the_sample() -> None:
    all_run = a.rollout("IN_PROGRESS", requested=1000, running=1000)
    healthy = ours(1, health="HEALTHY")
    _, _, reaction = look(begun(checked=True, until="healthy"), 20, healthy, deployment=all_run)
    assert isinstance(reaction, Done)
    assert reaction.verdict.kind == "healthy"
