"""A policy with what the config needs added to it: nothing that a running or an older revision needs is taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ecsdeploy.policy import Document, listed


def widened(policy: Document, wanted: Document) -> Document:
    """Return `policy` with the statements of `wanted` added; those of the same `Sid`, effect and action are joined.

    A statement whose `Sid` has another one gets a number behind it: IAM refuses a `Sid` that is there twice.
    """
    statements = _statements(policy)
    for needed in wanted["Statement"]:
        found = next((each for each in statements if _same(each, needed)), None)
        if found is None:
            statements.append({**needed, "Sid": _free(needed["Sid"], statements)})
        else:
            found.update(_joined(found, needed))
    return {**policy, "Statement": statements}


def beyond(policy: Document, wanted: Document) -> tuple[str, ...]:
    """Return what `policy` allows and `wanted` does not need, in words: `ssm:GetParameters on arn:...`."""
    return tuple(dict.fromkeys(_beyond(policy, wanted)))


def _beyond(policy: Document, wanted: Document) -> Iterator[str]:
    for each in _statements(policy):
        alike = [needed for needed in wanted["Statement"] if _same(each, needed)]
        needed = {text for one in alike for text in listed(one.get("Resource"))}
        actions = " and ".join(map(str, listed(each.get("Action", "everything but some actions"))))
        for resource in listed(each.get("Resource", "everything but some resources")):
            if each.get("Effect") == "Allow" and resource not in needed:
                yield f"{actions} on {resource}"


def _statements(policy: Document) -> list[dict[str, Any]]:
    return [dict(each) for each in listed(policy.get("Statement", [])) if isinstance(each, Mapping)]


def _same(one: Document, needed: Document) -> bool:
    """Return whether a statement is the needed one, which may have got a number."""
    sid, known = str(one.get("Sid", "")), str(needed["Sid"])
    number = sid.removeprefix(known)
    alike = sid == known or (sid.startswith(known) and number.isdecimal())
    return alike and one.get("Effect") == needed["Effect"] and _actions(one) == _actions(needed)


def _actions(statement: Document) -> list[str]:
    return sorted(map(str, listed(statement.get("Action"))))


def _free(sid: str, statements: list[dict[str, Any]]) -> str:
    taken = {each.get("Sid") for each in statements}
    names = (sid, *(f"{sid}{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _joined(found: Document, needed: Document) -> dict[str, Any]:
    """Return both in one: every text or list of texts as the union of the two."""
    result = dict(found)
    for key, value in needed.items():
        before = found.get(key)
        if key == "Sid":
            continue
        if isinstance(value, Mapping):
            result[key] = _joined(before if isinstance(before, Mapping) else {}, value)
        elif before is None:
            result[key] = value
        elif missing := [each for each in listed(value) if each not in listed(before)]:
            result[key] = sorted([*listed(before), *missing])
    return result
