"""Whether the wanted number of tasks runs, if there is no deployment to judge: only ECS's counts exist then."""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.core.service import Service
from ecsdeploy.core.verdict import Verdict

CAUGHT_UP_SECONDS = 15.0
"""How long DescribeServices may show a service as it was before the update: its old count is no proof of the new."""


@dataclass(frozen=True, kw_only=True)
class Awaits:
    """How many tasks are waited for. With a `task_definition` they are of that revision, and none of them proves
    nothing; without one the count itself is what was asked for, whatever runs.
    """

    count: int
    task_definition: str = ""


def judge_count(now: Service | None, wanted: Awaits, *, waited: float) -> Verdict | None:
    """Return the verdict on a service as it is now; None while there is more to wait for.

    `waited` is the seconds waited so far.
    """
    if now is None:
        return None
    primary = now.primary
    if wanted.task_definition and primary and primary.task_definition not in ("", wanted.task_definition):
        return Verdict(kind="superseded", reason=f"{primary.id} rolls out another revision")
    if now.desired != wanted.count:
        if waited < CAUGHT_UP_SECONDS:
            return None
        if not wanted.task_definition:
            return Verdict(kind="superseded", reason=f"its count was set to {now.desired} meanwhile")
    if not _enough(now, exact=wanted.task_definition != ""):
        return None
    return Verdict(kind="succeeded" if now.desired or not wanted.task_definition else "empty")


def _enough(now: Service, *, exact: bool) -> bool:
    """Return whether enough tasks run. While a deployment is under way there are more of them: of old and of new."""
    primary = now.primary
    moving = primary is not None and primary.rollout_state == "IN_PROGRESS"
    if moving and now.desired and not exact:
        return now.running >= now.desired
    return now.running == now.desired and not now.pending


def still(running: int, wanted: int) -> str:
    """Return how far it has come, in words."""
    tasks = "task" if running == 1 else "tasks"
    return f"{running} of {wanted} tasks run" if running <= wanted else f"{running} {tasks} still run, of {wanted}"
