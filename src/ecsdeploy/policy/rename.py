"""What a trust policy knows of a repository: its names, which a rename or a transfer changes, and its ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ecsdeploy.policy import Document, listed

_WHOLE = {"repository_id": "repository_ids", "repository_owner_id": "owner_ids"}


@dataclass(frozen=True)
class Trusted:
    """The repositories that a trust policy of GitHub's names (`OWNER/NAME`), and the ids that it demands."""

    names: tuple[str, ...] = ()
    repository_ids: tuple[str, ...] = ()
    owner_ids: tuple[str, ...] = ()


def trusted(document: Document) -> Trusted:
    """Return which repositories a trust policy names, each once; patterns are kept as they are."""
    found = list(_claims(document))
    names = (_plain(value) for claim, value in found if claim == "sub" and value.startswith("repo:"))
    ids = {name: tuple(dict.fromkeys(v for claim, v in found if claim == key)) for key, name in _WHOLE.items()}
    return Trusted(tuple(dict.fromkeys(names)), **ids)


def _claims(document: Document) -> Iterator[tuple[str, str]]:
    for statement in listed(document.get("Statement", [])):
        conditions = statement.get("Condition") if isinstance(statement, Mapping) else None
        for keys in conditions.values() if isinstance(conditions, Mapping) else ():
            for key, values in keys.items() if isinstance(keys, Mapping) else ():
                yield from ((key.rpartition(":")[2].lower(), str(value)) for value in listed(values))


def _plain(subject: str) -> str:
    """Return `OWNER/NAME` of a subject in either form."""
    owner, _, name = subject.removeprefix("repo:").partition(":")[0].partition("/")
    return f"{owner.partition('@')[0]}/{name.partition('@')[0]}"


def renamed(subject: str, old: str, new: str) -> str:
    """Return a subject of the repository `old` as it is once that is called `new`.

    The repository's id stays. The owner's does if the owner is the same; else it is not known here.
    """
    head, colon, context = subject.partition(":")[2].partition(":")
    owner, _, name = head.partition("/")
    (old_owner, _, old_name), (new_owner, _, new_name) = old.partition("/"), new.partition("/")
    if (owner.partition("@")[0], name.partition("@")[0]) != (old_owner, old_name):
        return subject
    owner_id, repository_id = owner.partition("@")[2], name.partition("@")[2]
    if owner_id and new_owner != old_owner:
        owner_id = f"ID-OF-{new_owner}"
    new_head = f"{_with(new_owner, owner_id)}/{_with(new_name, repository_id)}"
    return f"repo:{new_head}{colon}{context}"


def _with(name: str, number: str) -> str:
    return f"{name}@{number}" if number else name
