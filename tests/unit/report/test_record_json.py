"""The file of `--report FILE.json`: compared as a whole, and checked with its own schema."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any, get_args
from unicodedata import category

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.changes import Change, Planned, Resource
from ecsdeploy.config.generated import run
from ecsdeploy.core.record import Entry, Problem, Record
from ecsdeploy.events import Event, LayerProgress, LogLine, Note, Snapshot, TimeSpent
from ecsdeploy.report import record_schema
from ecsdeploy.report.json_sample import sample
from ecsdeploy.report.record_json import text
from tests.unit.report.records import START, at, entries, failing, good, record

SNAPSHOTS = Path(__file__).with_name("snapshots")
SCHEMA = json.loads(record_schema.FILE.read_text(encoding="utf-8"))
CHECKER = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())


def written(of: Record) -> Any:
    """Return what is written of a run, if that is what the schema says."""
    found = json.loads(text(of))
    CHECKER.validate(found)
    return found


@pytest.mark.parametrize(("name", "of"), [("report-good", good()), ("report-failing", failing())])
def test_a_run_is_written_as_it_always_was(name: str, of: Record) -> None:
    """After a change that is meant: write `text(of)` into the file, and read the difference."""
    assert written(of) == json.loads((SNAPSHOTS / f"{name}.json").read_text(encoding="utf-8"))


def test_a_run_that_ended_before_its_config_was_read() -> None:
    error = Problem("The config is not valid.", "why", "fix")
    found = written(replace(record((), 2, 0.1), about=None, error=error))

    assert (found["about"], found["outcome"], found["time_spent"], found["events"]) == (None, None, None, [])
    assert found["error"] == {"what": "The config is not valid.", "why": "why", "fix": "fix"}


@pytest.mark.parametrize(
    "event",
    [each for each in get_args(Event) if each not in (LayerProgress, Snapshot)],
    ids=lambda event: str(event.__name__),
)
def test_every_event_has_its_place_and_the_schema_knows_it(event: type[Event]) -> None:
    found = written(record([Entry(at(1), sample(event))], 0, 2))

    assert [each["event"] for each in found["events"]] == ([] if event in (LogLine, TimeSpent) else [event.__name__])
    assert bool(found["logs"]) == (event is LogLine)
    assert bool(found["time_spent"]) == (event is TimeSpent)


def test_the_schema_wants_every_field_and_knows_its_version() -> None:
    found = written(good())
    for key in found:
        with pytest.raises(jsonschema.ValidationError):
            CHECKER.validate({name: value for name, value in found.items() if name != key})
    with pytest.raises(jsonschema.ValidationError):
        CHECKER.validate({**found, "schema": "ecsdeploy.report/2"})
    with pytest.raises(jsonschema.ValidationError):
        CHECKER.validate({**found, "events": [{"event": "Unheard", "seen_at": "2026-11-29T09:30:00+00:00"}]})


OUTSIDE = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(
    ["\x1b]0;evil\x07", "a\nb\r\nc", "\u202eabc", "\x00", "\u2028", "\ud800"]
)


@given(OUTSIDE)
def test_no_text_brings_control_characters_but_line_breaks(outside: str) -> None:
    told = entries(
        (1, Note(outside)),
        (2, LogLine(START, outside, outside, outside)),
        (3, Resource(outside, outside, "updated", (Change(outside, [outside], {outside: outside}),), outside)),
    )
    found = text(record(told, 0, 4, command=outside))

    assert json.loads(found)
    assert not any(category(each) in ("Cc", "Cs", "Zl", "Zp") for each in found if each not in "\n\t")
    found.encode()


def test_times_are_in_utc_whatever_ecs_answers() -> None:
    elsewhere = START.astimezone(timezone(timedelta(hours=2)))
    found = written(record([Entry(at(1), LogLine(elsewhere, "a", "b", "c"))], 0, 2))

    assert found["logs"][0]["at"] == "2026-11-29T09:30:00+00:00"


def test_a_plan_is_told_with_its_calls() -> None:
    plan = Planned("service", "hello", "update", (Change("desiredCount", 1, 2),), "", ("ecs:UpdateService",))

    assert written(record([Entry(at(1), plan)], 0, 2))["plan"] == [
        {
            "kind": "service",
            "name": "hello",
            "action": "update",
            "changes": [{"path": "desiredCount", "before": 1, "after": 2}],
            "detail": "",
            "calls": ["ecs:UpdateService"],
            "for_consent": False,
        }
    ]


def test_the_schema_and_the_page_are_up_to_date() -> None:
    assert run(["--check"], record_schema.FILE, record_schema.text(), "ecsdeploy.report.record_schema") == 0
    document = record_schema.PAGE.read_text(encoding="utf-8")
    assert record_schema.page(document) == document
    with pytest.raises(ValueError, match="no markers"):
        record_schema.page("# Another page\n")
