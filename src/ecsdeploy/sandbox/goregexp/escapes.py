"""Escapes that stand for one character, and the names of classes."""

from __future__ import annotations

import re
import sys

from ecsdeploy.sandbox.goregexp.classes import PERL, POSIX, Range, complement, unicode_category
from ecsdeploy.sandbox.goregexp.errors import GoPatternError, NotTranslatable

_CONTROL = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_OCTAL = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}")
_HEX = re.compile(r"x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))")
_BROKEN_HEX = re.compile(
    r"""x(?: \{ 0*(?: 1[1-9A-Fa-f][0-9A-Fa-f]{4} | [2-9A-Fa-f][0-9A-Fa-f]{5} )  # larger than any code point
          | \{ [0-9A-Fa-f]* [^0-9A-Fa-f]?
          | .?.? )""",
    re.DOTALL | re.VERBOSE,
)
"""As much of a wrong \\x as Go names: up to the character at which it goes wrong."""
_SCRIPT = re.compile(r"[A-Z][A-Za-z_]{2,}")


def character(text: str) -> tuple[int, str]:
    """Return the code point of the escape at the start of `text`, and what follows. Raises `GoPatternError`."""
    after = text[1:]
    if not after:
        raise GoPatternError("trailing backslash at end of expression", "")
    letter = after[0]
    if letter.isascii() and not letter.isalnum():
        return ord(letter), after[1:]
    if letter in _CONTROL:
        return _CONTROL[letter], after[1:]
    octal, hexadecimal = _OCTAL.match(after), _HEX.match(after)
    if octal:
        return int(octal[0], 8), after[octal.end() :]
    if hexadecimal and (point := int(hexadecimal[1] or hexadecimal[2], 16)) <= sys.maxunicode:
        return point, after[hexadecimal.end() :]
    broken = _BROKEN_HEX.match(after)
    raise GoPatternError("invalid escape sequence", "\\" + (broken[0] if broken else letter))


def character_class(text: str) -> tuple[tuple[Range, ...], str] | None:
    """Return the class that an escape at the start of `text` names, and what follows; None where there is none.

    Raises `GoPatternError`, and `NotTranslatable` for a script.
    """
    letter = text[1:2]
    if text[0] != "\\" or not letter:
        return None
    if letter in "pP":
        return _unicode(text)
    ranges = PERL.get(letter.lower())
    if ranges is None:
        return None
    return (complement(ranges) if letter.isupper() else ranges), text[2:]


def posix_class(text: str) -> tuple[tuple[Range, ...], str] | None:
    """Return the class that `[:name:]` at the start of `text` names, and what follows; None where there is none.

    Raises `GoPatternError` for an unknown name.
    """
    end = text.find(":]", 2) if text.startswith("[:") and len(text) > 2 else -1
    if end < 0:
        return None
    name, after = text[2:end], text[end + 2 :]
    ranges = POSIX.get(name.removeprefix("^"))
    if ranges is None:
        raise GoPatternError("invalid character class range", text[: end + 2])
    return (complement(ranges) if name.startswith("^") else ranges), after


def _unicode(text: str) -> tuple[tuple[Range, ...], str]:
    end = text.find("}") + 1 if text[2:3] == "{" else 3
    if end == 0 or len(text) < 3:
        raise GoPatternError("invalid character class range", text)
    name = text[3 : end - 1] if text[2] == "{" else text[2]
    negated = (text[1] == "P") != name.startswith("^")
    ranges = unicode_category(name.removeprefix("^"))
    if ranges is None and not _SCRIPT.fullmatch(name.removeprefix("^")):
        raise GoPatternError("invalid character class range", text[:end])
    if ranges is None:
        raise NotTranslatable(f"the sandbox cannot match {text[:end]}, only general categories such as \\p{{Lu}}")
    return (complement(ranges) if negated else ranges), text[end:]
