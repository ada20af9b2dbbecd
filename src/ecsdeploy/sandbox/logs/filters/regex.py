"""The regular expressions that filter patterns allow: a subset without groups, ASCII only, between percent signs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ecsdeploy.sandbox.logs.filters.scanner import MALFORMED, PatternError, Scanner, bad_term

_SYMBOLS = ":_#=@/;,- "
_OPERATORS = r"^$?[]{}|\*+."
_CLASSES = "dDsSwW"


def compile_regex(body: str) -> re.Pattern[str]:
    """Return `body` compiled. Raises `PatternError` for anything outside AWS's subset.

    Letters, digits, the symbols and operators of the user guide ("Supported regular expressions (regex) syntax");
    parentheses and multi-byte characters are refused, other characters can be written as `\\xhh`.
    """
    at = 0
    while at < len(body):
        at += _step(body, at)
    try:
        return re.compile(body, re.ASCII)
    except (re.error, OverflowError) as error:
        raise PatternError(MALFORMED) from error


def _step(body: str, at: int) -> int:
    letter = body[at]
    if letter == "\\":
        return _escape(body, at)
    if letter.isascii() and (letter.isalnum() or letter in _SYMBOLS or letter in _OPERATORS):
        return 1
    raise bad_term(letter)


def _escape(body: str, at: int) -> int:
    following = body[at + 1 : at + 2]
    if following == "x":
        if not re.fullmatch(r"[0-9A-Fa-f]{2}", body[at + 2 : at + 4]):
            raise bad_term("\\x")
        return 4
    if following and (following in _CLASSES or following in _OPERATORS or following in _SYMBOLS):
        return 2
    raise bad_term("\\" + following)


@dataclass(frozen=True)
class RegexPattern:
    """`%regex%`: events in which the expression is found anywhere."""

    expression: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> RegexPattern:
        """Return the pattern. Raises `PatternError` where anything stands beside the expression."""
        scanner = Scanner(text)
        body = scanner.between_percents()
        if not body:
            raise PatternError(MALFORMED)
        if not scanner.done():
            scanner.fail()
        return cls(compile_regex(body))

    def matches(self, message: str) -> bool:
        """Return whether the event is let through."""
        return self.expression.search(message) is not None

    def extract(self, message: str) -> dict[str, str]:
        """Return no values: only columns have names."""
        del message
        return {}
