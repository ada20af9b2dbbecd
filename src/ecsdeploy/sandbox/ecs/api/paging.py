"""Pages of ECS's lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ecsdeploy.sandbox.ecs.api.lookup import invalid
from ecsdeploy.sandbox.paging import BadTokenError, Item, Place, next_page


def page(
    items: Sequence[Item],
    params: Mapping[str, Any],
    *,
    size: int = 100,
    limit: int = 100,
    place: Callable[[Item], Place] = lambda item: (item,),
    descending: bool = False,
) -> tuple[list[Item], dict[str, str]]:
    """Return one page of sorted `items` and the answer's nextToken, if there is a next page.

    Raises InvalidParameterException for a maxResults over `limit`, and for a token that was never given.
    """
    count = params.get("maxResults", size)
    if not 1 <= count <= limit:
        raise invalid(f"maxResults must be between 1 and {limit}.")
    try:
        shown, token = next_page(items, place, params.get("nextToken"), count, descending=descending)
    except BadTokenError:
        raise invalid("Invalid token.") from None
    return shown, {"nextToken": token} if token else {}
