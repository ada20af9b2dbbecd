"""The outputs of a step: what a later step may need of a run."""

from __future__ import annotations

from collections.abc import Mapping

from ecsdeploy.core.record import Record
from ecsdeploy.core.verdict import ENDS
from ecsdeploy.errors import ExitCode
from ecsdeploy.events import Output

_OUTCOMES: Mapping[int, str] = {
    **ENDS,
    ExitCode.USAGE: "invalid",
    ExitCode.REFUSED: "refused",
    ExitCode.BUSY: "busy",
    ExitCode.CHANGES: "changes",
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
