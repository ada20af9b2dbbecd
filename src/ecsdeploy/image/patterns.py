"""The patterns of `.dockerignore`, matched as BuildKit matches them.

The rules are those of moby/patternmatcher (March 2026), its odd ones included: a pattern that begins with `**` and has
no other wildcard is the end of a path, `foo**` its beginning, one without wildcards the path itself; any other is a
regular expression, in which a `*` between brackets is still a wildcard and a backslash may make a class (`\\d`).
docker-py's matcher differs, and a guard must not believe that a file is left out when it is sent.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Match = Callable[[str], bool]

_MEANS_ITSELF = frozenset(".+()|{}$")
_CLASSES = {
    "d": "0-9",
    "s": "\\t\\n\\f\\r ",
    "w": "0-9A-Za-z_",
    "a": "\\x07",
    "f": "\\f",
    "t": "\\t",
    "n": "\\n",
    "r": "\\r",
    "v": "\\v",
}
"""What Go's regular expressions make of a letter after a backslash, as the content of a class."""
_POSIX_CLASS = re.compile(r"\[:(\^?)(\w+):\]")
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": "\\x00-\\x7f",
    "blank": "\\t ",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\t\\n\\v\\f\\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}


@dataclass(frozen=True)
class Pattern:
    """One line of an ignore file: a cleaned pattern, and whether it lets files in again (`!`)."""

    text: str
    lets_in: bool
    match: Match

    def may_match_below(self, folder: str) -> bool:
        """Return whether it could match something inside `folder`."""
        fixed = re.split(r"[*?\[\\]", self.text, maxsplit=1)[0]
        return folder.startswith(fixed) or fixed.startswith(folder + "/")


@dataclass(frozen=True)
class Found:
    """Whether a path is left out, and which patterns matched it or a parent: what its children inherit."""

    out: bool = False
    by: tuple[bool, ...] = ()


def judge(patterns: Sequence[Pattern], path: str, parent: Found) -> Found:
    """Return what becomes of `path`, whose folder is `parent`; that of the context itself is `Found()`.

    A pattern is asked only where it would change something, so what a folder was not asked its children do not inherit:
    after `a/b` and `!a`, in this order, `a/b` is left out.
    """
    out = False
    by: list[bool] = []
    for number, pattern in enumerate(patterns):
        matched = bool(parent.by) and parent.by[number]
        if not matched and pattern.lets_in == out:
            matched = pattern.match(path)
        by.append(matched)
        if matched:
            out = not pattern.lets_in
    return Found(out, tuple(by))


def compile_pattern(text: str, *, lets_in: bool) -> Pattern:
    """Return the pattern of a cleaned line. Raises `ValueError` where Docker cannot read it either."""
    _check_syntax(text)
    return Pattern(text, lets_in, _match_of(text))


def _match_of(text: str) -> Match:
    kind, expression = _translated(text)
    if kind == "exact":
        return lambda path: path == text
    if kind == "prefix":
        beginning = text[:-2]
        return lambda path: path.startswith(beginning)
    if kind == "suffix":
        end = text[2:]
        return lambda path: path.endswith(end) or f"/{path}" == end
    regex = _compiled(expression)
    return lambda path: regex.fullmatch(path) is not None


def _translated(text: str) -> tuple[str, str]:
    """Return how the pattern is matched, and its regular expression in Go's syntax."""
    kind, parts, position, first = "exact", [], 0, True
    while position < len(text):
        char, position = text[position], position + 1
        if char == "*" and text.startswith("*", position):
            position += 1
            position += text.startswith("/", position)
            if position == len(text):
                kind = "prefix" if kind == "exact" else "regex"
                parts.append(".*")
            else:
                kind = "regex"
                parts.append("(.*/)?")
            kind = "suffix" if first else kind
        elif char in "*?":
            kind = "regex"
            parts.append("[^/]*" if char == "*" else "[^/]")
        elif char == "\\":
            kind = "regex"
            parts.append(char + text[position])
            position += 1
        else:
            kind = "regex" if char in "[]" else kind
            parts.append(f"\\{char}" if char in _MEANS_ITSELF else char)
        first = False
    return kind, "".join(parts)


def _compiled(expression: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        # Python reserves `[[` and `&&` inside a class for a later version; Go takes them literally.
        warnings.simplefilter("ignore", FutureWarning)
        try:
            return re.compile(_in_python(expression))
        except re.error as error:
            raise ValueError(str(error)) from error


def _in_python(expression: str) -> str:
    """Return Go's regular expression as Python's: the classes that only one of them has are written out."""
    parts: list[str] = []
    position, inside = 0, False
    while position < len(expression):
        char = expression[position]
        posix = _POSIX_CLASS.match(expression, position) if inside else None
        if char == "\\":
            parts.append(_escape(expression[position + 1], inside=inside))
            position += 2
        elif posix is not None:
            if posix[1] or posix[2] not in _POSIX:
                raise ValueError(f"{posix[0]} is not a class of characters that can be read here")
            parts.append(_POSIX[posix[2]])
            position = posix.end()
        elif char == "[" and not inside:
            inside = True
            negated = expression.startswith("^", position + 1)
            parts.append("[^" if negated else "[")
            position += 2 if negated else 1
        else:
            inside = inside and char != "]"
            parts.append("\\[" if char == "[" else char)
            position += 1
    return "".join(parts)


def _escape(char: str, *, inside: bool) -> str:
    """Return what an escaped character stands for; letters and digits that Go gives a meaning of another kind fail."""
    if char in _CLASSES:
        return _CLASSES[char] if inside else f"[{_CLASSES[char]}]"
    if char.lower() in "dsw" and not inside:
        return f"[^{_CLASSES[char.lower()]}]"
    if char.isalnum() or not char.isascii():
        raise ValueError(f"\\{char} does not stand for a character: write the character itself")
    return re.escape(char)


def _check_syntax(text: str) -> None:
    """Raise `ValueError` for what Go's filepath.Match does not take: Docker asks it first."""
    position = 0
    while position < len(text):
        char = text[position]
        position += 1
        if char == "\\":
            _literal(text, position - 1)
            position += 1
        elif char == "[":
            position = _end_of_class(text, position)


def _end_of_class(text: str, position: int) -> int:
    """Return where the class that begins before `position` is over."""
    position += text.startswith("^", position)
    ranges = 0
    while not (ranges and text.startswith("]", position)):
        position = _literal(text, position)
        if text.startswith("-", position):
            position = _literal(text, position + 1)
        ranges += 1
    return position + 1


def _literal(text: str, position: int) -> int:
    """Return the position after one character of a class, escaped or not."""
    if text.startswith("\\", position):
        if position + 1 >= len(text):
            raise ValueError("a backslash must be followed by the character that it takes literally")
        return position + 2
    if position >= len(text) or text[position] in "-]":
        raise ValueError("a [ needs characters and a ] after it; a literal one is written \\[")
    return position + 1
