"""Condition operators: which there are, and what their values look like.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ecsdeploy.policy import listed

_PREFIX = re.compile(r"(?:ForAllValues|ForAnyValue):")
_STRINGS = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
_LIKE = ("StringLike", "StringNotLike")
_ORDERED = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_NUMERIC = frozenset(f"Numeric{ending}" for ending in _ORDERED)
_DATE = frozenset(f"Date{ending}" for ending in _ORDERED)
_ARN = frozenset({"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"})
_ADDRESS = frozenset({"IpAddress", "NotIpAddress"})
_OPERATORS = frozenset({*_STRINGS, *_LIKE, *_NUMERIC, *_DATE, *_ARN, *_ADDRESS, "Bool", "BinaryEquals", "Null"})

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_ZONE = r"(?:z|[+-]\d{1,2}:?\d{2})"
_TIME = rf"(?:t([01]?\d|2[0-3])(?::([0-5]?\d)(?::([0-5]?\d)(?:\.\d+)?)?)?{_ZONE}?)"
_MOMENT = re.compile(rf"\d+|-?\d+(?:-(?:0?[1-9]|1[0-2])(?:-(?:0?[1-9]|[12]\d|3[01]){_TIME}?)?)?", re.IGNORECASE)


def is_operator(operator: str) -> bool:
    """Return whether there is such a condition operator, with or without a set operator and `IfExists`."""
    return _bare(operator) in _OPERATORS


def has_plain_values(operator: str, keys: Mapping[str, Any]) -> bool:
    """Return whether every value is text, a number or a truth value, and base64 where bytes are compared."""
    values = list(_values(keys))
    plain = all(isinstance(value, str | bool | int | float) for value in values)
    return plain and (_bare(operator) != "BinaryEquals" or all(_is_base64(str(value)) for value in values))


def values_parse(operator: str, keys: Mapping[str, Any]) -> bool:
    """Return whether each value is a number, a time, an address or an ARN where the operator compares such ones."""
    bare = _bare(operator)
    tests: tuple[tuple[frozenset[str], Callable[[str], object]], ...] = (
        (_NUMERIC, _NUMBER.fullmatch),
        (_DATE, _MOMENT.fullmatch),
        (_ADDRESS, _is_address),
        (_ARN, _is_arn),
    )
    wanted = [test for operators, test in tests if bare in operators]
    return all(test(str(value)) for test in wanted for value in _values(keys))


def _bare(operator: str) -> str:
    name = _PREFIX.sub("", operator, count=1) if _PREFIX.match(operator) else operator
    # `Null` asks whether there is a key: it has no form for a key that may be absent.
    return name.removesuffix("IfExists") if name != "NullIfExists" else name


def _values(keys: Mapping[str, Any]) -> Iterator[Any]:
    for value in keys.values():
        yield from listed(value)


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(text) % 4 == 0


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _is_arn(text: str) -> bool:
    return text == "*" or (text.startswith("arn:") and text.count(":") >= 5)
