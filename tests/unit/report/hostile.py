"""Random hostile text, and events that hold nothing but it."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ecsdeploy import changes
from ecsdeploy import events as e

WORDS = (
    *(
        "::",
        ":",
        "##[",
        "#",
        "[",
        "]",
        "::add-mask::",
        "::stop-commands::x",
        "##[set-output name=a]",
        "##[add-path]/evil",
    ),
    *(
        "error",
        "group",
        "endgroup",
        "set-env name=PATH",
        "name=x",
        "%0A",
        "%0D",
        "%25",
        " ",
        "  ",
        "\t",
        "web | ",
        "a",
        "é",
        "1",
    ),
    *(
        "\n",
        "\r",
        "\r\n",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x85",
        "\u2028",
        "\u2029",
        "\ufeff",
        "\u200b",
        "\x00",
        "\x08",
        "\x7f",
    ),
    *(
        "\x1b",
        "\x1b[2J",
        "\x1b[38;5;196m",
        "\x1b[6n",
        "\x1b[1;1H",
        "\x1b]0;owned\x07",
        "\x1b]52;c;b3duZWQ=\x1b\\",
        "\x07",
    ),
    *(
        "\x1b]8;;http://x\x1b\\",
        "\x1bP+q\x1b\\",
        "\x1b_x\x1b\\",
        "\x1bc",
        "\x1b(0",
        "\x9b2J",
        "\x9d0;owned\x9c",
        "\x90",
        "\x9c",
    ),
    *("\u202e", "\u2066", "\u2069", "\U000e0041", "\ud800", "[bold]", "[link=http://x]", "{", "}", "<!--", "`"),
)
"""What the runner and terminals obey, whole and in parts that could come together."""
MOST = 12
DIFFERENCES: tuple[changes.PlannedAction, ...] = ("create", "update", "delete", "unchecked")
"""What is planned where the state differs from the config: those that a snapshot has."""
AMOUNTS = {
    *(("CostLine", "dollars"), ("CostSaving", "dollars")),
    *(("MonthlyCost", name) for name in ("dollars", "before", "difference")),
}
"""Texts that are numbers, from our own price list."""


class Hostile:
    """Makes hostile text, and counts it."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.made = 0

    def text(self) -> str:
        """Return one hostile text."""
        self.made += 1
        return "".join(self.random.choices(WORDS, k=self.random.randint(1, MOST)))

    def event(self, kind: type) -> Any:
        """Return an event of `kind` whose every text is hostile."""
        hints = get_type_hints(kind)
        numbers = AMOUNTS & {(kind.__name__, each.name) for each in fields(kind)}
        given = {name: self._value(hint) for name, hint in hints.items() if (kind.__name__, name) not in numbers}
        return kind(**given, **{name: "1.50" for _, name in numbers})

    def _value(self, hint: Any) -> Any:
        origin, inner = get_origin(hint), get_args(hint)
        if origin in (Union, types.UnionType):
            return self._value(self.random.choice(inner))
        if origin is Literal:
            return self.random.choice(inner)
        if hint is changes.Planned:
            return replace(self.event(hint), action=self.random.choice(DIFFERENCES))
        if origin is tuple:
            return tuple(self._value(inner[0]) for _ in range(self.random.randint(0, 3)))
        if origin is not None and issubclass(origin, Mapping):
            return {self.text(): self._value(inner[1]) for _ in range(self.random.randint(0, 2))}
        if is_dataclass(hint) and isinstance(hint, type):
            return self.event(hint)
        return self._plain(hint)

    def _plain(self, hint: Any) -> Any:
        make: Mapping[Any, Callable[[], Any]] = {
            str: self.text,
            object: self.text,
            Any: self.text,
            int: lambda: self.random.randint(0, 9),
            float: lambda: float(self.random.randint(0, 99)),
            bool: lambda: self.random.random() < 0.5,
            datetime: lambda: datetime(2026, 11, 29, 12, self.random.randint(0, 59), tzinfo=UTC),
            type(None): lambda: None,
        }
        return make[hint]()


def kinds() -> tuple[type, ...]:
    """Return every kind of event."""
    return get_args(e.Event)


def enough(hostile: Hostile, texts: int) -> Iterator[Any]:
    """Yield events of every kind in turn, until so many hostile texts are in them."""
    while hostile.made < texts:
        for kind in kinds():
            yield hostile.event(kind)
