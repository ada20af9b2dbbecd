"""Numbers that lose their spelling where text is wanted: `PYTHON_VERSION = 3.10` would become 3.1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ecsdeploy.config.locate import Key, numbers_of
from ecsdeploy.config.mistake import Mistake
from ecsdeploy.config.overlay import TABLE

TEXTS = (("task", "environment"), ("image", "args"))
"""The tables whose values are texts."""


def misspelled(document: Mapping[str, Any], text: str) -> Iterator[Mistake]:
    """Yield each number of those tables, at the top or in an environment, whose own text would be another."""
    numbers = dict(_numbers(document))
    for key, written in (numbers_of(text) if numbers else {}).items():
        if key in numbers and str(numbers[key]) != written:
            yield Mistake(key, f"{written} would become {numbers[key]}", f'Write it in quotes: "{written}".')


def _numbers(document: Mapping[str, Any]) -> Iterator[tuple[Key, int | float]]:
    """Yield the numbers of those tables, each with its key."""
    overlays = _table(document, TABLE)
    files: dict[Key, Any] = {(): document, **{(TABLE, name): overlay for name, overlay in overlays.items()}}
    for place, file in files.items():
        for outer, inner in TEXTS:
            for name, value in _table(_table(file, outer), inner).items():
                if isinstance(value, int | float) and not isinstance(value, bool):
                    yield (*place, outer, inner, name), value


def _table(value: Any, key: str) -> Mapping[str, Any]:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}
