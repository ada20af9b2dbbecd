"""The stream of `--output json`, and `docs/json.md`, which says what programs may build on."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_type_hints

import pytest

from ecsdeploy import __version__
from ecsdeploy.errors import Refused
from ecsdeploy.events import Event, Note
from ecsdeploy.report import json_reference
from ecsdeploy.report.json_lines import VERSION, JsonReporter
from ecsdeploy.report.json_sample import sample
from ecsdeploy.report.json_shape import kind, parts

TEXT = (Path(__file__).parents[3] / "docs" / "json.md").read_text(encoding="utf-8")
PROMISED: Mapping[str, Mapping[str, str]] = json.loads(
    (Path(__file__).parent / "snapshots" / f"json-{VERSION}.json").read_text(encoding="utf-8")
)


def written(*events: Event, error: Refused | None = None) -> list[dict[str, object]]:
    """Return the objects that the reporter writes."""
    out = io.StringIO()
    report = JsonReporter(out)
    for event in events:
        report(event)
    if error is not None:
        report.error(error)
    report.close()
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_first_line_says_which_format_the_others_have() -> None:
    stream = {"event": "Stream", "version": 1, "ecsdeploy": __version__}

    assert written(Note("a"), Note("b")) == [
        stream,
        {"event": "Note", "text": "a"},
        {"event": "Note", "text": "b"},
    ]
    assert written(error=Refused("No."))[0] == stream


def test_a_command_that_has_nothing_to_say_writes_nothing() -> None:
    assert written() == []


def test_the_document_is_what_the_events_say() -> None:
    assert json_reference.text(TEXT) == TEXT


def test_a_document_without_markers_is_no_place_for_the_objects() -> None:
    with pytest.raises(ValueError, match="no markers"):
        json_reference.text("# Another page\n")


@pytest.mark.parametrize("event", json_reference.RECORDS[1:-1], ids=lambda event: event.__name__)
def test_every_event_is_in_the_document_with_an_example_that_was_written(event: type[Event]) -> None:
    *_, record = written(sample(event))
    section = TEXT.split(f"### `{event.__name__}`\n")[1].split("\n### ")[0]
    example = section.split("```json\n")[1].split("\n```")[0]

    assert json.loads(example) == record
    assert [key for key in record if key != "event"] == [field.name for field in fields(event)]
    assert all(f"| `{field.name}` | " in section for field in fields(event))


def kept(old: str, new: str) -> bool:
    """Return whether a field is of the type that it was; a choice may have got more."""
    return old == new or (old.startswith("`") and set(old.split(", ")) <= set(new.split(", ")))


def test_what_this_version_of_the_format_has_promised_is_kept() -> None:
    """What is new joins the snapshot with its first release; what breaks makes a new version of the format."""
    now = json_reference.shapes()
    lost = [
        f"{name}.{field}"
        for name, promised in PROMISED.items()
        for field, old in promised.items()
        if not kept(old, now.get(name, {}).get(field, ""))
    ]

    assert lost == []


@dataclass(frozen=True)
class Inner:
    """A part."""

    size: int


@dataclass(frozen=True)
class Tomorrow:
    """An event that nobody has thought of yet."""

    word: str
    choice: Literal["a", "b"]
    at: datetime
    ratio: float | None
    total: str
    inners: tuple[Inner, ...]
    names: Mapping[str, str]
    anything: object


def test_an_event_of_tomorrow_is_described_and_has_a_sample() -> None:
    kinds = [kind(hint) for hint in get_type_hints(Tomorrow).values()]

    assert kinds == [
        "text",
        "`a`, `b`",
        "time, as in ISO 8601",
        "number or null",
        "text",
        "list: [`Inner`](#inner)",
        "object: text by name",
        "any value",
    ]
    assert parts([Tomorrow]) == [Inner]
    assert sample(Tomorrow) == Tomorrow(
        word="word",
        choice="a",
        at=datetime(2026, 11, 29, 9, 30, 5, tzinfo=UTC),
        ratio=1.5,
        total="total",
        inners=(Inner(size=1),),
        names={"name": "names"},
        anything="anything",
    )


@pytest.mark.parametrize("hint", [bytes, complex, Any | bytes])
def test_a_type_that_no_event_has_yet_is_not_guessed_at(hint: object) -> None:
    with pytest.raises(KeyError):
        kind(hint)
