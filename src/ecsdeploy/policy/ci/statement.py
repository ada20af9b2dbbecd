"""The statement that lets the tokens of one issuer in, and the checks that every CI's source shares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ecsdeploy.policy import VERSION, Document
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.github import SourceError, name_faults
from ecsdeploy.policy.size import require_trust_size

Claims = Mapping[str, str | Sequence[str]]
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ANY_UUID = "-".join("?" * length for length in (8, 4, 4, 4, 12))
"""IAM's pattern of one UUID: of this length and no other, so that nothing else can take its place."""


def federated(
    place: Place,
    issuer: str,
    sid: str,
    *,
    equal: Claims,
    patterns: Sequence[str] = (),
    if_known: Claims | None = None,
) -> dict[str, Any]:
    """Return a statement that requires `equal`, a `sub` like one of `patterns`, and `if_known` where IAM knows it."""
    condition: dict[str, dict[str, Any]] = {"StringEquals": _keys(issuer, equal)}
    if patterns:
        condition["StringLike"] = {f"{issuer}:sub": list(patterns)}
    if if_known:
        condition["StringEqualsIfExists"] = _keys(issuer, if_known)
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Federated": place.provider(issuer)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }


def document(statements: list[dict[str, Any]]) -> Document:
    """Return the trust policy of `statements`. Raises `PolicyError` if it is too long for IAM."""
    found = {"Version": VERSION, "Statement": statements}
    require_trust_size(found)
    return found


def require_named(table: str, **named: Iterable[str]) -> None:
    """Raise `SourceError` if a name (`branch=...`, `tag=...`) would let others in, or if there is none."""
    some = False
    for kind, names in named.items():
        for name in names:
            some = True
            for fault in name_faults(kind, name, table):
                raise fault
    if not some:
        raise SourceError(
            f"No {' and no '.join(named)} is named in [{table}]: nobody could deploy.",
            why="Each of them becomes a name that the role trusts.",
            fix='Write branches = ["main"].',
        )


def require_ids(table: str, pattern: re.Pattern[str] = _UUID, **ids: str) -> None:
    """Raise `SourceError` unless each is an id: by default a UUID in lower case."""
    for name, value in ids.items():
        if not pattern.fullmatch(value):
            raise SourceError(
                f"{name} = {value!r} in [{table}] is not an id.",
                why="The id keeps the role closed when somebody reuses a name.",
                fix=f"Write the {'UUID' if pattern is _UUID else 'number'} that the CI shows for it.",
            )


def require_slugs(table: str, pattern: str = r"[A-Za-z0-9][A-Za-z0-9._-]*", **slugs: str) -> None:
    """Raise `SourceError` unless each is a plain name: without a wildcard, a slash or a colon."""
    for name, value in slugs.items():
        if not re.fullmatch(pattern, value):
            raise SourceError(
                f"{name} = {value!r} in [{table}] is not a name.",
                why="A wildcard or a separator in it would trust others.",
                fix="Write it as the CI's address has it.",
            )


def _keys(issuer: str, claims: Claims) -> dict[str, Any]:
    return {f"{issuer}:{claim}": value if isinstance(value, str) else list(value) for claim, value in claims.items()}
