"""A run's record as JSON, for programs.

`docs/report.md` has every field, `report.schema.json` the same for a machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ecsdeploy.changes import Planned, Resource
from ecsdeploy.core.record import SCHEMA, About, Entry, Problem, Record
from ecsdeploy.core.timeline import Chart, chart, last_states
from ecsdeploy.events import FailureCard, LogLine, Outcome, Result, TaskState, TimeSpent
from ecsdeploy.report.clean import clean_lines

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, kw_only=True)
class Report:
    """One run of one command. All times are in UTC.

    `schema` is the format and its version, `ecsdeploy` the tool's version. `about` is None if the command ended before
    its config was read. `exit_code` is the process's. `outcome` is how it ended in the command's words, None if it
    did not get so far; then `error` says what ended it. `causes` are the failure cards, `plan` what was planned for or
    done to each resource, `results` what went to stdout (the URL). `timeline` has a bar for each task and a mark for
    each turn of the deployment, `tasks` each task's last known state, `time_spent` where the time went.
    `events` are all of them in order, but log lines and `TimeSpent`; each is an object of `--output json`, with
    `seen_at`, when it was reported. `logs` are the log lines that were shown. The middle of a very long run is left
    out: `left_out` counts it by event.
    """

    schema: str
    ecsdeploy: str
    command: str
    about: About | None
    started_at: datetime
    ended_at: datetime
    exit_code: int
    outcome: Outcome | None
    error: Problem | None
    causes: tuple[FailureCard, ...]
    plan: tuple[Planned | Resource, ...]
    results: tuple[Result, ...]
    timeline: Chart
    tasks: tuple[TaskState, ...]
    time_spent: TimeSpent | None
    events: tuple[Mapping[str, object], ...]
    logs: tuple[LogLine, ...]
    left_out: Mapping[str, int]


def report(record: Record) -> Report:
    """Return what the file has of a run, before its text is cleaned."""
    spent = record.spent
    return Report(
        schema=SCHEMA,
        ecsdeploy=record.tool,
        command=record.command,
        about=record.about,
        started_at=record.started_at,
        ended_at=record.ended_at,
        exit_code=record.exit_code,
        outcome=record.outcome,
        error=record.error,
        causes=record.causes,
        plan=record.plan,
        results=record.results,
        timeline=chart(record),
        tasks=last_states(record),
        time_spent=replace(spent, tasks=()) if spent else None,
        events=tuple(_event(entry) for entry in record.entries if not isinstance(entry.event, LogLine | TimeSpent)),
        logs=record.logs,
        left_out=record.left_out,
    )


def text(record: Record) -> str:
    """Return a run's record as the text of a JSON file, each event and log line on a line of its own."""
    told = ((name, _plain(value)) for name, value in _fields(report(record)).items())
    return "{\n" + ",\n".join(f'  "{name}": {_written(value)}' for name, value in told) + "\n}\n"


def _written(value: object) -> str:
    """Return a field's value; an indented file would take Python's encoder seconds for a long run."""
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"    {json.dumps(each, ensure_ascii=False)}" for each in value) + "\n  ]"
    return json.dumps(value, ensure_ascii=False)


def _event(entry: Entry) -> Mapping[str, object]:
    return {"seen_at": entry.at, "event": type(entry.event).__name__, **_fields(entry.event)}


def _fields(value: DataclassInstance) -> dict[str, object]:
    """Return an object's fields as they are: `asdict` would copy every time in them, which takes seconds."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _plain(value: object) -> object:
    """Return `value` as JSON has it, without control characters in any text."""
    if is_dataclass(value) and not isinstance(value, type):
        value = _fields(value)
    match value:
        case str():
            return "\n".join(clean_lines(value))
        case datetime():
            return value.astimezone(UTC).isoformat()
        case Mapping():
            return {str(_plain(str(name))): _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case bool() | int() | float() | None:
            return value
        case _:
            return _plain(str(value))
