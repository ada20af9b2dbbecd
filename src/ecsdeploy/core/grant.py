"""A policy with what the config needs added to it: a deployment grants what is missing, and takes nothing back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.core.documents import listed
from ecsdeploy.policy import Document


def widened(policy: Document, wanted: Document) -> Document:
    """Return `policy` with the statements of `wanted` added; those of the same `Sid`, effect and action are joined."""
    statements = [dict(each) for each in listed(policy.get("Statement", [])) if isinstance(each, Mapping)]
    for needed in wanted["Statement"]:
        found = next((each for each in statements if _same(each, needed)), None)
        if found is None:
            statements.append(dict(needed))
        else:
            found.update(_joined(found, needed))
    return {**policy, "Statement": statements}


def _same(one: Document, other: Document) -> bool:
    alike = all(one.get(key) == other.get(key) for key in ("Sid", "Effect"))
    return alike and sorted(listed(one.get("Action"))) == sorted(listed(other.get("Action")))


def _joined(found: Document, needed: Document) -> dict[str, Any]:
    """Return both in one: every text or list of texts as the union of the two."""
    result = dict(found)
    for key, value in needed.items():
        before = found.get(key)
        if isinstance(value, Mapping):
            result[key] = _joined(before if isinstance(before, Mapping) else {}, value)
        elif before is None:
            result[key] = value
        elif missing := [each for each in listed(value) if each not in listed(before)]:
            result[key] = sorted([*listed(before), *missing])
    return result
