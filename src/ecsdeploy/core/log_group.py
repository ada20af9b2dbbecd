"""The log group and how long it keeps events."""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.changes import Change


@dataclass(frozen=True)
class LogGroup:
    """A log group; `retention_days` None: events are kept for ever. `arn` is the one without `:*`.

    `stored_bytes` is what it holds, `created_at` milliseconds since the epoch.
    `protected`: CloudWatch Logs refuses to delete it (deletionProtectionEnabled).
    """

    name: str
    arn: str
    retention_days: int | None = None
    stored_bytes: int = 0
    created_at: int | None = None
    protected: bool = False


def log_group_changes(now: LogGroup, retention_days: int) -> tuple[Change, ...]:
    """Return what to change."""
    if now.retention_days == retention_days:
        return ()
    return (Change("retentionInDays", now.retention_days, retention_days),)
