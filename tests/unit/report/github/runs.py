"""Runs of `deploy` as their records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from ecsdeploy import events as e
from ecsdeploy.core.record import About, Entry, Problem, Record

AT = datetime(2026, 11, 29, 9, 30, tzinfo=UTC)
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/hello@sha256:" + "ab" * 32
REVISION = "arn:aws:ecs:us-east-1:123456789012:task-definition/hello:5"
DEPLOYMENT = "arn:aws:ecs:us-east-1:123456789012:service-deployment/hello/hello/d1"
ABOUT = About(
    app="hello",
    environment="",
    account="123456789012",
    region="us-east-1",
    cluster="hello",
    service="hello",
    config_hash="sha256:00",
)


def at(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def record(
    entries: Iterable[tuple[float, e.Event]], *, exit_code: int = 0, error: Problem | None = None, lasted: float = 75
) -> Record:
    return Record(
        tool="0.2.0",
        command="deploy",
        about=ABOUT,
        started_at=AT,
        ended_at=at(lasted),
        exit_code=exit_code,
        entries=tuple(Entry(at(seconds), event) for seconds, event in entries),
        error=error,
    )


MADE: tuple[tuple[float, e.Event], ...] = (
    (1, e.Output("image", IMAGE)),
    (2, e.Output("task-definition-arn", REVISION)),
    (3, e.Output("deployment-arn", DEPLOYMENT)),
)


def counts(elapsed: float, running: int, failed: int = 0, status: str = "IN_PROGRESS") -> e.RolloutState:
    desired = 0 if "ROLLBACK" in status else 2
    return e.RolloutState("d1", status, desired, running, 0, failed=failed, threshold=3, elapsed=elapsed)


def task(name: str, status: str, revision: str, created: float, **times: float) -> e.TaskState:
    """Return a task's state; `times` are seconds since the run began."""
    moments: Mapping[str, datetime] = {f"{key}_at": at(value) for key, value in times.items()}
    note = "Essential container in task exited" if "stopped" in times else ""
    return e.TaskState(name * 8, status, "", revision, note, created_at=at(created), **moments)


CARD = e.FailureCard(
    task="abababababababab",
    stop_code="EssentialContainerExited",
    stopped_reason="Essential container in task exited",
    containers=("hello: exit code 1",),
    cause="The application ended with an error (exit code 1).",
    fix="Read its log: it says why.",
    log_lines=("starting", "Error: DATABASE_URL is not set"),
    times=2,
    part="whole",
)
OLD = task("01", "RUNNING", "hello:4", -5000, started=-4990)


def deployed() -> Record:
    """Return a deployment that succeeded."""
    outcome = e.Outcome(
        True,
        "Deployed hello:5: 2 of 2 tasks run.",
        {"service": "hello/hello", "revision": "hello:5", "deployment": DEPLOYMENT},
        verdict="succeeded",
        exit_code=0,
    )
    new = task("cd", "RUNNING", "hello:5", 5, started=20)
    return record(
        [
            *MADE,
            (4, OLD),
            (5, counts(1, 0)),
            (20, new),
            (30, e.ServiceMessage(at(30), "(service hello) has started 1 tasks: (task cdcd).")),
            (60, counts(57, 2, status="SUCCESSFUL")),
            (75, outcome),
            (75, e.Result("url", "http://203.0.113.7:3000")),
            (75, e.Result("url", "http://203.0.113.8:3000")),
        ]
    )


def rolled_back() -> Record:
    """Return a deployment of a program that crashes."""
    outcome = e.Outcome(
        False,
        "hello:5 failed, and ECS rolled back to what ran before.",
        {
            "service": "hello/hello",
            "revision": "hello:5",
            "deployment": DEPLOYMENT,
            "reason": "Service deployment rolled back because the circuit breaker threshold was exceeded.",
            "now in service": "hello:4, 2 of 2 tasks run",
        },
        verdict="rolled-back",
        exit_code=4,
    )
    dead = task("ab", "STOPPED", "hello:5", 5, started=10, stopping=12, execution_stopped=13, stopped=20)
    return record(
        [
            *MADE,
            (4, OLD),
            (5, counts(1, 0)),
            (21, dead),
            (30, counts(27, 0, failed=3, status="ROLLBACK_IN_PROGRESS")),
            (30, e.ServiceMessage(at(30), "(service hello) (deployment ecs-svc/1) deployment failed: tasks failed.")),
            (70, counts(67, 0, failed=3, status="ROLLBACK_SUCCESSFUL")),
            (75, outcome),
            (75, CARD),
        ],
        exit_code=4,
    )
