"""`ecsdeploy destroy`: nothing is wanted. Read, decide, show, ask, delete in reverse.

If a run was stopped, the next one finishes it: what is gone is no longer found, and the rest is as it was.
"""

from __future__ import annotations

from ecsdeploy.core.plan import Plan
from ecsdeploy.core.removal import Unwanted, make_removal
from ecsdeploy.core.target import Target
from ecsdeploy.core.upkeep import RECONCILE
from ecsdeploy.events import Outcome
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.carry_out import applier, consent
from ecsdeploy.workflow.remains import read_remains
from ecsdeploy.workflow.tell import counted, left, tell_removal


def destroy(run: Run, target: Target, *, images: bool = False, oidc_provider: bool = False) -> None:
    """Delete everything of `target` that carries the app's tags.

    Raises `Refused` without consent, `PermissionDenied` and `AwsError` if AWS refuses a deletion, `TimedOut` if
    the service's tasks do not stop.
    """
    unwanted = Unwanted(target=target, images=images, oidc_provider=oidc_provider)

    def plan() -> Plan:
        return make_removal(unwanted, read_remains(run, unwanted))

    removal = plan()
    going = tell_removal(run, removal, f"Resources of {unwanted.target.title} in {target.region} to delete:")
    if not going:
        run.report(Outcome(True, f"Nothing to destroy for {unwanted.target.title}."))
        return
    consent(run, removal.decisions)
    run.journal.resume = f"Run `ecsdeploy destroy{_again(unwanted)}` again: it continues from here."
    applier(run, target, RECONCILE, plan).apply(removal)
    run.report(Outcome(True, f"Destroyed {unwanted.target.title}: {counted(going)} deleted.", left(removal)))


def _again(unwanted: Unwanted) -> str:
    images = " --images" if unwanted.images else ""
    return f"{unwanted.target.env_option}{images}{' --oidc-provider' if unwanted.oidc_provider else ''}"
