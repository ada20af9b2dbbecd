"""Pages of a list, and the tokens that lead to the next one."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from ecsdeploy.sandbox.ecs.api.lookup import invalid


def page(
    items: Sequence[str], params: Mapping[str, Any], *, size: int = 100, limit: int = 100
) -> tuple[list[str], dict[str, str]]:
    """Return one page of sorted `items` and the answer's nextToken, if there is a next page.

    A token names the last item that was returned, so that a list that changes meanwhile neither repeats nor skips.
    """
    count = params.get("maxResults", size)
    if not 1 <= count <= limit:
        raise invalid(f"maxResults must be between 1 and {limit}.")
    start = 0
    if params.get("nextToken"):
        after = _read(params["nextToken"])
        start = next((i + 1 for i, item in enumerate(items) if item == after), len(items))
    shown = list(items[start : start + count])
    more = start + count < len(items)
    return shown, {"nextToken": _write(shown[-1])} if more else {}


def _write(item: str) -> str:
    return base64.urlsafe_b64encode(item.encode()).decode()


def _read(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise invalid("Invalid token.") from None
