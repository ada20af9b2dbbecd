"""Before a deployment: refuses a commit that is older than the one that runs."""

from __future__ import annotations

from collections.abc import Mapping

from ecsdeploy.core.account import Account
from ecsdeploy.core.older import Commit, age, commit_of, doubt, older
from ecsdeploy.core.plan import Plan
from ecsdeploy.core.target import Target
from ecsdeploy.github.environment import read_runner
from ecsdeploy.image.ancestry import Lineage


def commit_here(commit: str, lineage: Lineage, environ: Mapping[str, str]) -> Commit:
    """Return `commit` ("": not known) with what this checkout and this CI run know of it."""
    return Commit(id=commit, at=lineage.time(commit), ref=read_runner(environ).ref)


def require_newer(target: Target, ours: Commit, account: Account, plan: Plan, lineage: Lineage) -> str:
    """Return a doubt to tell, or "". Raises `Refused` if `plan` would deploy `ours` over a newer commit.

    While a deployment is in flight, what it brings counts as running.
    """
    running = account.running
    if running is None or not any(each.ref.kind == "service" and each.steps for each in plan.decisions):
        return ""
    theirs = commit_of(running)
    both = ours.id and theirs.id and ours.id != theirs.id
    found = age(ours, theirs, lineage.relation(ours.id, theirs.id) if both else "unknown")
    if found in ("older", "older by time"):
        raise older(target, ours, theirs, found)
    return doubt(target, ours, theirs, found)
