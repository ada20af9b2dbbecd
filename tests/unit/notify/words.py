"""What teams are told of: a deployment that succeeded, and one that was rolled back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ecsdeploy.changes import Resource
from ecsdeploy.core.record import About, Entry, Problem, Record
from ecsdeploy.core.word import Word
from ecsdeploy.events import Event, FailureCard, Outcome, Result, RolloutState

START = datetime(2026, 11, 29, 9, 30, tzinfo=UTC)
ABOUT = About(
    app="hello",
    environment="live",
    account="",
    region="us-east-1",
    cluster="hello-live",
    service="hello-live",
    config_hash="sha256:0",
)
IMAGE = Resource("image", "hello:3f2c1ab", "created")
UPDATED = Resource("service", "hello-live", "updated")
UNCHANGED = Resource("service", "hello-live", "unchanged")
ROLLING = RolloutState(deployment="d1", status="IN_PROGRESS", desired=2, running=1, pending=1)
DEPLOYED = Outcome(True, "Deployed hello:8: 2 of 2 tasks run.", {"revision": "hello:8"})
ROLLED_BACK = Outcome(False, "hello:8 failed, and ECS rolled back.", {"revision": "hello:8", "reason": "tasks failed"})
URL = Result("url", "http://192.0.2.1:3000")
CARD = FailureCard(
    task="0123456789ab",
    stop_code="EssentialContainerExited",
    stopped_reason="Essential container in task exited",
    containers=("hello exited with 1",),
    cause="The program ended by itself (exit code 1).",
    fix="Read the log, and correct the program.",
    log_lines=tuple(f"line {number}" for number in range(30)),
)


def record(exit_code: int, *events: Event, command: str = "deploy", error: Problem | None = None) -> Record:
    """Return a run of 83.4 s."""
    return Record(
        tool="1.0.0",
        command=command,
        about=ABOUT,
        started_at=START,
        ended_at=START + timedelta(seconds=83.42),
        exit_code=exit_code,
        entries=tuple(Entry(START, event) for event in events),
        error=error,
    )


GOOD = record(0, IMAGE, UPDATED, ROLLING, DEPLOYED, URL)
BAD = record(4, IMAGE, UPDATED, ROLLING, CARD, ROLLED_BACK)
WORD = Word(
    app="hello",
    environment="live",
    region="us-east-1",
    cluster="hello-live",
    service="hello-live",
    command="deploy",
    verdict="rolled-back",
    succeeded=False,
    exit_code=4,
    text="hello:8 failed, and ECS rolled back.",
    revision="hello:8",
    image="hello:3f2c1ab",
    commit="3f2c1ab",
    actor="octocat",
    run_url="https://github.com/acme/hello/actions/runs/1",
    cause="The program ended by itself (exit code 1).",
    fix="Read the log, and correct the program.",
    log=("Error: no database", "    at main"),
    url="http://192.0.2.1:3000/?a=1&b=2",
    started_at=START,
    ended_at=START + timedelta(seconds=83.42),
    seconds=83.4,
)
SUCCESS = replace(WORD, verdict="succeeded", succeeded=True, exit_code=0, text=DEPLOYED.text, cause="", fix="", log=())
