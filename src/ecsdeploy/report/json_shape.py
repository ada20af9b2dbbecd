"""What the types of events are in JSON, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

_KINDS: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    datetime: "time, as in ISO 8601",
    object: "any value",
    Any: "any value",
    NoneType: "null",
}


def kind(hint: Any) -> str:
    """Return what JSON has for a type.

    Raises:
        KeyError: no event has such a field yet, so its format is not decided.
    """
    origin, inner = get_origin(hint), get_args(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return f"[`{hint.__name__}`](#{hint.__name__.lower()})"
    if origin is None:
        return _KINDS[hint]
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in inner)
    if origin in (Union, UnionType):
        return " or ".join(kind(each) for each in inner)
    return f"object: {kind(inner[1])} by name" if issubclass(origin, Mapping) else f"list: {kind(inner[0])}"


def parts(shapes: Iterable[type[Any]]) -> list[type[Any]]:
    """Return the dataclasses that only occur within `shapes`, each once, in the order in which one meets them."""
    met = list(shapes)
    own = len(met)
    for shape in met:  # grows while it is walked through
        for hint in get_type_hints(shape).values():
            met += [each for each in dict.fromkeys(_dataclasses(hint)) if each not in met]
    return met[own:]


def _dataclasses(hint: Any) -> list[type[Any]]:
    if isinstance(hint, type) and is_dataclass(hint):
        return [hint]
    return [found for inner in get_args(hint) for found in _dataclasses(inner)]
