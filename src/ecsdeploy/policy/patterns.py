"""IAM's wildcards and variables.

Source: IAM User Guide, "IAM JSON policy elements: Resource" (in an ARN, `*` and `?` stay within one part between
colons, except a `*` at a part's end, which may go past it), "Condition operators" (ARNs are compared part by part) and
"Variables and tags" (`${key}`, `${key, 'default'}`, and `${*}`, `${?}`, `${$}` for the plain characters).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

Context = Mapping[str, tuple[str, ...]]
"""Condition keys in lower case, with the values that a request has for them; an absent key has no entry."""

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_PARTS = 6


class Unresolved(Exception):
    """A variable has no value in this request: what contains it matches nothing."""


Piece = tuple[str, bool]
"""Text, and whether wildcards in it count: what a variable brought in is taken literally."""


def pieces(pattern: str, context: Context, *, variables: bool = True) -> tuple[Piece, ...]:
    """Return `pattern` with its variables replaced. Raises `Unresolved`."""
    if not variables or "${" not in pattern:
        return ((pattern, True),)
    found: list[Piece] = []
    position = 0
    for variable in _VARIABLE.finditer(pattern):
        found += [(pattern[position : variable.start()], True), (_value(variable[1], context), False)]
        position = variable.end()
    return (*found, (pattern[position:], True))


def _value(variable: str, context: Context) -> str:
    if variable in ("*", "?", "$"):
        return variable
    key, _, default = variable.partition(",")
    values = context.get(key.strip().lower(), ())
    if len(values) == 1:
        return values[0]
    fallback = re.fullmatch(r"\s*'([^']*)'\s*", default)
    if values or not fallback:
        raise Unresolved(variable)
    return fallback[1]


def like(pattern: tuple[Piece, ...], value: str, *, ignore_case: bool = False) -> bool:
    """Return whether all of `value` matches; `*` is any text and `?` any one character."""
    return _compiled(pattern, ".*", ".", ignore_case).fullmatch(value) is not None


def resource_matches(pattern: tuple[Piece, ...], value: str) -> bool:
    """Return whether a Resource element covers the ARN `value` (or `*`, the resource of actions that have none)."""
    return _compiled(pattern, "[^:]*", "[^:]", False).fullmatch(value) is not None


def arn_matches(pattern: tuple[Piece, ...], value: str) -> bool:
    """Return whether an ARN condition's value covers the ARN `value`, each of the six parts for itself."""
    wanted, given = _split(pattern), value.split(":", _PARTS - 1)
    return len(wanted) == len(given) == _PARTS and all(map(like, wanted, given))


def _split(pattern: tuple[Piece, ...]) -> list[tuple[Piece, ...]]:
    parts: list[list[Piece]] = [[]]
    for text, is_pattern in pattern:
        while ":" in text and len(parts) < _PARTS:
            head, _, text = text.partition(":")
            parts[-1].append((head, is_pattern))
            parts.append([])
        parts[-1].append((text, is_pattern))
    return [tuple(part) for part in parts]


@lru_cache(maxsize=4096)
def _compiled(pattern: tuple[Piece, ...], many: str, one: str, ignore_case: bool) -> re.Pattern[str]:
    """Return the pattern as a regular expression that takes no longer for many `*` than for one.

    Between two `*`, the first place that fits is as good as any later one, so it is never left again (`(?>...)`). Only
    where a `*` may go past a colon that the next may not, every place counts; an ARN has few colons.
    """
    first, *others = _between_stars(pattern, one)
    text = first
    for number, part in enumerate(others, 1):
        is_last = number == len(others)
        goes_on = part.startswith(":") or (is_last and not part)
        star = ".*" if goes_on else many
        if is_last:
            text += star + part
        else:
            text += f"{star}?{part}" if star != many else f"(?>{star}?{part})"
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _between_stars(pattern: tuple[Piece, ...], one: str) -> list[str]:
    """Return regular expressions of what stands before, between and behind the `*` of a pattern."""
    parts: list[list[str]] = [[]]
    for text, is_pattern in pattern:
        head, *more = text.split("*") if is_pattern else [text]
        for number, plain in enumerate((head, *more)):
            if number:
                parts.append([])
            parts[-1].append(one.join(map(re.escape, plain.split("?"))) if is_pattern else re.escape(plain))
    return ["".join(each) for each in parts]
