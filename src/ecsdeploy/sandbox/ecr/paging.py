"""Pages of ECR's lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ecsdeploy.sandbox.ecr.errors import invalid
from ecsdeploy.sandbox.paging import BadTokenError, Item, next_page

PAGE = 100
"""Results of a page where maxResults is not given."""


def page(
    items: Sequence[Item], key: Callable[[Item], str], params: dict[str, Any], *, default: int = PAGE
) -> tuple[list[Item], dict[str, str]]:
    """Return one page of items that are sorted by `key`, and `nextToken` where there are more."""
    size = params.get("maxResults") or default
    try:
        chosen, token = next_page(items, lambda item: (key(item),), params.get("nextToken"), size)
    except BadTokenError:
        raise invalid("nextToken", "Invalid token") from None
    return chosen, {"nextToken": token} if token else {}
