"""What is wrong with a policy, as a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ecsdeploy.policy import Document, listed

Severity = Literal["problem", "warning", "note"]
"""A `problem` lets strangers in, or keeps those who are meant out; a `warning` may become one; a `note` is something
that no policy shows, and has to be looked at elsewhere."""


@dataclass(frozen=True)
class Finding:
    """One rule that a document breaks: what was found, why it matters, and what to do. `rule` never changes."""

    rule: str
    severity: Severity
    what: str
    why: str
    fix: str


Statement = Mapping[str, Any]


def allowing(document: Document) -> list[Statement]:
    """Return the statements that allow something. What a Deny takes away again is not taken into account."""
    found = listed(document.get("Statement", []))
    return [each for each in found if isinstance(each, Mapping) and each.get("Effect") == "Allow"]


def texts(value: Any) -> list[str]:
    """Return the texts in one element of a statement; anything else in it is no text that IAM would compare."""
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in listed(value) if _is_plain(each)]


def conditions(statement: Statement) -> list[tuple[str, str, list[str]]]:
    """Return each condition as its operator, its key (both in lower case, as IAM compares them) and its values."""
    blocks = statement.get("Condition", {})
    return [
        (str(operator).lower(), str(key).lower(), texts(values))
        for operator, keys in (blocks.items() if isinstance(blocks, Mapping) else ())
        for key, values in (keys.items() if isinstance(keys, Mapping) else ())
    ]


def is_policy(document: object) -> bool:
    """Return whether there is anything to audit: an object with statements that are objects with an Effect."""
    if not isinstance(document, Mapping) or "Statement" not in document:
        return False
    return all(
        isinstance(each, Mapping) and each.get("Effect") in ("Allow", "Deny") for each in listed(document["Statement"])
    )


def no_policy() -> Finding:
    """Return the finding for what is not a policy at all."""
    return Finding(
        "malformed",
        "problem",
        "This is not a policy document.",
        "IAM expects an object with a Statement, and Allow or Deny as each statement's Effect.",
        "Give the JSON of the whole document.",
    )


def unique(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return each finding once, the worst first."""
    order = {"problem": 0, "warning": 1, "note": 2}
    return tuple(sorted(dict.fromkeys(findings), key=lambda each: order[each.severity]))


def _is_plain(value: object) -> bool:
    return isinstance(value, str | bool | int | float)
