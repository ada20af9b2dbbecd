"""Pages of a list, and the tokens that lead from one to the next.

A token names the last item that was given, so that a list in which items come and go meanwhile neither repeats nor
skips any. It is sealed: what this process did not write is no token, as on AWS, where tokens are encrypted.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")
Place = tuple[Any, ...]
"""Where an item stands: numbers, strings and truth values that are compared one after the other."""

_KEY = secrets.token_bytes(16)
_SEAL = 8


class BadTokenError(ValueError):
    """A token that was never given, at least not for such a list."""


def write_token(place: Place) -> str:
    """Return an opaque token for a place."""
    text = json.dumps(place).encode()
    return base64.urlsafe_b64encode(_seal(text) + text).decode().rstrip("=")


def read_token(token: str) -> Place:
    """Return the place that a token stands for. Raises `BadTokenError`."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadTokenError(token) from None
    if not hmac.compare_digest(raw[:_SEAL], _seal(raw[_SEAL:])):
        raise BadTokenError(token)
    return tuple(json.loads(raw[_SEAL:]))


def next_page(
    items: Sequence[Item], place: Callable[[Item], Place], token: str | None, size: int, *, descending: bool = False
) -> tuple[list[Item], str | None]:
    """Return one page of `items`, which are sorted by `place`, and the next page's token where there is one.

    Raises `BadTokenError`.
    """
    start = 0
    if token:
        last = read_token(token)
        try:
            start = sum(place(item) >= last if descending else place(item) <= last for item in items)
        except TypeError:
            raise BadTokenError(token) from None
    shown = list(items[start : start + size])
    more = shown and start + size < len(items)
    return shown, write_token(place(shown[-1])) if more else None


def _seal(text: bytes) -> bytes:
    return hmac.digest(_KEY, text, "sha256")[:_SEAL]
