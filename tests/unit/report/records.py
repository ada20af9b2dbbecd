"""Runs as records: a deployment that succeeds, and one that fails and is rolled back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ecsdeploy.amounts import TimePart, TimeSaving
from ecsdeploy.changes import Change, Resource
from ecsdeploy.core.record import About, Entry, Record
from ecsdeploy.events import (
    Event,
    FailureCard,
    LogLine,
    Note,
    Outcome,
    Result,
    RolloutState,
    ServiceMessage,
    Step,
    TaskState,
    TimeSpent,
)

START = datetime(2026, 11, 29, 9, 30, tzinfo=UTC)
ABOUT = About(
    app="hello",
    environment="staging",
    account="123456789012",
    region="us-east-1",
    cluster="hello-staging",
    service="hello-staging",
    config_hash="sha256:" + "0f" * 32,
)
OLD, NEW = "hello-staging:7", "hello-staging:8"
ARN = "arn:aws:ecs:us-east-1:123456789012:service-deployment/hello-staging/hello-staging/AbCdEfGhIjKlMnOpQrStU"
REASON = "Scaling activity initiated by (deployment ecs-svc/2)"


def at(seconds: float) -> datetime:
    """Return the time so many seconds after the run began."""
    return START + timedelta(seconds=seconds)


def entries(*told: tuple[float, Event]) -> tuple[Entry, ...]:
    """Return events with the seconds at which they were reported."""
    return tuple(Entry(at(seconds), event) for seconds, event in told)


def record(told: Iterable[Entry], exit_code: int, ended: float, command: str = "deploy") -> Record:
    """Return a run that was over after so many seconds."""
    return Record(
        tool="0.3.0",
        command=command,
        about=ABOUT,
        started_at=START,
        ended_at=at(ended),
        exit_code=exit_code,
        entries=tuple(told),
    )


def task(name: str, created: float, revision: str = NEW) -> TaskState:
    """Return a task that runs: 8 s until its image is pulled, 6 s of that, and 1 s to start."""
    return TaskState(
        task=name * 8,
        status="RUNNING",
        health="UNKNOWN",
        revision=revision,
        created_at=at(created),
        pull_started_at=at(created + 8),
        pull_stopped_at=at(created + 14),
        started_at=at(created + 15),
    )


def stopped(state: TaskState, seconds: float, note: str, lasting: float = 8.0) -> TaskState:
    """Return a task as it is once it has been stopped."""
    return replace(
        state,
        status="STOPPED",
        note=note,
        stopping_at=at(seconds),
        execution_stopped_at=at(seconds + lasting - 6),
        stopped_at=at(seconds + lasting),
    )


def rollout(status: str, elapsed: float, running: int, pending: int = 0, failed: int = 0) -> RolloutState:
    """Return the deployment's counts."""
    return RolloutState("AbCdEfGhIjKlMnOpQrStU", status, 2, running, pending, failed, 3, elapsed=elapsed)


BEGINNING = (
    (0.2, Step("Image hello@sha256:0a1b2c3d is in ECR.")),
    (0.5, Resource("task definition", NEW, "created", (Change("containerDefinitions.hello.image", "v7", "v8"),))),
    (0.9, Resource("service", "hello-staging", "updated", (Change("taskDefinition", OLD, NEW),))),
    (1.0, rollout("PENDING", 0, 0)),
    (1.1, Note("Watching the deployment AbCdEfGhIjKlMnOpQrStU.")),
)


def good() -> Record:
    """Return a deployment of two tasks that replaces two."""
    ours = [task("a", 1.2), task("b", 1.4)]
    olds = [task(name, -90_000 - number, OLD) for number, name in enumerate("cd")]
    healthy = [replace(each, health="HEALTHY") for each in ours]
    told = entries(
        *BEGINNING,
        (2.5, replace(ours[0], status="PROVISIONING", pull_started_at=None, pull_stopped_at=None, started_at=None)),
        (2.5, ServiceMessage(at(1.3), "(service hello-staging) has started 2 tasks: (task aaaaaaaa) (task bbbbbbbb).")),
        *((17.5, each) for each in (*ours, *olds)),
        (17.6, rollout("IN_PROGRESS", 16.6, 2)),
        (46.6, healthy[0]),
        (47.6, healthy[1]),
        (48.0, LogLine(at(47.0), "aaaaaaaa", "hello", "GET /health 200")),
        *((50.0, replace(stopped(each, 48.0, REASON), status="DEPROVISIONING", stopped_at=None)) for each in olds),
        (52.5, rollout("SUCCESSFUL", 51.5, 2)),
        (52.6, Outcome(True, f"Deployed {NEW}: 2 of 2 tasks run.", FACTS, "succeeded", 0)),
        (52.7, SPENT),
        (52.8, Result("url", "http://203.0.113.7:3000")),
    )
    return record(told, 0, 53.0)


FACTS = {"service": "hello-staging/hello-staging", "revision": NEW, "deployment": ARN}
SPENT = TimeSpent(
    51.5,
    (
        TimePart("provisioning", 8.4),
        TimePart("pull", 6.0),
        TimePart("start", 1.0),
        TimePart("healthy", 31.6, "a health check every 30 s"),
        TimePart("stopping", 4.5),
    ),
    (
        TimeSaving(
            20.0, "the health check is asked first after its interval of 30 s", '[task.health_check] interval = "10s"'
        ),
    ),
)
CARD = FailureCard(
    task="eeeeeeee",
    stop_code="EssentialContainerExited",
    stopped_reason="Essential container in task exited",
    containers=("hello: exit code 1",),
    cause="The application ended with an error (exit code 1).",
    fix="Its log says why: set DATABASE_URL in [task.secrets].",
    log_lines=(
        "Traceback (most recent call last):",
        '  File "/app/server.py", line 12, in <module>',
        "KeyError: 'DATABASE_URL'",
    ),
    times=3,
    part="whole",
)


def failing() -> Record:
    """Return a crash loop: three tasks end at once, the deployment is given up and rolled back."""
    broken = [task(name, begin) for name, begin in (("e", 1.2), ("f", 1.4), ("9", 24.0))]
    ended = [
        stopped(each, begin, "Essential container in task exited")
        for each, begin in zip(broken, (18.0, 18.4, 41.0), strict=True)
    ]
    olds = [task(name, -90_000 - number, OLD) for number, name in enumerate("cd")]
    told = entries(
        *BEGINNING,
        *((17.0, each) for each in (*broken[:2], *olds)),
        (20.2, replace(ended[0], status="DEPROVISIONING", stopped_at=None)),
        (20.4, replace(CARD, times=1, part="first")),
        (20.5, ServiceMessage(at(19.5), "(service hello-staging) is unable to consistently start tasks successfully.")),
        (26.2, ended[0]),
        (26.5, ended[1]),
        (40.5, broken[2]),
        (42.0, rollout("ROLLBACK_REQUESTED", 41.0, 0, failed=3)),
        (44.5, rollout("ROLLBACK_IN_PROGRESS", 43.5, 0, failed=3)),
        (49.1, ended[2]),
        (52.5, rollout("ROLLBACK_SUCCESSFUL", 51.5, 2)),
        (52.6, LogLine(at(18), "eeeeeeee", "hello", "KeyError: 'DATABASE_URL'")),
        (52.7, Outcome(False, f"{NEW} failed, and ECS rolled back to what ran before.", FAILED, "rolled-back", 4)),
        (52.8, CARD),
    )
    return record(told, 4, 53.0)


FAILED = {
    **FACTS,
    "reason": "Service deployment rolled back because the circuit breaker threshold was exceeded.",
    "now in service": f"{OLD}, 2 of 2 tasks run",
}
