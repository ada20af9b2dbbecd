"""How long ago something was, always in the same form."""

from __future__ import annotations

from datetime import datetime


def age(then: datetime, now: datetime) -> str:
    """Return the time between the two in its largest unit: 12s, 5m, 3h, 9d; 0s for a time in the future."""
    whole = max(0, int((now - then).total_seconds()))
    for unit, size, limit in (("s", 1, 60), ("m", 60, 3600), ("h", 3600, 2 * 86_400)):
        if whole < limit:
            return f"{whole // size}{unit}"
    return f"{whole // 86_400}d"


def ago(then: datetime, now: datetime) -> str:
    """Return that for a sentence: `5m ago`."""
    return f"{age(then, now)} ago"
