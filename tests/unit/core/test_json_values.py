"""Values found in JSON by a dotted path, and compared as JSON compares."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.json_values import Absent, Json, same, value_at

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
PLAIN = st.recursive(
    st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-z]{1,3}", fullmatch=True), inner),
    max_leaves=8,
)


def paths(document: Any, above: str = "") -> list[tuple[str, Any]]:
    """Return every path of a document whose keys have no dots, and what is there."""
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    found: list[tuple[str, Any]] = []
    for key, value in inner:
        path = f"{above}.{key}" if above else str(key)
        found += [(path, value), *paths(value, path)]
    return found


@given(PLAIN)
def test_whatever_is_there_is_found_by_its_path(document: Json) -> None:
    for path, value in paths(document):
        assert value_at(document, path) is value


@given(JSON, st.text())
def test_a_path_leads_to_a_value_or_nowhere(document: Json, path: str) -> None:
    with suppress(Absent):
        value_at(document, path)


@pytest.mark.parametrize("path", ["b", "a.b.c", "a.c", "list.2", "list.-1", "list.x", "list.0.0", ""])
def test_what_is_not_there_is_not_found(path: str) -> None:
    with pytest.raises(Absent):
        value_at({"a": {"b": None}, "list": [1, 2]}, path)


def test_a_key_may_have_dots() -> None:
    assert value_at({"a.b": 1}, "a.b") == 1
    assert value_at({"x": {"a.b": [7]}}, "x.a.b") == [7]


@given(JSON)
def test_what_was_written_and_read_again_is_the_same(value: Json) -> None:
    assert same(value, json.loads(json.dumps(value)))


@given(JSON, JSON)
def test_it_is_as_json_writes_it(one: Json, other: Json) -> None:
    assert same(one, other) == same(other, one)
    if json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True):
        assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (1, True, False),
        (0, False, False),
        ([1], [True], False),
        ({"a": 1}, {"a": True}, False),
        (1, 1.0, True),
        (1, "1", False),
        (None, False, False),
        ([1, 2], [1], False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
    ],
)
def test_true_is_not_one_and_text_is_no_number(one: Json, other: Json, alike: bool) -> None:
    assert same(one, other) is alike
