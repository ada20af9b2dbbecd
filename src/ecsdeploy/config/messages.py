"""Turns what pydantic found into sentences: what is wrong with a key, and the nearest valid choice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from ecsdeploy.config.mistake import KIND, Mistake, dotted, listing, nearest
from ecsdeploy.config.models import Config

Key = tuple[str | int, ...]


def explain(error: ValidationError) -> list[Mistake]:
    """Return every mistake that `error` holds. Values are never repeated: some of them may be secrets."""
    return [found for each in error.errors(include_url=False) for found in _mistakes(each)]


def _mistakes(error: ErrorDetails) -> Iterator[Mistake]:
    key = tuple(error["loc"])
    context = error.get("ctx", {})
    if error["type"] == KIND:
        for found in context["mistakes"]:
            yield Mistake((*key, *found.key), found.what, found.fix)
    elif error["type"] == "extra_forbidden":
        yield Mistake(key, "there is no such key", _known_instead(key))
    else:
        explained = _EXPLAINED.get(error["type"])
        what = explained(context) if explained else error["msg"][:1].lower() + error["msg"][1:]
        yield Mistake(key, what, _example(key, error, context))


_Context = Mapping[str, Any]
_EXPLAINED: Mapping[str, Callable[[_Context], str]] = MappingProxyType(
    {
        "missing": lambda _: "this is missing",
        "string_type": lambda _: "this must be text",
        "int_type": lambda _: "this must be a whole number",
        "bool_type": lambda _: "this must be true or false",
        "tuple_type": lambda _: "this must be a list",
        "dict_type": lambda _: "this must be a table",
        "model_type": lambda _: "this must be a table",
        "string_too_short": lambda _: "this is empty",
        "greater_than_equal": lambda context: f"this must be {context['ge']} or more",
        "less_than_equal": lambda context: f"this must be {context['le']} or less",
        "too_short": lambda _: "this is empty",
        "too_long": lambda context: f"AWS accepts at most {context['max_length']} of these",
        "literal_error": lambda _: "this is not a valid choice",
        "string_pattern_mismatch": lambda _: "this is not a valid AWS id",
    }
)


def _example(key: Key, error: ErrorDetails, context: _Context) -> str:
    """What to write instead, from the field's own examples, limits and default."""
    field = _field(key)
    if error["type"] == "literal_error":
        in_a_list = isinstance(key[-1], int)
        return _choice(_field(key[:-1]) if in_a_list else field, error["input"])
    is_list_of_tables = error["type"] == "tuple_type" and field is not None and _table_of(field) is not None
    if is_list_of_tables or error["type"] in ("model_type", "dict_type"):
        return _header((*key, 0) if is_list_of_tables else key)
    if error["type"] in ("greater_than_equal", "less_than_equal"):
        return f"The nearest is {context.get('ge', context.get('le'))}."
    if error["type"] == "too_long":
        return "Remove some."
    if error["type"] == "string_pattern_mismatch":
        return f"Its id starts with {context['pattern'].removeprefix('^').split('[')[0]}, as AWS shows it."
    value = field and _sample(field, error["type"])
    name = dotted(key[-1:]) if isinstance(key[-1], str) else dotted(key)
    return f"Write for example {name} = {value}." if value else _BY_TYPE.get(error["type"], "Correct it.")


_BY_TYPE = {
    "string_type": "Write it in quotes.",
    "int_type": "Write digits without quotes.",
    "bool_type": "Write true or false without quotes.",
    "tuple_type": 'Write a list: ["one", "two"].',
    "string_too_short": "Write a value, or remove the key.",
}


def _header(key: Key) -> str:
    """How a table begins; one in a list of tables cannot be named from outside."""
    if isinstance(key[-1], int):
        return f"Write [[{dotted(key[:-1])}]] above its keys."
    if any(isinstance(part, int) for part in key):
        return f"Write for example {key[-1]} = {{ name = ... }}."
    return f"Write [{dotted(key)}] above its keys."


_TYPES: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {"string_type": (str,), "int_type": (int,), "bool_type": (bool,), "tuple_type": (list, tuple)}
)


def _sample(field: FieldInfo, kind: str) -> str | None:
    """An example of this field as TOML writes it, of the type that was asked for."""
    samples = [*(field.examples or ()), *([field.default] if field.default not in (None, ()) else ())]
    wanted = _TYPES.get(kind, (str, int, list, tuple))
    return next((json.dumps(each) for each in samples if isinstance(each, wanted)), None)


def _choice(field: FieldInfo | None, value: object) -> str:
    given = get_args(field.annotation) if field else ()
    # A list of choices has them one level deeper, and `...` beside them.
    choices = [choice for each in given if each is not ... for choice in get_args(each) or (each,)]
    meant = nearest(str(value), [str(choice) for choice in choices])
    return f'Did you mean "{meant}"?' if meant else f"Use {listing([json.dumps(choice) for choice in choices])}."


def _known_instead(key: Key) -> str:
    """The key of the same table that was meant, or of another one, or all that exist."""
    table, wrong = key[:-1], str(key[-1])
    model = _model(table)
    known = list(_keys(model)) if model else []
    if not table:
        known.append("environments")
    tidy = wrong.lower().replace("-", "_")
    places = [(*table, meant)] if (meant := nearest(wrong, known)) else []
    places += [place for place in _all_keys(Config) if place[-1] == tidy and place not in places]
    if not places and tidy in _ALSO_MEANT:
        places = [_ALSO_MEANT[tidy]]
    if places:
        return f"Did you mean {listing([dotted(place) for place in places])}?"
    return f"This table has {', '.join(known)}."


_ALSO_MEANT: Mapping[str, Key] = MappingProxyType(
    {
        "build": ("image",),
        "build_args": ("image", "args"),
        "container": ("task",),
        "container_port": ("task", "port"),
        "desired_count": ("service", "count"),
        "desiredcount": ("service", "count"),
        "env": ("task", "environment"),
        "env_vars": ("task", "environment"),
        "healthcheck": ("task", "health_check"),
        "instances": ("service", "count"),
        "replicas": ("service", "count"),
        "repo": ("github", "repository"),
        "variables": ("task", "environment"),
    }
)
"""What other tools call a key."""


def _all_keys(model: type[BaseModel], table: Key = ()) -> Iterator[Key]:
    for name, field in _keys(model).items():
        yield (*table, name)
        if inner := _table_of(field):
            yield from _all_keys(inner, (*table, name))


def _model(table: Key) -> type[BaseModel] | None:
    model: type[BaseModel] | None = Config
    for part in table:
        if isinstance(part, int):  # one of a list of tables, which all have the same keys
            continue
        field = _keys(model).get(part) if model else None
        model = _table_of(field) if field else None
    return model


def _field(key: Key) -> FieldInfo | None:
    model = _model(key[:-1])
    return _keys(model).get(str(key[-1])) if model else None


def _keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields by the keys that the file has for them."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _table_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a field that is a table, optional or not."""
    candidates = (field.annotation, *get_args(field.annotation))
    return next((each for each in candidates if isinstance(each, type) and issubclass(each, BaseModel)), None)
