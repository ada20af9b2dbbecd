"""Fakes with names for what goes wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self, at: float = 0.0) -> None:
        self.seconds = at
        self.slept: list[float] = []

    def now(self) -> datetime:
        """Return the time."""
        return datetime(2026, 11, 23, 9, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """Return the seconds that were slept."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.slept.append(seconds)
        self.seconds += seconds
