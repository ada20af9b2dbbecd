"""The outputs of a step: what a later step may need of a run."""

from __future__ import annotations

from collections.abc import Mapping

from ecsdeploy.core.record import Record
from ecsdeploy.errors import ExitCode
from ecsdeploy.events import Output

_OUTCOMES: Mapping[int, str] = {
    ExitCode.DONE: "succeeded",
    ExitCode.USAGE: "invalid",
    ExitCode.REFUSED: "refused",
    ExitCode.ROLLED_BACK: "rolled-back",
    ExitCode.FAILED: "failed",
    ExitCode.TIMED_OUT: "timed-out",
    ExitCode.SUPERSEDED: "superseded",
    ExitCode.PAUSED: "paused",
    ExitCode.BUSY: "busy",
    ExitCode.CHANGES: "changes",
    ExitCode.STOPPED: "stopped",
    ExitCode.NOTHING_PROVEN: "empty",
    ExitCode.OBJECTIVE_MISSED: "objective-missed",
    ExitCode.HUNG_UP: "interrupted",
    ExitCode.INTERRUPTED: "interrupted",
    ExitCode.TERMINATED: "interrupted",
}
"""The outcome in one word where no deployment was judged; the others are the verdict's own."""


def outputs_of(record: Record) -> dict[str, str]:
    """Return the step's outputs by name: what is known, and how the run ended.

    Empty for a command that only shows something.
    """
    # Of several addresses, the first.
    results = {each.name: each.value for each in reversed(record.results)}
    known = results | {each.name: each.value for each in record.events if isinstance(each, Output) and each.value}
    deployment = record.outcome.facts.get("deployment") if record.outcome is not None else None
    if deployment:
        known["deployment-arn"] = deployment
    _, at, digest = known.get("image", "").partition("@")
    if at:
        known["digest"] = digest
    if not known and record.outcome is None and record.error is None:
        return {}
    return known | {"outcome": outcome_of(record)}


def outcome_of(record: Record) -> str:
    """Return in one word how a run ended: the verdict on its deployment, else what its exit code means."""
    if record.outcome is not None and record.outcome.verdict and record.error is None:
        return record.outcome.verdict
    return _OUTCOMES.get(record.exit_code, "error")
