"""The table of every key in `docs/config.md`, made from the models' own descriptions.

`python -m ecsdeploy.config.reference --write`, from the repository's root, replaces the part between the two markers;
`--check` fails if it is out of date.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ecsdeploy.config import duration
from ecsdeploy.config.generated import between, run
from ecsdeploy.config.schema import build

FILE = Path("docs/config.md")
BEGIN = "<!-- made by python -m ecsdeploy.config.reference --write: begin -->\n"
END = "<!-- end -->\n"


def text(document: str) -> str:
    """Return `document` with the part between its two markers regenerated.

    Raises:
        ValueError: it has no markers.
    """
    return between(document, BEGIN, END, "\n".join(_sections()))


def _sections() -> Iterator[str]:
    schema = build()
    definitions = schema["$defs"]
    tables: list[tuple[str, dict[str, Any]]] = [("", schema)]
    for heading, table in tables:
        yield f"### {f'`{heading}`' if heading else 'Top of the file'}\n"
        if heading:
            yield f"{table['description']}\n"
        keys = {key: each for key, each in table["properties"].items() if "$ref" not in each}
        yield "| Key | Value | Default | |\n|---|---|---|---|"
        for key, each in keys.items():
            yield _row(key, each, required=key in table.get("required", ()))
        yield ""
        above = f"{heading.strip('[]')}." if heading else ""
        for key, each in table["properties"].items():
            if "$ref" in each:
                tables.append((f"[{above}{key}]", _named(definitions, each)))
            elif "$ref" in each.get("items", {}):
                tables.append((f"[[{above}{key}]]", _named(definitions, each["items"])))


def _named(definitions: dict[str, Any], reference: dict[str, Any]) -> dict[str, Any]:
    table: dict[str, Any] = definitions[reference["$ref"].rsplit("/", 1)[1]]
    return table


def _row(key: str, schema: dict[str, Any], *, required: bool) -> str:
    default = "required" if required else _default(schema)
    example = ""
    if schema.get("examples"):
        example = f" Example: `{_toml(schema['examples'][0])}`."
    cells = (f"`{key}`", _kind(schema), default, schema["description"] + example)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _default(schema: dict[str, Any]) -> str:
    value = schema.get("default")
    if value is None:
        return ""
    return f'`"{duration.text_of(value)}"`' if _is_duration(schema) else f"`{_toml(value)}`"


def _kind(schema: dict[str, Any]) -> str:
    if _is_duration(schema):
        return "duration"
    if "enum" in schema:
        return ", ".join(f"`{_toml(each)}`" for each in schema["enum"])
    if isinstance(schema["type"], list):
        return "text or number"
    if "$ref" in schema.get("items", {}):
        return "list of tables"
    return {"string": "text", "integer": _range(schema), "boolean": "true or false", "array": "list"}.get(
        schema["type"], "table"
    )


def _range(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum", 2**31 - 1)
    if low is None:
        return "number"
    return f"number from {low}" if high == 2**31 - 1 else f"number, {low} to {high}"


def _is_duration(schema: dict[str, Any]) -> bool:
    return any(each.get("pattern") == duration.PATTERN for each in schema.get("anyOf", ()))


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(each)}' for key, each in value.items())} }}"
    return json.dumps(value)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], FILE, text(FILE.read_text(encoding="utf-8")), "ecsdeploy.config.reference"))
