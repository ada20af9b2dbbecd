"""Whatever ECS shows, in any order, late, brief or contradictory: what the reducer promises holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ecsdeploy.core.rollout import advance
from ecsdeploy.core.rollout.reacting import Done, Gone, GoOn, Reaction, Stop
from ecsdeploy.core.rollout.seen import Aim, Ask, Seen, Snapshot, Stopped
from ecsdeploy.core.service import Deployment, Service, ServiceDeployment
from ecsdeploy.core.task import Task
from ecsdeploy.events import Event, FailureCard
from tests.unit.core import builders as a

OURS = f"{a.ARN}:task-definition/hello:2"
OLD = f"{a.ARN}:task-definition/hello:1"
A_CALL = 0.05
AT_ONCE = 10
"""So many looks in a row may be made without a pause: at what the counts, the lists and the logs lead to."""
STATUSES = (
    "PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "SUCCESSFUL", "STOPPED",
    "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED", "SOMETHING_NEW",
)  # fmt: skip
TASK_STATUSES = ("PROVISIONING", "PENDING", "RUNNING", "DEACTIVATING", "DEPROVISIONING", "STOPPED", "")
REASONS = (
    "", "Essential container in task exited", "Task failed container health checks", "Task stopped by user",
    "CannotPullContainerError: failed to resolve ref hello:2: not found", "Capacity is unavailable at this time.",
)  # fmt: skip
CODES = ("", "EssentialContainerExited", "TaskFailedToStart", "UserInitiated", "ServiceSchedulerInitiated")
times = st.none() | st.integers(-600, 600).map(lambda seconds: a.AT + timedelta(seconds=seconds))
few = st.integers(0, 3)


@st.composite
def deployments(draw: Callable[..., Any]) -> ServiceDeployment | None:
    """Return one, with whatever is left out; None: it is not shown."""
    if draw(st.integers(0, 9)) == 0:
        return None
    return a.rollout(
        draw(st.sampled_from(STATUSES)),
        requested=draw(few), running=draw(few), pending=draw(few), failures=draw(few), threshold=draw(few),
        reason=draw(st.sampled_from(("", "circuit breaker", "asked by a user"))),
        source_revisions=draw(st.sampled_from(((), ("r1",)))),
    )  # fmt: skip


@st.composite
def tasks(draw: Callable[..., Any], number: int) -> Task:
    """Return a task of any state, ours or not."""
    code = draw(st.sampled_from((None, 0, 1, 137, 143)))
    return a.task(
        number,
        status=draw(st.sampled_from(TASK_STATUSES)),
        desired_status=draw(st.sampled_from(("RUNNING", "STOPPED", ""))),
        health=draw(st.sampled_from(("HEALTHY", "UNHEALTHY", "UNKNOWN"))),
        task_definition=draw(st.sampled_from((OURS, OURS, OURS, OLD))),
        started_by=draw(st.sampled_from(("ecs-svc/2", "ecs-svc/2", "", "ecs-svc/1"))),
        stop_code=draw(st.sampled_from(CODES)),
        stopped_reason=draw(st.sampled_from(REASONS)),
        containers=draw(st.sampled_from(((), (a.container(exit_code=code),)))),
        created_at=draw(times), started_at=draw(times), stopping_at=draw(times), stopped_at=draw(times),
    )  # fmt: skip


@st.composite
def services(draw: Callable[..., Any]) -> Service | None:
    """Return the service with some entries."""
    entries = [("ecs-svc/2", "PRIMARY", OURS), ("ecs-svc/1", "ACTIVE", OLD), ("ecs-svc/3", "PRIMARY", OLD)]
    listed = tuple(
        Deployment(
            id=id, status=status, task_definition=of, desired=1, running=draw(few), pending=0, failed=0,
            rollout_state="", rollout_reason="",
        )
        for id, status, of in draw(st.lists(st.sampled_from(entries), unique=True, max_size=3))
    )  # fmt: skip
    found = a.service(task_definition=OURS, desired=draw(few), running=draw(few), deployments=listed)
    shown: Service | None = draw(
        st.sampled_from((None, found, replace(found, status="DRAINING"), replace(found, raw={})))
    )
    return shown


@st.composite
def worlds(draw: Callable[..., Any]) -> Callable[[Ask, float, int], Snapshot]:
    """Return what answers every question in the same way."""
    known = {task.arn: task for task in (draw(tasks(number)) for number in range(1, draw(st.integers(1, 5))))}
    deployment, service = draw(deployments()), draw(services())
    newer = draw(st.sampled_from((None, a.rollout("IN_PROGRESS", arn="newer"))))
    denied, listed = draw(st.sampled_from((False, False, False, True))), draw(st.booleans())
    skew, log = draw(st.integers(-600, 600)), draw(st.sampled_from(((), ("KeyError: 'A'",))))

    def answer(ask: Ask, at: float, spent: int) -> Snapshot:
        found = {*ask.tasks, *(known if listed and (ask.listed or ask.stopped) else ())}
        return Snapshot(
            at=at, now=a.AT + timedelta(seconds=at + skew), ask=ask, spent=spent,
            deployment=deployment if ask.deployment else None, service=service if ask.service else None,
            tasks=() if denied else tuple(task for arn, task in known.items() if arn in found),
            newer=newer if ask.newer else None,
            logs={task.arn: log for task in ask.logs}, denied=denied and ask.wants_tasks,
        )  # fmt: skip

    return answer


aims = st.builds(
    Aim,
    service=st.just("hello"),
    task_definition=st.just(OURS),
    started_by=st.sampled_from(("ecs-svc/2", "")),
    checked=st.booleans(),
    give_up_after=st.sampled_from((None, 1, 2)),
    until=st.sampled_from(("started", "healthy", "stable", "rolled-back")),
)
stops = st.builds(Stopped, st.booleans(), at=st.just(0.0), why=st.just("failed"))


@settings(max_examples=250, deadline=None)
@given(aims, st.lists(st.tuples(worlds(), st.integers(1, 12)), min_size=1, max_size=5), stops, st.booleans())
def test_no_sequence_of_looks_breaks_a_promise(
    aim: Aim, sequence: list[tuple[Callable[[Ask, float, int], Snapshot], int]], stop: Stopped, has_service: bool
) -> None:
    service = a.service(task_definition=OURS) if has_service else None
    seen = Seen(aim=aim, deployment=a.rollout("PENDING"), created_at=a.AT, service=service)
    ask, at, spent, cards, reaction = Ask(deployment=True), 0.0, 0, list[FailureCard](), None
    for answer, looks in sequence:
        at_once = 0
        for _ in range(looks):
            at_once = at_once + 1 if ask.after == 0 else 0
            assert at_once <= AT_ONCE, f"asks again and again without a pause: {ask}"
            at, spent = at + ask.after + A_CALL, spent + calls(ask)
            seen, events, reaction = advance(seen, answer(ask, at, spent))
            cards += shown(events)
            if isinstance(reaction, Stop):
                seen, events, reaction = advance(seen, Snapshot(at=at, now=a.AT, stop=replace(stop, at=at)))
                cards += shown(events)
                assert not isinstance(reaction, Stop), "stops twice"
            if not isinstance(reaction, GoOn):
                ended_rightly(seen, reaction)
                return
            ask = reaction.ask
    firsts = [card for card in cards if card.part == "first"]
    assert len(set(firsts)) == len(firsts)
    assert spent <= at + 6 + 4


def calls(ask: Ask) -> int:
    """Return the calls to ECS that it takes."""
    return ask.deployment + ask.service + ask.listed + ask.stopped + ask.newer + ask.wants_tasks


def shown(events: tuple[Event, ...]) -> list[FailureCard]:
    """Return the cards."""
    return [event for event in events if isinstance(event, FailureCard)]


def ended_rightly(seen: Seen, reaction: Reaction) -> None:
    """Refuse a success that ECS did not report, and a rollback that nobody saw."""
    if isinstance(reaction, Gone):
        assert seen.turns.missing is not None
        return
    assert isinstance(reaction, Done)
    kind, status = reaction.verdict.kind, seen.deployment.status
    if kind in ("succeeded", "empty"):
        assert status == "SUCCESSFUL"
    if kind in ("started", "healthy"):
        assert kind == seen.aim.until
        assert not seen.rolls_back
    if kind == "rolled-back":
        serve = [entry for entry in (seen.service.deployments if seen.service else ()) if entry.running]
        assert status == "ROLLBACK_SUCCESSFUL" or serve
