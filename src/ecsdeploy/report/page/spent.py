"""Where the time went: a bar of its parts, and what would save how much."""

from __future__ import annotations

from ecsdeploy.amounts import TimePart, TimeSaving
from ecsdeploy.events import TimeSpent
from ecsdeploy.report.page.html import Html, tag
from ecsdeploy.report.page.parts import table
from ecsdeploy.report.page.picture import swatch
from ecsdeploy.report.spent import NAMES, lasted


def spent(told: TimeSpent | None) -> Html | None:
    """Return the section; None if it was not worked out."""
    if told is None or not told.parts:
        return None
    bar = tag("div", *(_part(each) for each in told.parts if each.seconds), class_="spent")
    rows = (_row(each, told.seconds) for each in told.parts)
    savings = tag("ul", *(_saving(each) for each in told.savings), class_="saves") if told.savings else None
    title = tag("h2", f"Where the time went: {lasted(told.seconds)}")
    return tag("section", title, bar, table(("part", "time", "share", ""), *rows, numbers=range(1, 3)), savings)


def _part(part: TimePart) -> Html:
    said = f"{NAMES.get(part.name, part.name)}: {lasted(part.seconds)}"
    return tag("div", "", class_=_colour(part), style=f"flex: {part.seconds:.1f}", title=said)


def _colour(part: TimePart) -> str:
    """Return the phase of the picture in whose colour a part is: a task only runs until it counts as healthy."""
    return "running" if part.name == "healthy" else part.name


def _row(part: TimePart, seconds: float) -> Html:
    share = f"{100 * part.seconds / seconds:.0f} %" if seconds else ""
    return tag(
        "tr",
        tag("td", swatch(_colour(part)), NAMES.get(part.name, part.name)),
        tag("td", lasted(part.seconds), class_="n"),
        tag("td", share, class_="n"),
        tag("td", part.detail, class_="soft"),
    )


def _saving(saving: TimeSaving) -> Html:
    amount = tag("b", f"saves up to {lasted(saving.seconds)}")
    return tag("li", amount, f": {saving.why}. Instead: ", tag("span", saving.change, class_="mono"))
