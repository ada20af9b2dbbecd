"""What a deployment that succeeded still has to show: `[smoke]`. If it fails, the service goes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ecsdeploy.core import interrupted
from ecsdeploy.core.smoke import Origin
from ecsdeploy.core.target import Target
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.errors import EcsdeployError
from ecsdeploy.events import Step
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.smoke import Hands, smoke_test

SHOWN = 3
"""How many of the things that are wrong are told."""
NOTHING_DEPLOYED = "Nothing was deployed, so nothing was rolled back."

GoBack = Callable[[], str]
"""Takes the service back; returns the name of the revision that it runs then. Raises `EcsdeployError`."""


@dataclass(frozen=True, kw_only=True)
class Passage:
    """What a deployment has to pass: what it was made from, and the way back (None: nothing was deployed)."""

    origin: Origin
    go_back: GoBack | None = None
    hands: Hands = field(default_factory=Hands)


def gate(run: Run, target: Target, verdict: Verdict, *, urls: Sequence[str], passage: Passage) -> Verdict:
    """Return `verdict` if `[smoke]` passes at `urls` or there is none; else what came of it, which is not reported.

    A failed test is "smoke-failed", whether or not the service could go back. One that could not be done is
    "unproven", and nothing is undone.
    """
    if target.config.smoke is None or verdict.kind != "succeeded":
        return verdict
    undo = run.journal.command("rollback") if passage.go_back is not None else ""
    run.journal.doing, run.journal.in_aws = "the smoke test", interrupted.smoke(target.names.service, undo=undo)
    smoked = smoke_test(run, target, urls, passage.origin, passage.hands)
    if smoked.passed:
        run.report(Step("Smoke test: passed"))
        return verdict
    if not smoked.wrong:
        return replace(verdict, kind="unproven", reason=_told(smoked.unasked))
    return replace(verdict, kind="smoke-failed", reason=f"{_told(smoked.wrong)}. {_gone_back(run, passage.go_back)}")


def _told(words: Sequence[str]) -> str:
    more = f"; and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return "; ".join(words[:SHOWN]) + more


def _gone_back(run: Run, go_back: GoBack | None) -> str:
    """Take the service back; return what came of it, in a sentence."""
    if go_back is None:
        return NOTHING_DEPLOYED
    run.report(Step("The smoke test failed: going back to what ran before"))
    try:
        return f"Rolled back to {go_back()}."
    except EcsdeployError as error:
        return f"Not rolled back: {error.what}"
