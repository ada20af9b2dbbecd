"""Conditions joined with `&&`, `||` and parentheses; `&&` binds more tightly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from ecsdeploy.sandbox.logs.filters.scanner import MALFORMED, PatternError, Scanner

Leaf = TypeVar("Leaf")

# A pattern has at most 1,024 characters; this keeps the deepest one away from the interpreter's own limit.
_DEEPEST = 60


@dataclass(frozen=True)
class Expression(Generic[Leaf]):
    """A condition alone, or parts joined by one operator: true where every part is, or where one part is."""

    condition: Leaf | None = None
    parts: tuple[Expression[Leaf], ...] = ()
    every: bool = True

    def satisfied(self, holds: Callable[[Leaf], bool]) -> bool:
        """Return whether the expression is true where `holds` says so of its conditions."""
        if self.condition is not None:
            return holds(self.condition)
        judge = all if self.every else any
        return judge(part.satisfied(holds) for part in self.parts)

    def leaves(self) -> Iterator[Leaf]:
        """Yield every condition, from left to right."""
        if self.condition is not None:
            yield self.condition
        for part in self.parts:
            yield from part.leaves()


def parse_expression(scanner: Scanner, leaf: Callable[[Scanner], Leaf], depth: int = 0) -> Expression[Leaf]:
    """Read an expression whose conditions `leaf` reads. Raises `PatternError`."""
    if depth > _DEEPEST:
        raise PatternError(MALFORMED)
    parts = [_every(scanner, leaf, depth)]
    while scanner.take("||"):
        parts.append(_every(scanner, leaf, depth))
    return parts[0] if len(parts) == 1 else Expression(parts=tuple(parts), every=False)


def _every(scanner: Scanner, leaf: Callable[[Scanner], Leaf], depth: int) -> Expression[Leaf]:
    parts = [_one(scanner, leaf, depth)]
    while scanner.take("&&"):
        parts.append(_one(scanner, leaf, depth))
    return parts[0] if len(parts) == 1 else Expression(parts=tuple(parts))


def _one(scanner: Scanner, leaf: Callable[[Scanner], Leaf], depth: int) -> Expression[Leaf]:
    if not scanner.take("("):
        scanner.skip_spaces()
        return Expression(leaf(scanner))
    inside = parse_expression(scanner, leaf, depth + 1)
    scanner.expect(")")
    return inside
