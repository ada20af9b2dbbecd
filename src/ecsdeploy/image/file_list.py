"""Names of files in a message: the first of them, one a line, and how many more there are."""

from __future__ import annotations

from collections.abc import Sequence

SHOWN = 5


def listed(title: str, names: Sequence[str], *, shown: int = SHOWN) -> str:
    """Return `title` and below it at most `shown` of the names, and the number of the rest."""
    more = [f"  and {len(names) - shown} more"] if len(names) > shown else []
    return "\n".join([title, *(f"  {name}" for name in names[:shown]), *more])
