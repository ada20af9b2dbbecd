"""How long ago something was, as people say it."""

from __future__ import annotations

from datetime import datetime

UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def ago(then: datetime, now: datetime) -> str:
    """Return `2 h ago`, in whole units of the largest that fits; under a minute, and ahead of our clock, `just now`."""
    seconds = int((now - then).total_seconds())
    for size, unit in UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "just now"
