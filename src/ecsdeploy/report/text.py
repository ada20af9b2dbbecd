"""Events as lines of text: shared by plain lines and the terminal. Every outside text is cleaned here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from ecsdeploy import amounts, changes, facts, permits
from ecsdeploy import events as e
from ecsdeploy.errors import EcsdeployError
from ecsdeploy.report.card import card_lines
from ecsdeploy.report.checked import check_lines
from ecsdeploy.report.clean import clean, clean_lines, split_lines
from ecsdeploy.report.cost import cost_lines
from ecsdeploy.report.line import Line
from ecsdeploy.report.permits import permit_lines
from ecsdeploy.report.snapshot import snapshot_lines
from ecsdeploy.report.spent import spent_lines

NOTE = 100
MARKS = {"created": "+", "updated": "~", "unchanged": "=", "deregistered": "-", "deleted": "-", "ran": ">"}
PLANNED = {
    "create": "+",
    "update": "~",
    "unchanged": "=",
    "deregister": "-",
    "delete": "-",
    "run": ">",
    "keep": "=",
    "unchecked": "?",
}


def lines(event: e.Event, *, as_written: bool = False) -> Iterator[Line]:  # noqa: C901, PLR0912 - one flat table
    """Yield the lines that tell `event`; nothing for a `Result`, which goes to stdout instead, nor for an `Output`.

    `as_written`: what a program printed (a log, a build) stays as it is, since nobody is there whom it could harm.
    """
    printed = split_lines if as_written else clean_lines
    match event:
        case changes.Resource():
            yield from _resource(event)
        case changes.Planned():
            yield from _planned(event)
        case changes.PlanSummary():
            yield from _summary(event)
        case amounts.MonthlyCost():
            yield from (Line(clean(line.text), line.style) for line in cost_lines(event))
        case e.Step():
            yield Line(clean(event.text), "step")
        case e.Note():
            yield from (Line(line, "note") for line in clean_lines(event.text))
        case e.Warn():
            yield from (Line(line, "warn") for line in clean_lines("warning: " + event.text))
        case e.BuildLine():
            yield from (Line("  " + text, "build") for text in printed(event.text))
        case e.LayerProgress():
            yield Line(f"  {clean(event.layer)}: {clean(event.status)}{_bytes(event)}", "layer")
        case e.ServiceMessage():
            yield Line(f"{event.at:%H:%M:%S} {clean(event.text)}", "service")
        case e.TaskState():
            yield Line("  " + task_text(event), "bad" if event.note else "task")
        case e.RolloutState():
            yield Line(rollout_text(event), "rollout")
        case e.GaveUp():
            yield Line(clean(f"Giving up: {event.why}. {event.then}"), "note")
        case e.LogLine():
            yield from (Line(log_head(event) + text, "log") for text in printed(event.text))
        case e.FailureCard():
            yield from card_lines(event, printed)
        case e.Timeline():
            yield Line(f"{event.seconds:7.1f} s  {clean(event.text)}", "timeline")
        case e.Outcome():
            yield from _outcome(event)
        case e.TimeSpent():
            yield from spent_lines(event)
        case facts.Check():
            yield from check_lines(event)
        case e.Snapshot():
            yield from snapshot_lines(event)
        case e.Printed():
            yield from map(Line, clean_lines(event.text))
        case permits.Policy() | permits.Reason() | permits.PermitList():
            yield from (Line(clean(line.text), line.style) for line in permit_lines(event))
        case e.Result() | e.Output():
            return
        case _:
            assert_never(event)


def log_head(event: e.LogLine) -> str:
    """Return what stands before each line of a log event."""
    if event.shown != "log":
        return "" if event.shown == "output" else "  | "
    return f"{event.at.astimezone():%H:%M:%S} {clean(event.task)[:8]} {clean(event.container)} | "


def data(event: e.Event) -> bool:
    """Return whether the event is what the command was asked for, and belongs on stdout."""
    if isinstance(event, changes.Planned):
        return not event.for_consent
    if isinstance(event, e.LogLine):
        return event.shown != "progress"
    permitted = permits.Policy | permits.PermitList
    return isinstance(
        event, changes.PlanSummary | amounts.MonthlyCost | facts.Check | e.Snapshot | e.Printed | permitted
    )


def error_lines(error: EcsdeployError) -> Iterator[Line]:
    """Yield what happened, why, and what to do."""
    first, *rest = clean_lines(error.what)
    yield Line(f"error: {first}", "error")
    yield from (Line("  " + line, "error") for line in rest)
    yield from (Line("  " + line, "why") for line in clean_lines(error.why) if error.why)
    yield from (Line("  " + line, "fix") for line in clean_lines(error.fix) if error.fix)


def task_text(task: e.TaskState) -> str:
    """Return a task's state on one line."""
    parts = [f"task {clean(task.task)[:8]}", clean(task.status)]
    if task.health and task.health != "UNKNOWN":
        parts.append(clean(task.health))
    if task.revision:
        parts.append(clean(task.revision))
    return " ".join(parts) + (f": {_briefly(clean(task.note))}" if task.note else "")


def _briefly(note: str) -> str:
    """Return a stopped reason for one line of many; the failure card has all of it."""
    return note if len(note) <= NOTE else note[: NOTE - 3] + "..."


def rollout_text(state: e.RolloutState) -> str:
    """Return a deployment's counts on one line."""
    # A deployment that is rolled back no longer wants tasks: 0/0 would read as an outage of the service.
    wanted = state.desired or "ROLLBACK" not in state.status
    counts = f"{state.running}/{state.desired} running" if wanted else "its tasks are no longer wanted"
    if state.pending:
        counts += f", {state.pending} pending"
    if state.failed:
        counts += f", {state.failed} failed" + (f" (ECS gives up at {state.threshold})" if state.threshold else "")
    return f"{state.elapsed:4.0f} s  {clean(state.status)}: {counts}"


def value_text(value: object) -> str:
    """Return one side of a difference, short enough for a line."""
    text = "(none)" if value is None else clean(str(value))
    return text if len(text) <= 120 else text[:117] + "..."


def _outcome(event: e.Outcome) -> Iterator[Line]:
    yield Line(clean(event.text), "good" if event.ok else "bad")
    yield from (Line(f"  {clean(name)}: {clean(value)}", "fact") for name, value in event.facts.items())


def _resource(event: changes.Resource) -> Iterator[Line]:
    detail = f" ({clean(event.detail)})" if event.detail else ""
    yield Line(f"{MARKS[event.action]} {clean(event.kind)} {clean(event.name)}: {event.action}{detail}", event.action)
    yield from map(_change, event.changes)


def _change(change: changes.Change) -> Line:
    return Line(f"    {clean(change.path)}: {value_text(change.before)} -> {value_text(change.after)}", "change")


def _planned(event: changes.Planned) -> Iterator[Line]:
    style = {"create": "created", "update": "updated", "delete": "deleted", "deregister": "deleted", "run": "ran"}
    name = f"{PLANNED[event.action]} {clean(event.kind)} {clean(event.name)}"
    said = _for_consent(event) if event.for_consent else _in_a_plan(event)
    yield Line(name + said, style.get(event.action, "unchanged"))
    yield from map(_change, event.changes)


def _for_consent(event: changes.Planned) -> str:
    """Return the text about a resource in a list whose title says what happens to it."""
    word = {"keep": "kept", "deregister": "deregister"}.get(event.action, "")
    said = ": ".join(part for part in (word, clean(event.detail)) if part)
    return f" ({said})" if said else ""


def _in_a_plan(event: changes.Planned) -> str:
    if event.action == "unchecked":
        return f": could not be checked, no permission for {clean(event.detail)}"
    return f": {event.action}" + (f" ({clean(event.detail)})" if event.detail else "")


def _summary(event: changes.PlanSummary) -> Iterator[Line]:
    counts = (
        f"{event.create} to create, {event.update} to update, {event.delete} to delete, {event.unchanged} unchanged"
    )
    unchecked = f", {event.unchecked} not checked" if event.unchecked else ""
    yield Line(f"Plan: {counts}{unchecked}. {clean(event.then)}".rstrip(), "step")
    if event.create or event.update or event.delete:
        yield Line(f"Nothing was changed. `{clean(event.by)}` does this.", "note")


def _bytes(event: e.LayerProgress) -> str:
    if event.current is None:
        return ""
    total = f" of {event.total / 1e6:.1f}" if event.total else ""
    return f" {event.current / 1e6:.1f}{total} MB"
