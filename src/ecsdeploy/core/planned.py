"""A decision that was not carried out, as an event: what would be done to one resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ecsdeploy.changes import Action, Planned, PlannedAction, PlanSummary
from ecsdeploy.core.things.outcome import Decision

_ACTIONS: Mapping[Action, PlannedAction] = {
    "created": "create",
    "updated": "update",
    "deregistered": "deregister",
    "deleted": "delete",
    "ran": "run",
}


def planned(decision: Decision) -> Planned:
    """Return what would be done, and with which calls; `unchecked` names the missing permission."""
    ref, steps = decision.ref, decision.steps
    if decision.hidden is not None and not steps:
        return Planned(ref.kind, ref.name, "unchecked", detail=str(decision.hidden))
    if not steps:
        return Planned(ref.kind, ref.name, "unchanged", detail=decision.detail)
    changes = tuple(replace(change, after=_plain(change.after)) for step in steps for change in step.changes)
    return Planned(
        ref.kind,
        ref.name,
        _ACTIONS[steps[0].action],
        changes=changes,
        detail=steps[0].detail.replace("{id} in ", "in "),
        calls=tuple(step.call for step in steps),
    )


def summary(told: Sequence[Planned], then: str, by: str = "ecsdeploy deploy") -> PlanSummary:
    """Return how many resources a plan touches, what happens `then`, and which command does it."""
    count = {action: sum(each.action == action for each in told) for action in ("create", "update", "delete")}
    return PlanSummary(
        create=count["create"],
        update=count["update"],
        delete=count["delete"],
        unchanged=sum(each.action == "unchanged" for each in told),
        unchecked=sum(each.action == "unchecked" for each in told),
        then=then,
        by=by,
    )


def _plain(value: object) -> object:
    """Return the result of a change, in words if it is known only later."""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
