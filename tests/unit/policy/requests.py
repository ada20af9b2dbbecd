"""Requests that a policy was written for: one for each action and each resource of each statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ecsdeploy.policy import Document, listed
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.evaluate import Request

Context = dict[str, str | tuple[str, ...]]


def concrete(pattern: str) -> str:
    """Return one text that a pattern stands for."""
    return pattern.replace("??????", "a1B2c3").replace("*", "0123456789abcdef")


def requests(document: Document, place: Place) -> Iterator[Request]:
    """Yield what each statement is there to allow, with the condition keys that it asks for."""
    for statement in document["Statement"]:
        for action in listed(statement["Action"]):
            for pattern in listed(statement["Resource"]):
                resource = "*" if pattern == "*" else concrete(pattern)
                yield Request(action, resource, _context(statement.get("Condition", {}), place))


def _context(condition: Mapping[str, Mapping[str, Any]], place: Place) -> Context:
    context: Context = {"aws:RequestedRegion": place.region}
    for operator, keys in condition.items():
        for key, values in keys.items():
            if operator == "Null":
                if values == "false":
                    context.setdefault(key, "something")
            elif not operator.startswith("StringNot"):
                found = tuple(concrete(value) for value in listed(values))
                context[key] = found if operator.startswith("ForAllValues") else found[0]
    return context
