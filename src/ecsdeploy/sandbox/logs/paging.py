"""Pages of the lists of CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ecsdeploy.sandbox.paging import BadTokenError, Item, Place, next_page, read_token
from ecsdeploy.sandbox.wire import AwsError


def place_of(token: str) -> Place:
    """Return the place that a token stands for. Raises AWS's error for a token that is none."""
    try:
        return read_token(token)
    except BadTokenError:
        raise bad_token() from None


def bad_token() -> AwsError:
    """Return AWS's error for a token that it never gave."""
    return AwsError("InvalidParameterException", "The specified nextToken is invalid.")


def page(
    items: Sequence[Item], key: Callable[[Item], Place], token: str | None, limit: int, *, descending: bool = False
) -> tuple[list[Item], str | None]:
    """Return one page of sorted items and the token of the next one. Raises AWS's error for a token that is none."""
    try:
        return next_page(items, key, token, limit, descending=descending)
    except BadTokenError:
        raise bad_token() from None
