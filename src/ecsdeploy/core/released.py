"""What the release command has succeeded for: kept in a tag of the revisions, and handed on from one to the next.

A mark stands for an image and a command. The newest come first, and the oldest is dropped when the tag is full.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from ecsdeploy.core.account import Account
from ecsdeploy.core.image import Image
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.policy.grants.deploying import RELEASED

DIGITS = 12
KEPT = 19
"""So many marks, with spaces between them, are at most the 256 characters of a tag's value (ECS API, Tag)."""


def mark_of(wanted: Wanted) -> str:
    """Return the mark of the wanted image and the config's release command; "" without either of them."""
    release, image = wanted.target.config.release, wanted.image
    if release is None or not isinstance(image, Image):
        return ""
    text = json.dumps([wanted.target.names.family, image.digest, *release.command])
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def marks(account: Account) -> tuple[str, ...]:
    """Return the marks of the running and the newest revision, newest first."""
    found = [each.tags.get(RELEASED, "") for each in (account.newest, account.running) if each is not None]
    return _newest(mark for text in found for mark in text.split())


def handed_on(account: Account) -> dict[str, str]:
    """Return the tag with which a new revision remembers what its predecessors did."""
    kept = marks(account)
    return {RELEASED: " ".join(kept)} if kept else {}


def with_mark(account: Account, mark: str) -> str:
    """Return the tag's value with one more mark."""
    return " ".join(_newest((mark, *marks(account))))


def _newest(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, found)))[:KEPT]
