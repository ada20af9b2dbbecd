"""Property selectors: `$.a.b[0].c`, `$.list[*]`, `$.*`, `$.['dotted.name']`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ecsdeploy.sandbox.logs.filters.scanner import MALFORMED, PatternError, Scanner, bad_term

ANY: Final = ("*",)
"""The step that selects every member of an object or every element of an array."""

Step = str | int | tuple[str]


@dataclass(frozen=True)
class Selector:
    """The way from an event's root to a value."""

    steps: tuple[Step, ...]

    @property
    def wildcards(self) -> int:
        """Return how many steps select everything."""
        return self.steps.count(ANY)

    @classmethod
    def parse(cls, scanner: Scanner) -> Selector:
        """Read a selector. Raises `PatternError`; one with two wild cards is refused (AWS's quota)."""
        start = scanner.at
        if scanner.take("$") is None:
            scanner.fail()
        steps: list[Step] = []
        while scanner.peek() in (".", "["):
            steps.append(_step(scanner, start))
        selector = cls(tuple(steps))
        if not steps or selector.wildcards > 1:
            raise bad_term(scanner.text[start : scanner.at + 1])
        return selector

    def find(self, document: Any) -> list[Any]:
        """Return the values that the selector finds: none, one, or many behind a wild card."""
        found = [document]
        for step in self.steps:
            found = [inner for outer in found for inner in _inside(outer, step)]
        return found


def _inside(value: Any, step: Step) -> list[Any]:
    if isinstance(value, dict):
        if step is ANY:
            return list(value.values())
        return [value[step]] if isinstance(step, str) and step in value else []
    if isinstance(value, list):
        if step is ANY:
            return value
        return [value[step]] if isinstance(step, int) and step < len(value) else []
    return []


def _step(scanner: Scanner, start: int) -> Step:
    if scanner.peek() == ".":
        scanner.at += 1
        if scanner.peek() != "[":
            return _name(scanner, start)
    scanner.at += 1
    if scanner.peek() == "'":
        end = scanner.text.find("']", scanner.at + 1)
        if end < 0:
            raise PatternError(MALFORMED)
        name = scanner.text[scanner.at + 1 : end]
        scanner.at = end + 2
        return name
    inside = scanner.take_while("*")
    if scanner.peek() != "]" or not (inside == "*" or (inside.isascii() and inside.isdigit())):
        raise bad_term(scanner.text[start : scanner.at + 1])
    scanner.at += 1
    return ANY if inside == "*" else int(inside)


def _name(scanner: Scanner, start: int) -> Step:
    if scanner.peek() == "*":
        scanner.at += 1
        return ANY
    name = scanner.take_while("_-")
    if not name:
        raise bad_term(scanner.text[start : scanner.at + 1])
    return name
