"""The kinds of values that several keys share, each with its rule and its error message."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from ecsdeploy.config import duration, regions, rules
from ecsdeploy.config.mistake import mistake, nearest

WholeNumber = Annotated[int, Field(strict=True)]
Switch = Annotated[bool, Field(strict=True)]
Text = Annotated[str, StringConstraints(min_length=1)]


def _duration(value: object) -> int:
    try:
        if not isinstance(value, (str, int)):
            raise ValueError("a duration is text such as 30s")
        return duration.parse(value)
    except ValueError as error:
        raise mistake(str(error), 'Write for example "30s", "10m" or "1h".') from None


Duration = Annotated[
    int,
    BeforeValidator(_duration),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": duration.PATTERN}, {"type": "integer", "minimum": 0}]}),
]
"""Whole seconds, written as `30s`, `10m`, `1h` or a number."""


def lasting(shortest: int, longest: int) -> AfterValidator:
    """Return the rule that a duration lies between these two, in seconds."""

    def check(seconds: int) -> int:
        if shortest <= seconds <= longest:
            return seconds
        near, low, high = (
            duration.text_of(each) for each in (sorted((shortest, seconds, longest))[1], shortest, longest)
        )
        raise mistake(f"{duration.text_of(seconds)} is outside {low} to {high}", f'The nearest is "{near}".')

    return AfterValidator(check)


def _region(name: str) -> str:
    if re.fullmatch(regions.PATTERN, name):
        return name
    meant = nearest(name, regions.KNOWN)
    raise mistake(
        "this is not a valid Region",
        f'Did you mean "{meant}"?' if meant else 'Write its code, such as "us-east-1".',
    )


Region = Annotated[str, AfterValidator(_region), Field(json_schema_extra={"pattern": regions.PATTERN})]


def _account(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"\d{12}", value, re.ASCII):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and len(str(value)) == 12:
        raise mistake("an account is text, since it may start with a zero", f'Write it in quotes: "{value}".')
    raise mistake("an account is twelve digits", 'Write it in quotes, such as "123456789012", without dashes.')


Account = Annotated[str, BeforeValidator(_account), Field(json_schema_extra={"pattern": r"^\d{12}$"})]


_SCALAR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {"type": ["string", "number", "boolean"]},
}

Variables = Annotated[dict[str, str], BeforeValidator(rules.variables), WithJsonSchema(_SCALAR_SCHEMA)]
"""Names and texts. `PORT = 3000` reads as "3000", `DEBUG = true` as "true"."""


def _user(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return str(value)
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_][\w.-]*(:[A-Za-z0-9_][\w.-]*)?", value, re.ASCII):
        return value
    raise mistake("this is not a user", 'Write a name or a number, and a group if you like: "node" or "1000:1000".')


User = Annotated[
    str, BeforeValidator(_user), WithJsonSchema({"type": ["string", "integer"], "minimum": 0, "minLength": 1})
]
