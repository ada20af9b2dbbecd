"""Policy documents compared by meaning.

IAM answers with the document that was written, but a console or another tool writes one value as a string where we
write a list, and orders keys, actions and statements as it likes. None of that is a difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ecsdeploy.changes import Change
from ecsdeploy.policy import listed


def document_changes(before: Mapping[str, Any] | None, after: Mapping[str, Any], path: str) -> tuple[Change, ...]:
    """Return what differs between two policy documents, statement by statement, with paths below `path`."""
    if before is None:
        return (Change(path, None, _summary(after)),)
    old, new = _flat(before), _flat(after)
    return tuple(
        change
        for key in sorted(old.keys() | new.keys())
        for change in _value_changes(f"{path}.{key}", old.get(key, ()), new.get(key, ()))
    )


def _value_changes(path: str, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Change]:
    """Yield one change per removed or added value: a list of twenty with one more is not forty values to compare."""
    gone, come = [value for value in old if value not in new], [value for value in new if value not in old]
    if len(gone) == len(come) == 1:
        yield Change(path, gone[0], come[0])
        return
    yield from (Change(path, value, None) for value in gone)
    yield from (Change(path, None, value) for value in come)


def _flat(document: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return every leaf of the document under its dotted path; statements go by Sid, or by their order."""
    flat = {f"{key}": _values(value) for key, value in document.items() if key != "Statement"}
    for position, statement in enumerate(listed(document.get("Statement", []))):
        # Two statements may lack a Sid, or share one by mistake: neither may hide the other.
        name = str(statement.get("Sid") or f"Statement[{position}]")
        name = name if not any(key.startswith(f"{name}.") for key in flat) else f"{name}[{position}]"
        for key, value in statement.items():
            if key != "Sid":
                flat.update(_leaves(f"{name}.{key}", value))
    return flat


def _leaves(path: str, value: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}", inner)
    else:
        yield path, _values(value)


def _values(value: Any) -> tuple[str, ...]:
    return tuple(sorted({_text(item) for item in listed(value)}))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _summary(document: Mapping[str, Any]) -> str:
    count = len(listed(document.get("Statement", [])))
    return f"{count} statement{'s' if count != 1 else ''}"
