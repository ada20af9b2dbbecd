"""What a service costs, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ecsdeploy import amounts as a
from ecsdeploy.report.clean import clean
from ecsdeploy.report.line import Line


def cost_lines(event: a.MonthlyCost) -> Iterator[Line]:
    """Yield the cost: one line, or a table if the event has its parts."""
    if event.lines:
        yield from _table(event)
    else:
        yield Line(
            f"Tasks cost {_dollars(event.dollars)} a month{_change(event)}{_source(event)}.{_lacks(event)}", "note"
        )


def _table(event: a.MonthlyCost) -> Iterator[Line]:
    labels = [f"{each.label}{' (estimate)' if each.estimate else ''}" for each in event.lines]
    wide, amounts = max(map(len, labels)), [_amount(each) for each in event.lines]
    right = max(map(len, (*amounts, _dollars(event.dollars))))
    for label, amount, each in zip(labels, amounts, event.lines, strict=True):
        note = each.quantity if each.dollars is not None else each.why
        yield Line(f"{label:<{wide}}  {amount:>{right}}  {clean(note)}".rstrip(), "fact")
    yield Line(f"{'a month':<{wide}}  {_dollars(event.dollars):>{right}}{_source(event)}", "step")
    if event.unknown:
        yield Line(_lacks(event).strip(), "note")
    if event.savings:
        yield Line("Possible savings, each on its own:", "step")
    for saving in event.savings:
        about = "about " if saving.estimate else ""
        yield Line(f"  {saving.title}: {about}{_dollars(saving.dollars)} a month. {saving.caveat}", "note")


def _amount(line: a.CostLine) -> str:
    return _dollars(line.dollars) if line.dollars is not None else "not known"


def _dollars(amount: str, *, signed: bool = False) -> str:
    value = Decimal(amount)
    sign = "-" if value < 0 else "+" if signed else ""
    return f"{sign}${abs(value):,.2f}"


def _change(event: a.MonthlyCost) -> str:
    if event.before is None:
        return ""
    if not Decimal(event.difference):
        return ", as before"
    return f", {_dollars(event.difference, signed=True)} (before: {_dollars(event.before)})"


def _source(event: a.MonthlyCost) -> str:
    return f" (list prices of {clean(event.region)}, {event.as_of})" if event.as_of else ""


def _lacks(event: a.MonthlyCost) -> str:
    """Return what the sum does not include: a sum that hides that is wrong."""
    return f" Not included, because not known: {'; '.join(event.unknown)}." if event.unknown else ""
