"""Pages of a list, and the tokens between them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ecsdeploy.sandbox.ecr.errors import invalid

Item = TypeVar("Item")

PAGE = 100
"""Results of a page where maxResults is not given."""


def page(
    items: Sequence[Item], key: Callable[[Item], str], params: dict[str, Any], *, default: int = PAGE
) -> tuple[list[Item], dict[str, str]]:
    """Return one page of items that are sorted by `key`, and `nextToken` where there are more.

    The token names the last item given, so that items that come or go between two pages move nothing.
    """
    start = 0
    if token := params.get("nextToken"):
        last = _decoded(token)
        start = sum(key(item) <= last for item in items)
    chosen = list(items[start : start + (params.get("maxResults") or default)])
    more = start + len(chosen) < len(items)
    return chosen, {"nextToken": base64.urlsafe_b64encode(key(chosen[-1]).encode()).decode()} if more else {}


def _decoded(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise invalid("nextToken", "Invalid token") from None
