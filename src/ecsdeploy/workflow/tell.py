"""A plan that deletes something, shown before the question."""

from __future__ import annotations

from ecsdeploy.changes import Planned, PlannedAction
from ecsdeploy.core.plan import Plan
from ecsdeploy.core.removal import is_going
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.events import Step
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.carry_out import tell_unchecked


def tell_removal(run: Run, plan: Plan, title: str) -> tuple[Decision, ...]:
    """Show what a plan deletes under `title`, and what it keeps and why; return what it deletes."""
    going = tuple(each for each in plan.decisions if is_going(each))
    if going:
        run.report(Step(title))
    for each in plan.decisions:
        if each.kept:
            run.report(Planned(each.ref.kind, each.ref.name, "keep", detail=each.kept, for_consent=True))
        elif each in going:
            calls = tuple(dict.fromkeys(step.call for step in each.steps))
            run.report(
                Planned(each.ref.kind, each.ref.name, _action(each), detail=each.detail, calls=calls, for_consent=True)
            )
    tell_unchecked(run, plan)
    return going


def counted(going: tuple[Decision, ...]) -> str:
    """Return the number of resources, in words."""
    return f"{len(going)} resource{'s' if len(going) > 1 else ''}"


def left(plan: Plan) -> dict[str, str]:
    """Return what is left afterwards, for those who read only the last lines."""
    kept = ", ".join(str(each.ref) for each in plan.decisions if each.kept)
    unchecked = ", ".join(str(each.ref) for each in plan.unchecked)
    return {name: value for name, value in (("kept", kept), ("not checked", unchecked)) if value}


def _action(decision: Decision) -> PlannedAction:
    return "deregister" if decision.steps and decision.steps[-1].action == "deregistered" else "delete"
