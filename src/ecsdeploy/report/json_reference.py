"""The objects of `--output json` in `docs/json.md`, made from the events themselves.

`python -m ecsdeploy.report.json_reference --write`, from the repository's root, replaces the part between the two
markers; `--check` fails when it no longer is what the events say. An event that is added to `events.Event` appears by
itself: its docstring, its fields, and an example that is written as `--output json` writes it.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

from ecsdeploy.config.generated import between, run
from ecsdeploy.events import Event, Fact, Snapshot
from ecsdeploy.report.json_lines import Error, Record, Stream, line
from ecsdeploy.report.json_sample import sample
from ecsdeploy.report.json_shape import kind, parts

FILE = Path("docs/json.md")
BEGIN = "<!-- made by python -m ecsdeploy.report.json_reference --write: begin -->\n"
END = "<!-- end -->\n"

_SHOWN = (*(each for each in get_args(Event) if each is not Snapshot), *get_args(Fact))
RECORDS: tuple[type[Record], ...] = (Stream, *dict.fromkeys(_SHOWN), Error)
"""Every kind of line, in the document's order; each fact of a snapshot is a line."""


def text(document: str) -> str:
    """Return `document` with the part between its two markers regenerated.

    Raises:
        ValueError: it has no markers.
    """
    return between(document, BEGIN, END, "\n".join(_sections()))


def shapes() -> dict[str, dict[str, str]]:
    """Return, for each object by its name, the type of each of its fields."""
    return {each.__name__: _fields(each) for each in (*RECORDS, *parts(RECORDS))}


def _sections() -> Iterator[str]:
    for record in RECORDS:
        yield from _section(record)
        yield f"```json\n{line(sample(record))}\n```\n"
    for part in parts(RECORDS):
        yield from _section(part)


def _section(shape: type[Any]) -> Iterator[str]:
    said = re.sub(r"\bNone\b", "null", inspect.getdoc(shape) or "")
    yield f"### `{shape.__name__}`\n\n{said}\n"
    yield "| Field | Value |\n|---|---|"
    yield from (f"| `{name}` | {value.replace('|', chr(92) + '|')} |" for name, value in _fields(shape).items())
    yield ""


def _fields(shape: type[Any]) -> dict[str, str]:
    hints = get_type_hints(shape)
    return {field.name: kind(hints[field.name]) for field in fields(shape)}


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], FILE, text(FILE.read_text(encoding="utf-8")), "ecsdeploy.report.json_reference"))
