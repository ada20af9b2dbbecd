"""Values in a JSON document: found by a dotted path, and compared as JSON compares."""

from __future__ import annotations

from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class Absent(Exception):
    """There is nothing at that path."""


def value_at(document: Json, path: str) -> Json:
    """Return what is at a dotted path, such as `checks.0.name`; a key that has dots itself is found too.

    Raises `Absent`.
    """
    if isinstance(document, dict) and path in document:
        return document[path]
    head, dot, rest = path.partition(".")
    if isinstance(document, dict) and dot and head in document:
        return value_at(document[head], rest)
    if isinstance(document, list) and head.isdecimal() and int(head) < len(document):
        return value_at(document[int(head)], rest) if dot else document[int(head)]
    raise Absent


def same(one: Json, other: Json) -> bool:
    """Return whether both are the same value in JSON, where 1 is 1.0, and is not true."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other
