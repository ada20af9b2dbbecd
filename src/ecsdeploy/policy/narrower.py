"""Whether one policy lets in, or allows, no more than another.

What is said is certain, not complete: where two documents cannot be compared statement by statement (an unknown
operator, a `Deny`), they are neither narrower nor wider but "other". A document that is narrower allows nothing that
the wider one does not, whatever the request; the other way round nothing is promised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from ecsdeploy.policy import Document, listed

Relation = Literal["same", "narrower", "wider", "other"]

_EXACT = {"stringequals", "arnequals"}
_LIKE = {"stringlike": {"stringlike", "stringequals"}, "arnlike": {"arnlike", "arnequals"}}
"""Operators that take wildcards, and those whose values they may cover."""
_PARTS = 6
_WILD = re.compile(r"[*?]")
_LISTED = ("Action", "Resource")
_KNOWN = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}


def relation(document: Document, other: Document) -> Relation:
    """Return what `document` is, compared with `other`: "narrower" if all that it allows is allowed by `other`."""
    within, around = covers(other, document), covers(document, other)
    if within and around:
        return "same"
    return "narrower" if within else "wider" if around else "other"


def covers(wide: Document, narrow: Document) -> bool:
    """Return whether it is certain that `wide` allows everything that `narrow` does."""
    if wide.get("Version") != narrow.get("Version") and "${" in f"{wide}{narrow}":
        return False  # only one of the two has variables
    allowed, denied = _by_effect(wide)
    needed, refused = _by_effect(narrow)
    kept = all(any(_covers(each, one) and _covers(one, each) for one in refused) for each in denied)
    return kept and all(any(_covers(one, each) for one in allowed) for each in needed)


def _by_effect(document: Document) -> tuple[list[Document], list[Document]]:
    """Return the statements that allow, one for each of their principals, and those that deny."""
    statements = [each for each in listed(document.get("Statement", [])) if isinstance(each, Mapping)]
    allowed = [one for each in statements if each.get("Effect") == "Allow" for one in _split(each)]
    return allowed, [each for each in statements if each.get("Effect") != "Allow"]


def _split(statement: Document) -> Iterator[Document]:
    """Yield the statement for each single action and resource: two statements may be one elsewhere."""
    parts: list[dict[str, Any]] = [dict(statement)]
    for name in _LISTED:
        parts = [{**part, name: one} if name in part else part for part in parts for one in listed(part.get(name))]
    yield from parts


def _covers(wide: Document, narrow: Document) -> bool:
    """Return whether a statement surely applies to every request to which `narrow` applies."""
    rest = [{key: value for key, value in each.items() if key not in _KNOWN} for each in (wide, narrow)]
    if rest[0] != rest[1] or ("Resource" in wide) != ("Resource" in narrow):
        return False
    return (
        _among(wide.get("Action"), narrow.get("Action"), ignore_case=True)
        and _among(wide.get("Resource"), narrow.get("Resource"), parts=True)
        and _principals(wide.get("Principal"), narrow.get("Principal"))
        and _conditions(wide.get("Condition") or {}, narrow.get("Condition") or {})
    )


def _among(wide: Any, narrow: Any, *, ignore_case: bool = False, parts: bool = False) -> bool:
    patterns, texts = (
        [str(each).lower() if ignore_case else str(each) for each in listed(value)] for value in (wide, narrow)
    )
    return all(any(contains(pattern, text, parts=parts) for pattern in patterns) for text in texts)


def _principals(wide: Any, narrow: Any) -> bool:
    if wide in (narrow, "*"):
        return True
    if not (isinstance(wide, Mapping) and isinstance(narrow, Mapping)):
        return False
    return all(
        value in listed(wide.get(kind, [])) or (kind == "AWS" and "*" in listed(wide.get(kind, [])))
        for kind, values in narrow.items()
        for value in listed(values)
    )


def _conditions(wide: Document, narrow: Document) -> bool:
    """Return whether every condition of `wide` follows from one of `narrow`, which may have more of them."""
    tests = list(_tests(narrow))
    return all(any(_follows(test, one) for one in tests) for test in _tests(wide))


Condition = tuple[str, str, tuple[str, ...]]
"""An operator and a key in lower case, and the values."""


def _tests(condition: Document) -> Iterator[Condition]:
    for operator, keys in condition.items():
        for key, values in keys.items():
            yield operator.lower(), key.lower(), tuple(map(str, listed(values)))


def _follows(wide: Condition, narrow: Condition) -> bool:
    (operator, key, values), (given, same, texts) = wide, narrow
    if key != same:
        return False
    if operator == given and set(values) == set(texts):
        return True
    if operator in _EXACT:
        return operator == given and set(texts) <= set(values)
    if operator not in _LIKE or given not in _LIKE[operator]:
        return False
    literal = given in _EXACT
    test = _arn_contains if operator == "arnlike" else contains
    return all(any(test(value, text, literal=literal) for value in values) for text in texts)


def _arn_contains(pattern: str, text: str, *, literal: bool) -> bool:
    """Return the same for ARNs, of which each of the six parts is compared for itself."""
    wide, narrow = pattern.split(":", _PARTS - 1), text.split(":", _PARTS - 1)
    return len(wide) == len(narrow) and all(
        contains(one, part, literal=literal) for one, part in zip(wide, narrow, strict=True)
    )


def contains(pattern: str, text: str, *, literal: bool = False, parts: bool = False) -> bool:
    """Return whether every text that `text` matches (`*` any characters, `?` one) is surely matched by `pattern`.

    With `literal`, the wildcards in `text` are characters. With `parts`, they are those of a Resource element, which
    stay between two colons unless at their end (`patterns.py`). Variables in braces are equal only to themselves.
    """
    if pattern == text:
        return True
    if not _WILD.search(pattern) or "${" in pattern or "${" in text:
        return False
    reached = _stars(pattern, {0})
    for char in text:
        reached = _stars(pattern, set(_through(pattern, reached, "" if literal and char == "*" else char, parts)))
    return len(pattern) in reached


def _through(pattern: str, places: set[int], char: str, parts: bool) -> Iterator[int]:
    """Yield where `pattern` may be after one more character of a text; "" is a `*` that is only a character."""
    for place in places:
        if place == len(pattern):
            continue
        here, beyond = pattern[place], not parts or pattern[place + 1 : place + 2] in ("", ":")
        if here == "*" and (beyond or char not in ("*", ":")):
            yield place
        elif (here == "?" and char != "*" and (char != ":" or not parts)) or (here == char and here != "*"):
            yield place + 1


def _stars(pattern: str, places: set[int]) -> set[int]:
    """Return `places` with those that are reached by letting a `*` stand for nothing."""
    found = set(places)
    for place, char in enumerate(pattern):
        if char == "*" and place in found:
            found.add(place + 1)
    return found
