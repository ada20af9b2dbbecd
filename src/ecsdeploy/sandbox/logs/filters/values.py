"""What a field is compared with: a number, a text with wild cards at its ends, or a regular expression."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from ecsdeploy.sandbox.logs.filters.regex import compile_regex
from ecsdeploy.sandbox.logs.filters.scanner import MALFORMED, PatternError, Scanner

_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_OPERATORS = ("!=", "<=", ">=", "=", "<", ">")
_BARE = "_.*+-"
_ENDS = ("", ",", "]", "}", ")")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)


def number(text: str) -> Decimal | None:
    """Return the number that `text` writes, in decimal or scientific notation, or None."""
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


@dataclass(frozen=True)
class Comparison:
    """An operator and the value to its right."""

    operator: str
    text: str
    value: Decimal | None = None
    regex: re.Pattern[str] | None = None

    @classmethod
    def parse(cls, scanner: Scanner) -> Comparison:
        """Read an operator and a value. Raises `PatternError` where they do not fit together."""
        sign = scanner.take(*_OPERATORS)
        if sign is None:
            scanner.fail()
        scanner.skip_spaces()
        found = cls._value(sign, scanner)
        if sign in _ORDERED and found.value is None:
            raise PatternError(MALFORMED)
        return found

    @classmethod
    def _value(cls, sign: str, scanner: Scanner) -> Comparison:
        if scanner.peek() == '"':
            return cls(sign, scanner.quoted())
        if scanner.peek() == "%":
            return cls(sign, "", regex=compile_regex(scanner.between_percents()))
        text = scanner.take_while(_BARE)
        if not text and scanner.peek() in _ENDS:
            raise PatternError(MALFORMED)
        if not text:
            scanner.fail()
        return cls(sign, text, number(text))

    def holds(self, text: str, value: Decimal | None) -> bool:
        """Return whether a field that reads `text`, and as a number `value`, satisfies the comparison."""
        if self.operator in _ORDERED:
            return value is not None and _ORDERED[self.operator](value, self.value)
        return self._equal(text, value) is (self.operator == "=")

    def _equal(self, text: str, value: Decimal | None) -> bool:
        if self.regex is not None:
            return self.regex.search(text) is not None
        if self.value is not None and value is not None:
            return value == self.value
        return _like(text, self.text)


def _like(text: str, wanted: str) -> bool:
    """Compare; an asterisk is a wild card at either end and a plain character elsewhere."""
    if wanted == "*":
        return True
    before, after = wanted.startswith("*"), wanted.endswith("*")
    core = wanted[before : len(wanted) - after]
    if before and after:
        return core in text
    if before:
        return text.endswith(core)
    return text.startswith(core) if after else text == core
