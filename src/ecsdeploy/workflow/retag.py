"""Gives the source's tag to an image of the same content, so that it is neither built nor pushed again."""

from __future__ import annotations

from ecsdeploy.core.account import Account
from ecsdeploy.core.plan import make_plan
from ecsdeploy.core.target import Target
from ecsdeploy.core.upkeep import FILL
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.errors import PermissionDenied
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.carry_out import applier, replanning
from ecsdeploy.workflow.read import Need, read
from ecsdeploy.workflow.shipped import Shipped, built_alike
from ecsdeploy.workflow.source import Source


def retag(run: Run, target: Target, source: Source) -> Shipped | None:
    """Return the image of the service's revisions that has the same content, tagged; None if there is none.

    Credentials that may not look at the service can still build.
    """
    need = Need(parts=("image",), image=source.name.tag, content=source.content)

    def account() -> Account:
        return read(run.aws, target, run.clock, need)

    try:
        found = account()
    except PermissionDenied:
        return None
    if found.alike is None:
        return None
    shipped = built_alike(source, found.alike)
    wanted = Wanted(target=target, parts=("image",), image=shipped.image)
    run.journal.resume = "Run the same command again: nothing is tagged twice."
    applier(run, target, FILL, replanning(wanted, FILL, account)).apply(make_plan(wanted, found, FILL))
    return shipped
