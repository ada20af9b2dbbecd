"""`ecsdeploy prune`: delete what nothing runs and no rollback needs. Read, decide, show, ask, delete."""

from __future__ import annotations

from ecsdeploy.core.plan import Plan
from ecsdeploy.core.pruning import Pruning, make_pruning
from ecsdeploy.core.upkeep import RECONCILE
from ecsdeploy.events import Outcome
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.carry_out import applier, consent
from ecsdeploy.workflow.stock import read_stock
from ecsdeploy.workflow.tell import tell_removal


def prune(run: Run, pruning: Pruning) -> None:
    """Deregister what `pruning` does not keep, and delete what it says. Raises `Refused` without consent."""

    def plan() -> Plan:
        return make_pruning(pruning, read_stock(run, pruning))

    title, what = pruning.target.title, plan()
    going = tell_removal(run, what, f"Resources of {title} in {pruning.target.region} to prune:")
    if not going:
        run.report(Outcome(True, f"Nothing to prune for {title}."))
        return
    consent(run, what.decisions)
    run.journal.resume = f"Run the same `ecsdeploy prune{pruning.target.env_option}` again: it continues from here."
    applier(run, pruning.target, RECONCILE, plan).apply(what)
    run.report(Outcome(True, f"Pruned {title}: {'; '.join(each.detail for each in going)}."))
