"""The JSON schema of `ecsdeploy.toml`, for completion and checks in editors.

`python -m ecsdeploy.config.schema --write` regenerates the file that is shipped beside this module; `--check` fails
when it no longer is what the models say.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ecsdeploy.config import fargate, overlay, rules
from ecsdeploy.config.generated import run
from ecsdeploy.config.models import Config

FILE = Path(__file__).with_name("ecsdeploy.schema.json")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def build() -> dict[str, Any]:
    """Return the schema, [environments] included: an overlay has the same keys and none of them is required."""
    whole = _tidy(Config.model_json_schema())
    definitions = whole.pop("$defs")
    overlays = {f"{name}Overlay": _optional(each) for name, each in definitions.items()}
    properties = {key: each for key, each in whole["properties"].items() if key not in overlay.NOT_HERE}
    overlays["Environment"] = _optional({**whole, "description": "What differs there.", "properties": properties})
    definitions["Task"]["allOf"] = _sizes()
    whole["properties"][overlay.TABLE] = {
        "type": "object",
        "description": "One table per environment: whatever differs there from the rest of the file.",
        "propertyNames": {"pattern": rules.ENVIRONMENT_PATTERN, "not": {"const": "default"}},
        "additionalProperties": {"$ref": "#/$defs/Environment"},
    }
    return {
        "$schema": DIALECT,
        "title": "ecsdeploy.toml",
        **whole,
        "$defs": dict(sorted((definitions | overlays).items())),
    }


def _tidy(schema: Any) -> Any:
    """Return `schema` without what says nothing in TOML: nulls, empty defaults, and titles that repeat the key."""
    if isinstance(schema, list):
        return [_tidy(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: each for key, each in schema.items() if not _says_nothing(key, each)}
    if kept.get("anyOf", [])[1:] == [{"type": "null"}]:
        kept = {**kept.pop("anyOf")[0], **kept}
    return {key: each if key in ("default", "examples") else _tidy(each) for key, each in kept.items()}


def _says_nothing(key: str, value: object) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and _is_empty(value))


def _is_empty(value: object) -> bool:
    return value is None or value == [] or isinstance(value, dict)


def _sizes() -> list[dict[str, Any]]:
    """Which memory goes with which cpu, with the defaults of both: cpu alone may make a memory necessary."""
    default = Config.model_json_schema()["$defs"]["Task"]["properties"]["memory"]["default"]
    return [
        {
            "if": {"properties": {"cpu": {"const": cpu}}, "required": ["cpu"]},
            "then": {"properties": {"memory": {"enum": sizes}}, "required": [] if default in sizes else ["memory"]},
        }
        for cpu, sizes in fargate.SIZES.items()
    ]


def _optional(schema: Any) -> Any:
    """Return `schema` without required keys and defaults, and pointing at the definitions that are so too."""
    if isinstance(schema, list):
        return [_optional(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: _optional(each) for key, each in schema.items() if key not in ("required", "default")}
    if "$ref" in result:
        result["$ref"] += "Overlay"
    return result


def text() -> str:
    """Return the schema as it is written to the file."""
    return json.dumps(build(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], FILE, text(), "ecsdeploy.config.schema"))
