"""Requests and answers held against botocore's model of a service.

A request is converted on the way in (blobs to bytes, timestamps to datetime; unknown members and nulls are dropped,
as AWS does) and judged with AWS's own wording. An answer that does not fit its model is a bug of the sandbox.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from ecsdeploy.sandbox.wire import AwsError


@dataclass(frozen=True)
class Violation:
    """One constraint of the model that a request does not satisfy; `path` is dotted, list items count from 1."""

    path: str
    constraint: str
    value: object = None
    sensitive: bool = False
    allowed: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the sentence in which most AWS services say it."""
        said = "null" if self.value is None else f"'{_said(self.value)}'"
        shown = "Value" if self.sensitive else f"Value {said}"
        return f"{shown} at '{self.path}' failed to satisfy constraint: {self.constraint}"


def _said(value: object) -> str:
    # As Java writes a list.
    return f"[{', '.join(map(_said, value))}]" if isinstance(value, list) else str(value)


def read_request(service: str, operation: OperationModel, params: object) -> dict[str, Any]:
    """Return the parameters of a request, converted. Raises `AwsError` in the service's own words."""
    if not isinstance(params, dict):
        raise _unserializable("Unexpected token: the request is not a JSON object")
    violations: list[Violation] = []
    if operation.input_shape is None:
        return {}
    read = _structure(params, operation.input_shape, "", violations)
    if violations:
        raise refusal(service, operation, violations)
    return read


def refusal(service: str, operation: OperationModel, violations: list[Violation]) -> AwsError:
    """Return the error with which `service` answers a request that does not fit its model.

    ECS names the first mistake only (`Tasks cannot be empty.`, `Family can not be blank.`, `include should be one of
    [SETTINGS,TAGS]`), ECR says
    `Invalid parameter at ...`, and the others give the list of the common AWS front end.
    """
    known = {shape.name for shape in operation.error_shapes}
    # RegisterTaskDefinition is the one ECS operation that answers its input's mistakes with ClientException.
    if operation.name == "RegisterTaskDefinition":
        code = "ClientException"
    else:
        codes = ("InvalidParameterException", "ValidationException", "ClientException")
        code = next((code for code in codes if code in known), "ValidationException")
    first = violations[0]
    if service == "ecs" and first.constraint == _NOT_NULL:
        name = _WORDS.get(first.path) or first.path[:1].upper() + first.path[1:]
        shape = _shape_at(operation, first.path)
        ending = "cannot be empty." if isinstance(shape, ListShape) else "can not be blank."
        return AwsError(code, f"{name} {ending}")
    if service == "ecs" and first.allowed:
        return AwsError(code, f"{_spelt(first.path)} should be one of [{','.join(sorted(first.allowed))}]")
    if service == "ecr":
        said = first.constraint[:1].lower() + first.constraint[1:]
        said = said.replace("member must satisfy regular expression pattern: ", "must satisfy regular expression '")
        closing = "'" if said.startswith("must satisfy regular") else ""
        return AwsError(code, f"Invalid parameter at '{first.path}' failed to satisfy constraint: '{said}{closing}'")
    count = f"{len(violations)} validation error{'s' if len(violations) > 1 else ''} detected: "
    return AwsError(code, count + "; ".join(violation.text() for violation in violations))


# Members that ECS's refusals name in words (users' reports); the others stand as they are.
_WORDS = {"propagateTags": "Propagate tags", "taskDefinition": "Task Definition"}


def _spelt(path: str) -> str:
    name = [part for part in path.split(".") if not part.isdigit() and part != "member"][-1]
    return _WORDS.get(name, name)


def _shape_at(operation: OperationModel, path: str) -> Shape | None:
    shape = operation.input_shape
    return shape.members.get(path) if shape is not None else None


_NOT_NULL = "Member must not be null"


def _read(value: Any, shape: Shape, path: str, violations: list[Violation]) -> Any:
    reader = _READERS.get(shape.type_name)
    return reader(value, shape, path, violations) if reader else value


def _structure(value: Any, shape: Shape, path: str, violations: list[Violation]) -> dict[str, Any]:
    if getattr(shape, "is_document_type", False):
        return value  # type: ignore[no-any-return]
    if not isinstance(value, dict):
        raise _unserializable(f"Unrecognized collection type {shape.name}")
    assert isinstance(shape, StructureShape)
    read = {}
    for name, member in shape.members.items():
        # Members that the model spells ServiceNamespace, AWS's front end reports as serviceNamespace.
        place = _join(path, name[:1].lower() + name[1:])
        if value.get(name) is not None:
            read[name] = _read(value[name], member, place, violations)
        elif name in shape.required_members:
            violations.append(Violation(place, _NOT_NULL))
    return read


def _list(value: Any, shape: Shape, path: str, violations: list[Violation]) -> list[Any]:
    if not isinstance(value, list):
        raise _unserializable("Expected list or null")
    assert isinstance(shape, ListShape)
    _measure(len(value), value, shape, path, violations)
    items = enumerate((item for item in value if item is not None), 1)
    return [_read(item, shape.member, _join(path, f"{number}.member"), violations) for number, item in items]


def _map(value: Any, shape: Shape, path: str, violations: list[Violation]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _unserializable("Expected map or null")
    assert isinstance(shape, MapShape)
    _measure(len(value), value, shape, path, violations)
    for key in value:
        _string(key, shape.key, _join(path, f"{key}.key"), violations)
    kept = {key: item for key, item in value.items() if item is not None}
    return {key: _read(item, shape.value, _join(path, key), violations) for key, item in kept.items()}


def _string(value: Any, shape: Shape, path: str, violations: list[Violation]) -> str:
    if not isinstance(value, str):
        raise _unserializable(f"{_token(value)} can not be converted to a String")
    hidden = bool(shape.metadata.get("sensitive"))
    if enum := shape.metadata.get("enum"):
        if value not in enum:
            allowed = f"Member must satisfy enum value set: [{', '.join(enum)}]"
            violations.append(Violation(path, allowed, value, hidden, tuple(enum)))
        return value
    _measure(len(value), value, shape, path, violations)
    pattern = shape.metadata.get("pattern")
    if pattern and (compiled := _compiled(pattern)) and not compiled.fullmatch(value):
        said = f"Member must satisfy regular expression pattern: {pattern}"
        violations.append(Violation(path, said, value, hidden))
    return value


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    # Java's \p{...} and surrogate ranges have no like in Python's re: such a pattern is not judged.
    if "\\p{" in pattern or "\\uD800" in pattern:
        return None
    return re.compile(pattern)


def _integer(value: Any, shape: Shape, path: str, violations: list[Violation]) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unserializable(f"{_token(value)} can not be converted to {_article(shape)}")
    whole = int(value)
    _measure(whole, whole, shape, path, violations)
    return whole


def _number(value: Any, shape: Shape, path: str, violations: list[Violation]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unserializable(f"{_token(value)} can not be converted to {_article(shape)}")
    _measure(value, value, shape, path, violations)
    return float(value)


def _boolean(value: Any, shape: Shape, path: str, violations: list[Violation]) -> bool:
    if not isinstance(value, bool):
        raise _unserializable(f"{_token(value)} can not be converted to a Boolean")
    return value


def _timestamp(value: Any, shape: Shape, path: str, violations: list[Violation]) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unserializable(f"{_token(value)} can not be converted to milliseconds since epoch")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        raise _unserializable(f"{value} is not a date") from None


def _blob(value: Any, shape: Shape, path: str, violations: list[Violation]) -> bytes:
    if not isinstance(value, str):
        raise _unserializable(f"{_token(value)} can not be converted to Blob")
    try:
        read = base64.b64decode(value, validate=True)
    except binascii.Error:
        raise _unserializable("Invalid base64 value") from None
    _measure(len(read), "", shape, path, violations)
    return read


_Reader = Callable[[Any, Shape, str, list[Violation]], Any]
_READERS: Mapping[str, _Reader] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "character": _string,
    "integer": _integer,
    "long": _integer,
    "float": _number,
    "double": _number,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "blob": _blob,
}


def _measure(size: float, value: object, shape: Shape, path: str, violations: list[Violation]) -> None:
    what = "value" if shape.type_name in ("integer", "long", "float", "double") else "length"
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    hidden = bool(shape.metadata.get("sensitive"))
    if low is not None and size < low:
        violations.append(Violation(path, f"Member must have {what} greater than or equal to {low}", value, hidden))
    if high is not None and size > high:
        violations.append(Violation(path, f"Member must have {what} less than or equal to {high}", value, hidden))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _article(shape: Shape) -> str:
    return {"integer": "an Integer", "long": "a Long"}.get(shape.type_name, "a Double")


def _token(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    kinds = {str: "STRING_VALUE", int: "NUMBER_VALUE", float: "DECIMAL_VALUE", list: "START_ARRAY"}
    return kinds.get(type(value), "START_OBJECT")


def _unserializable(message: str) -> AwsError:
    return AwsError("SerializationException", message)
