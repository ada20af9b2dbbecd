"""Where the time went, in two quiet lines."""

from __future__ import annotations

from collections.abc import Iterator

from ecsdeploy import events as e
from ecsdeploy.report.clean import clean
from ecsdeploy.report.line import Line

BRIEF_SECONDS = 20.0
"""A deployment that took no longer needs no explanation."""
WORTH_SECONDS = 2.0
"""What saves less is only in the report."""
NAMES = {
    "waiting": "waiting",
    "provisioning": "provisioning",
    "pull": "image pull",
    "start": "start",
    "healthy": "until healthy",
    "draining": "draining",
    "stopping": "stopping the old tasks",
}


def spent_lines(spent: e.TimeSpent) -> Iterator[Line]:
    """Yield where the time of a deployment went, and what would save most of it; nothing for a short one."""
    if spent.seconds <= BRIEF_SECONDS:
        return
    parts = ", ".join(f"{NAMES.get(part.name, clean(part.name))} {lasted(part.seconds)}" for part in spent.parts)
    yield Line(f"  time: {lasted(spent.seconds)}: {parts}", "fact")
    best = max(spent.savings, key=lambda each: each.seconds, default=None)
    if best is not None and best.seconds >= WORTH_SECONDS:
        yield Line(f"  faster: {clean(best.why)}: {clean(best.change)} saves up to {lasted(best.seconds)}", "fact")


def lasted(seconds: float) -> str:
    """Return a duration as people say it: `8.4 s`, `41 s`, `4 min 30 s`, `1 h 2 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return f"{whole} s"
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
