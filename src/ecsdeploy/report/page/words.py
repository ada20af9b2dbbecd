"""Times and verdicts as a page says them."""

from __future__ import annotations

from datetime import UTC, datetime

from ecsdeploy.core.record import Record
from ecsdeploy.errors import ExitCode

_WORDS = {
    ExitCode.USAGE: "not valid",
    ExitCode.REFUSED: "refused",
    ExitCode.BUSY: "busy",
    ExitCode.HUNG_UP: "interrupted",
    ExitCode.INTERRUPTED: "interrupted",
    ExitCode.TERMINATED: "terminated",
}
_BAD = frozenset({ExitCode.UNEXPECTED, ExitCode.ROLLED_BACK, ExitCode.FAILED, ExitCode.OBJECTIVE_MISSED})
_GOES_ON = ("submitted", "started", "healthy")
"""Verdicts on a deployment that ECS goes on with."""


def moment(at: datetime) -> str:
    """Return a time in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def clock(at: datetime) -> str:
    """Return a time of the day in UTC, to the second."""
    return f"{at.astimezone(UTC):%H:%M:%S}"


def verdict(record: Record) -> str:
    """Return how the run ended, in a word or two."""
    if record.error is None and record.outcome is not None and record.outcome.verdict:
        return record.outcome.verdict.replace("-", " ")
    if record.exit_code == 0:
        return "done"
    return next((word for code, word in _WORDS.items() if code == record.exit_code), "failed")


def tone(record: Record) -> str:
    """Return the page's colour for how it ended: `good`, `bad`, or `wait` where nothing is proven either way."""
    if record.exit_code == 0:
        return "wait" if record.outcome is not None and record.outcome.verdict in _GOES_ON else "good"
    return "bad" if record.exit_code in _BAD else "wait"
