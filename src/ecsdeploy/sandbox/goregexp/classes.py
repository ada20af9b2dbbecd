"""Sets of characters as ranges of code points: Perl's, POSIX's and Unicode's classes, and their form in Python."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import groupby

Range = tuple[int, int]
"""First and last code point."""


def _ascii(*pieces: str) -> tuple[Range, ...]:
    """Return ranges: of `az` from a to z, of a single letter that one."""
    return tuple((ord(piece[0]), ord(piece[-1])) for piece in pieces)


PERL: Mapping[str, tuple[Range, ...]] = {
    "d": _ascii("09"),
    "s": _ascii("\t\n", "\f\r", " "),
    "w": _ascii("09", "AZ", "_", "az"),
}
POSIX: Mapping[str, tuple[Range, ...]] = {
    "alnum": _ascii("09", "AZ", "az"),
    "alpha": _ascii("AZ", "az"),
    "ascii": _ascii("\x00\x7f"),
    "blank": _ascii("\t", " "),
    "cntrl": _ascii("\x00\x1f", "\x7f"),
    "digit": _ascii("09"),
    "graph": _ascii("!~"),
    "lower": _ascii("az"),
    "print": _ascii(" ~"),
    "punct": _ascii("!/", ":@", "[`", "{~"),
    "space": _ascii("\t\r", " "),
    "upper": _ascii("AZ"),
    "word": _ascii("09", "AZ", "_", "az"),
    "xdigit": _ascii("09", "AF", "af"),
}
_CATEGORIES: Mapping[str, str] = {
    "C": "cfos",
    "L": "lmotu",
    "M": "cen",
    "N": "dlo",
    "P": "cdefios",
    "S": "ckmo",
    "Z": "lps",
}
"""Unicode's major classes -> the second letters of their categories (Cn, what is not assigned, is none to Go)."""


@cache
def unicode_category(name: str) -> tuple[Range, ...] | None:
    """Return a general category such as `Lu` or `N`, in any case, or None for any other name.

    The first call for a name takes a moment.
    """
    name = name.capitalize() if name.isascii() else ""
    if name == "Any":
        return ((0, sys.maxunicode),)
    if not name or name[0] not in _CATEGORIES or (len(name) > 1 and name[1:] not in _CATEGORIES[name[0]]):
        return None
    found: list[Range] = []
    for category, points in groupby(range(sys.maxunicode + 1), key=lambda point: unicodedata.category(chr(point))):
        if category.startswith(name) and category != "Cn":
            first = last = next(points)
            for last in points:  # noqa: B007  the last one is what counts
                pass
            found.append((first, last))
    return merged(found)


def merged(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Return the same set, sorted and with nothing twice."""
    out: list[Range] = []
    for first, last in sorted(ranges):
        if out and first <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(last, out[-1][1]))
        else:
            out.append((first, last))
    return tuple(out)


def complement(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Return all other code points."""
    out: list[Range] = []
    start = 0
    for first, last in merged(ranges):
        if first > start:
            out.append((start, first - 1))
        start = last + 1
    return (*out, (start, sys.maxunicode)) if start <= sys.maxunicode else tuple(out)


def source(ranges: Iterable[Range], *, negated: bool = False) -> str:
    """Return the set as a character class of Python's."""
    parts = "".join(_escaped(first) + ("-" + _escaped(last) if last > first else "") for first, last in merged(ranges))
    if not parts:
        return r"[\s\S]" if negated else r"[^\s\S]"
    return f"[{'^' if negated else ''}{parts}]"


def _escaped(point: int) -> str:
    return f"\\U{point:08x}"
