"""Conditions on JSON events: `{ $.a.b = "x" && ($.n > 3 || $.list[*] = %re%) }`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from ecsdeploy.sandbox.logs.filters.expression import Expression, parse_expression
from ecsdeploy.sandbox.logs.filters.scanner import MALFORMED, PatternError, Scanner
from ecsdeploy.sandbox.logs.filters.selector import Selector
from ecsdeploy.sandbox.logs.filters.values import Comparison

_TESTS = ("IS NULL", "IS TRUE", "IS FALSE", "NOT EXISTS")
_IS: dict[str, Any] = {"IS NULL": None, "IS TRUE": True, "IS FALSE": False}


@dataclass(frozen=True)
class Condition:
    """A selector and what is asked of the values that it finds."""

    selector: Selector
    test: Comparison | str

    def holds(self, document: Any) -> bool:
        """Return whether one of the selected values passes.

        Comparisons are for strings and numbers: a missing value, an object or an array passes none of them, not
        even `!=` (User Guide, "Property selectors point to value nodes").
        """
        found = self.selector.find(document)
        if isinstance(self.test, Comparison):
            return any(_compare(self.test, value) for value in found)
        if self.test == "NOT EXISTS":
            return not found
        return any(value is _IS[self.test] for value in found)


def _compare(test: Comparison, value: Any) -> bool:
    if isinstance(value, bool):
        return test.operator == "=" and test.text == "*"
    if isinstance(value, str):
        return test.holds(value, None)
    if isinstance(value, int | Decimal):
        return test.holds(str(value), Decimal(value))
    return False


@dataclass(frozen=True)
class JsonPattern:
    """Events that are JSON and satisfy the expression."""

    expression: Expression[Condition]

    @classmethod
    def parse(cls, text: str) -> JsonPattern:
        """Return the pattern. Raises `PatternError`, also for more wild cards or regexes than AWS's quotas allow."""
        scanner = Scanner(text)
        scanner.expect("{")
        expression = parse_expression(scanner, _condition)
        scanner.expect("}")
        if not scanner.done():
            scanner.fail()
        conditions = list(expression.leaves())
        wild = sum(condition.selector.wildcards for condition in conditions)
        regexes = sum(isinstance(c.test, Comparison) and c.test.regex is not None for c in conditions)
        if wild > 3 or regexes > 2:
            raise PatternError(MALFORMED)
        return cls(expression)

    def matches(self, message: str) -> bool:
        """Return whether the event is let through; one that is not JSON never is."""
        if not message.lstrip().startswith(("{", "[")):
            return False
        try:
            document = json.loads(message, parse_float=Decimal, parse_constant=_refuse)
        except (ValueError, ArithmeticError, RecursionError):
            return False
        return self.expression.satisfied(lambda condition: condition.holds(document))

    def extract(self, message: str) -> dict[str, str]:
        """Return no values: only columns have names."""
        del message
        return {}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _condition(scanner: Scanner) -> Condition:
    selector = Selector.parse(scanner)
    for test in _TESTS:
        first, second = test.split()
        start = scanner.at
        if scanner.take(first) and scanner.take(second):
            return Condition(selector, test)
        scanner.at = start
    return Condition(selector, Comparison.parse(scanner))
