"""What a team is told of a deployment: a few facts of its record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from ecsdeploy.changes import Planned, Resource
from ecsdeploy.core.record import Record
from ecsdeploy.core.verdict import ENDS
from ecsdeploy.errors import ExitCode
from ecsdeploy.events import RolloutState

SCHEMA = "ecsdeploy.notify/1"
"""The format of the JSON object. Its number is raised when a program that follows `docs/notify.md` could break."""
LOG_LINES = 10


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who runs the command, as the CI says; "" for what it does not say."""

    commit: str = ""
    name: str = ""
    run_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Word:
    """One deployment that is over, or that nobody watches any more. Times are in UTC; what is not known is "".

    `text` is how it ended, in the words of `command`; `verdict` is one word for it. `cause` and `fix` are those of the
    last failure card, or of the error that ended the command, and `log` the last lines of the task that failed.
    `url` is where the service answers, `seconds` how long the command took.
    """

    schema: str = SCHEMA
    app: str
    environment: str
    region: str
    cluster: str
    service: str
    command: str
    verdict: str
    succeeded: bool
    exit_code: int
    text: str
    revision: str = ""
    image: str = ""
    commit: str = ""
    actor: str = ""
    run_url: str = ""
    cause: str = ""
    fix: str = ""
    log: tuple[str, ...] = field(default=())
    url: str = ""
    started_at: datetime
    ended_at: datetime
    seconds: float


def word(record: Record, actor: Actor) -> Word | None:
    """Return what is told of a run; None if it has not deployed anything: nothing differed, or it was refused."""
    about, changed = record.about, any(_changes(each) for each in record.plan)
    if about is None or not (changed or any(isinstance(each, RolloutState) for each in record.events)):
        return None
    cause, fix, log = _cause(record)
    outcome = record.outcome
    verdict = outcome.verdict if outcome is not None and outcome.exit_code == record.exit_code else ""
    return Word(
        app=about.app,
        environment=about.environment,
        region=about.region,
        cluster=about.cluster,
        service=about.service,
        command=record.command,
        verdict=verdict or ENDS.get(record.exit_code, "failed"),
        succeeded=record.exit_code == ExitCode.DONE,
        exit_code=record.exit_code,
        text=outcome.text if outcome is not None else record.error.what if record.error is not None else "",
        revision=outcome.facts.get("revision", "") if outcome is not None else _registered(record),
        image=next((each.name for each in record.plan if each.kind == "image"), ""),
        commit=actor.commit,
        actor=actor.name,
        run_url=actor.run_url,
        cause=cause,
        fix=fix,
        log=log,
        url=next((each.value for each in record.results if each.name == "url"), ""),
        started_at=record.started_at.astimezone(UTC),
        ended_at=record.ended_at.astimezone(UTC),
        seconds=round((record.ended_at - record.started_at).total_seconds(), 1),
    )


def _changes(each: Planned | Resource) -> bool:
    return isinstance(each, Resource) and each.action in ("created", "updated")


def _registered(record: Record) -> str:
    """Return the revision that was registered, "" if the run did not get so far."""
    found = (each.name for each in record.plan if each.kind == "task definition")
    return next((name for name in found if ":" in name), "")


def _cause(record: Record) -> tuple[str, str, tuple[str, ...]]:
    """Return why it failed, what to do about it, and the last lines of the log; nothing of a success."""
    if record.exit_code == ExitCode.DONE:
        return "", "", ()
    for card in [each for each in record.causes if each.cause][-1:]:  # that of most tasks comes last
        return card.cause, card.fix, card.log_lines[-LOG_LINES:]
    if record.error is not None:
        return record.error.why, record.error.fix, ()
    facts = record.outcome.facts if record.outcome is not None else {}
    return facts.get("reason", ""), "", ()
