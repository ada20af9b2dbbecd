"""Answers on their way out: held against botocore's output shapes, and made ready for JSON.

An answer that a real client could not have got from AWS (an unknown member, a value outside its enum) is refused
here, so that it turns up as a failing test and not as a client that works against the sandbox alone.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape


class BadAnswerError(Exception):
    """An operation of the sandbox gave an answer that AWS's model does not allow; the text says where."""


def write_answer(shape: Shape | None, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return `answer` as JSON values: timestamps as seconds since the epoch, blobs as base64, no nulls.

    Raises `BadAnswerError`.
    """
    if shape is None:
        if answer:
            raise BadAnswerError(f"the operation has no output, but answered {sorted(answer)}")
        return {}
    written: dict[str, Any] = _write(answer, shape, shape.name)
    return written


def _write(value: Any, shape: Shape, path: str) -> Any:
    if getattr(shape, "is_document_type", False):
        return value
    if isinstance(shape, StructureShape):
        return _structure(value, shape, path)
    if isinstance(shape, ListShape):
        if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__iter__"):
            raise BadAnswerError(f"{path}: {value!r} is not a list")
        return [_write(item, shape.member, f"{path}[{number}]") for number, item in enumerate(value)]
    if isinstance(shape, MapShape):
        if not isinstance(value, Mapping):
            raise BadAnswerError(f"{path}: {value!r} is not a map")
        return {str(key): _write(item, shape.value, f"{path}.{key}") for key, item in value.items()}
    return _scalar(value, shape, path)


def _structure(value: Any, shape: StructureShape, path: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise BadAnswerError(f"{path}: {value!r} is not a structure")
    present = {name: item for name, item in value.items() if item is not None}
    if unknown := present.keys() - shape.members.keys():
        raise BadAnswerError(f"{path}: unknown members {sorted(unknown)}")
    if missing := set(shape.required_members) - present.keys():
        raise BadAnswerError(f"{path}: missing members {sorted(missing)}")
    return {name: _write(item, shape.members[name], f"{path}.{name}") for name, item in present.items()}


def _scalar(value: Any, shape: Shape, path: str) -> Any:
    kind = shape.type_name
    if kind == "timestamp":
        return _timestamp(value, path)
    if kind == "blob":
        return base64.b64encode(value).decode()
    allowed: tuple[type, ...] = _PYTHON_TYPES.get(kind, (str,))
    if not isinstance(value, allowed) or (isinstance(value, bool) and kind != "boolean"):
        raise BadAnswerError(f"{path}: {value!r} is not of type {kind}")
    enum = shape.metadata.get("enum")
    if enum and value not in enum:
        raise BadAnswerError(f"{path}: {value!r} is none of {enum}")
    return value


_PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
}


def _timestamp(value: Any, path: str) -> float:
    if isinstance(value, datetime):
        # A naive datetime would be taken as local time, and be wrong on every machine that is not on UTC.
        if value.tzinfo is None:
            raise BadAnswerError(f"{path}: {value!r} has no time zone")
        value = value.timestamp()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadAnswerError(f"{path}: {value!r} is not a timestamp")
    # AWS gives milliseconds, and not more.
    return round(float(value), 3)
