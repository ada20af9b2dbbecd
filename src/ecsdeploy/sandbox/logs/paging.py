"""Tokens that say where the next page begins."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ecsdeploy.sandbox.wire import AwsError

Item = TypeVar("Item")


def token_for(*place: Any) -> str:
    """Return an opaque token for a place."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def place_of(token: str) -> list[Any]:
    """Return the place that a token stands for. Raises AWS's error for a token that is none."""
    try:
        place = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, binascii.Error):
        place = None
    if not isinstance(place, list):
        raise bad_token()
    return place


def bad_token() -> AwsError:
    """Return AWS's error for a token that it never gave."""
    return AwsError("InvalidParameterException", "The specified nextToken is invalid.")


def page(
    items: Sequence[Item], key: Callable[[Item], tuple[Any, ...]], token: str | None, limit: int
) -> tuple[list[Item], str | None]:
    """Return one page of sorted items and the token of the next one.

    The token names the last item given, so that items that come or go between two pages move nothing.
    """
    start = 0
    if token is not None:
        last = tuple(place_of(token))
        descending = len(items) > 1 and key(items[0]) > key(items[-1])
        try:
            start = sum(key(item) >= last if descending else key(item) <= last for item in items)
        except TypeError:
            raise bad_token() from None
    chosen = list(items[start : start + limit])
    more = start + limit < len(items)
    return chosen, token_for(*key(chosen[-1])) if more and chosen else None
