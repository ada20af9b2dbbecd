"""[task.raw] and [service.raw], checked against AWS's own model before anything is built or written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from botocore.validate import ParamValidator

from ecsdeploy.aws.session import Aws
from ecsdeploy.config.mistake import nearest
from ecsdeploy.errors import ConfigError

_UNKNOWN = re.compile(r'Unknown parameter in (?P<place>\S+): "(?P<name>[^"]*)", must be one of: (?P<known>.*)')
_INCOMPLETE = "Missing required parameter"


def require_parameters(aws: Aws, table: str, operation: str, raw: Mapping[str, Any]) -> None:
    """Raise `ConfigError` unless ECS's `operation` accepts what the config's `table` says.

    A missing required parameter is not a mistake here: the rest of the config has it. Source: botocore's ecs model.
    """
    shape = aws.client("ecs").meta.service_model.operation_model(operation).input_shape
    assert shape is not None
    report = ParamValidator().validate(dict(raw), shape).generate_report()
    wrong = [line for line in report.splitlines() if line and not line.startswith(_INCOMPLETE)]
    if wrong:
        told = [_told(line) for line in wrong]
        raise ConfigError(
            f"[{table}] has settings that ECS {operation} does not accept.",
            why="\n".join(what for what, _ in told),
            fix="\n".join(fix for _, fix in told if fix) or f"Write it as AWS documents {operation}.",
        )


def _told(line: str) -> tuple[str, str]:
    """Return a line of botocore's report, without a list of fifty names, and what was probably meant."""
    found = _UNKNOWN.fullmatch(line)
    if found is None:
        return line, ""
    place = "" if found["place"] == "input" else f" in {found['place']}"
    meant = nearest(found["name"], found["known"].split(", "))
    return f"There is no parameter {found['name']!r}{place}.", f"Did you mean {meant!r}?" if meant else ""
