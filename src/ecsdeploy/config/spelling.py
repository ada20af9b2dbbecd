"""Numbers that lose their spelling where text is wanted: `PYTHON_VERSION = 3.10` would become 3.1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ecsdeploy.config.locate import Key, numbers_of
from ecsdeploy.config.mistake import Mistake

TEXTS = (("task", "environment"), ("image", "args"))
"""The tables whose values are texts."""


def misspelled(document: Mapping[str, Any], text: str) -> Iterator[Mistake]:
    """Yield each number of those tables, at the top or in an environment, whose own text would be another."""
    for key, written in numbers_of(text).items():
        if key[-3:-1] not in TEXTS or (len(key) > 3 and (key[0] != "environments" or len(key) != 5)):
            continue
        value = _at(document, key)
        if isinstance(value, int | float) and not isinstance(value, bool) and str(value) != written:
            yield Mistake(key, f"{written} would become {value}", f'Write it in quotes: "{written}".')


def _at(document: Any, key: Key) -> object:
    for part in key:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            return None
    found: object = document
    return found
