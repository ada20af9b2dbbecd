"""The JSON schema of `--report FILE.json`, and the fields in `docs/report.md`, made from the record itself.

`python -m ecsdeploy.report.record_schema --write`, from the repository's root, writes both; `--check` fails when they
no longer are what the record says.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

from ecsdeploy.config.generated import between, run
from ecsdeploy.config.schema import DIALECT
from ecsdeploy.core.record import SCHEMA
from ecsdeploy.events import Event, LayerProgress, LogLine, Snapshot, TimeSpent
from ecsdeploy.report.json_reference import RECORDS
from ecsdeploy.report.json_shape import kind, parts
from ecsdeploy.report.record_json import Report

FILE = Path(__file__).with_name("report.schema.json")
PAGE = Path("docs/report.md")
BEGIN = "<!-- made by python -m ecsdeploy.report.record_schema --write: begin -->\n"
END = "<!-- end -->\n"
ELSEWHERE: tuple[type[Any], ...] = (*RECORDS, *parts(RECORDS))
"""What `docs/json.md` describes."""
NOT_TOLD = (LayerProgress, LogLine, Snapshot, TimeSpent)
"""Events that the file's list of events never has."""


def build() -> dict[str, Any]:
    """Return the schema."""
    from pydantic import TypeAdapter

    whole = TypeAdapter(Report).json_schema()
    definitions: dict[str, Any] = whole.pop("$defs")
    told = [each for each in get_args(Event) if each not in NOT_TOLD]
    for event in told:
        found = TypeAdapter(event).json_schema(ref_template="#/$defs/{model}")
        definitions |= found.pop("$defs", {})
        definitions[f"{event.__name__}Told"] = {
            **found,
            "properties": {
                "seen_at": {"type": "string", "format": "date-time"},
                "event": {"const": event.__name__},
                **found["properties"],
            },
        }
    properties = whole["properties"]
    properties["schema"] = {"const": SCHEMA}
    properties["events"]["items"] = {"anyOf": [{"$ref": f"#/$defs/{event.__name__}Told"} for event in told]}
    schema = {
        "$schema": DIALECT,
        "title": "A report of ecsdeploy",
        **{key: value for key, value in whole.items() if key != "title"},
        "$defs": dict(sorted(definitions.items())),
    }
    tidy: dict[str, Any] = _tidy(schema)
    return tidy


def _tidy(schema: Any) -> Any:
    """Return `schema` without titles and defaults; the file always has every field of an object."""
    if isinstance(schema, list):
        return [_tidy(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _tidy(value) for key, value in schema.items() if key != "default" and not _is_a_title(key, value)}
    return {**kept, "required": list(kept["properties"])} if isinstance(kept.get("properties"), dict) else kept


def _is_a_title(key: str, value: object) -> bool:
    return key == "title" and isinstance(value, str) and value != "A report of ecsdeploy"


def text() -> str:
    """Return the schema as it is written to the file."""
    return json.dumps(build(), indent=2, ensure_ascii=False) + "\n"


def page(document: str) -> str:
    """Return `document` with the part between its two markers regenerated.

    Raises:
        ValueError: it has no markers.
    """
    return between(document, BEGIN, END, "\n".join(_sections()))


def _sections() -> Iterator[str]:
    yield from _section(Report)
    yield from (each for part in parts([Report]) if part not in ELSEWHERE for each in _section(part))


def _section(shape: type[Any]) -> Iterator[str]:
    said = re.sub(r"\bNone\b", "null", inspect.getdoc(shape) or "")
    yield f"### `{shape.__name__}`\n\n{said}\n"
    yield "| Field | Value |\n|---|---|"
    hints = get_type_hints(shape)
    for field in fields(shape):
        yield f"| `{field.name}` | {_linked(kind(hints[field.name]))} |"
    yield ""


def _linked(said: str) -> str:
    """Return a field's kind with links to `docs/json.md` for the events that are described there."""
    for record in ELSEWHERE:
        anchor = f"(#{record.__name__.lower()})"
        said = said.replace(f"`{record.__name__}`]{anchor}", f"`{record.__name__}`](json.md{anchor[1:-1]})")
    return said.replace("|", "\\|")


if __name__ == "__main__":
    code = run(sys.argv[1:], FILE, text(), "ecsdeploy.report.record_schema")
    told = page(PAGE.read_text(encoding="utf-8"))
    sys.exit(code or run(sys.argv[1:], PAGE, told, "ecsdeploy.report.record_schema"))
