"""The page's sections: cause, picture, plan, tasks, events, logs. Each is None where there is nothing to show."""

from __future__ import annotations

from collections.abc import Iterator

from ecsdeploy.changes import Planned, Resource
from ecsdeploy.core.record import Entry, Record
from ecsdeploy.core.task_bar import Bar
from ecsdeploy.core.timeline import Chart
from ecsdeploy.events import FailureCard, LogLine, TimeSpent
from ecsdeploy.report.card import shortened
from ecsdeploy.report.page.html import Child, Html, join, lines, tag
from ecsdeploy.report.page.picture import SHORT, picture
from ecsdeploy.report.page.words import clock
from ecsdeploy.report.spent import lasted
from ecsdeploy.report.text import MARKS, PLANNED, value_text
from ecsdeploy.report.text import lines as told

FEW = 60
"""So many rows or lines are shown at once; more are folded up."""
_COLOURS = {"bad": "red", "error": "red", "warn": "red", "good": "green", "step": "step"}
"""How a line's style looks in a table."""


def causes(record: Record) -> Iterator[Html]:
    """Yield the failure cards."""
    for card in record.causes:
        times = f", {card.times} times" if card.times > 1 else ""
        yield tag(
            "section",
            tag("h2", f"Cause: task {card.task[:8]}{times}"),
            tag("h3", lines(card.cause)),
            tag("p", lines(": ".join(part for part in (card.stop_code, card.stopped_reason) if part)), class_="soft"),
            *(tag("p", "container ", lines(each), class_="soft") for each in card.containers),
            tag("p", "health check ", lines(card.check), class_="soft") if card.check else None,
            tag("p", "load balancer ", lines(card.target_health), class_="soft") if card.target_health else None,
            _logged(card),
            tag("div", tag("b", "What to do: "), lines(card.fix), class_="fix") if card.fix else None,
            class_="card",
        )


def _logged(card: FailureCard) -> Html | None:
    if not card.log_lines:
        return None
    return tag("pre", join(*(join(lines(shortened(each)), tag("br")) for each in card.log_lines)))


def timeline(chart: Chart) -> Html | None:
    """Return the picture."""
    drawn = picture(chart)
    return tag("section", tag("h2", "Timeline"), drawn) if drawn is not None else None


def plan(record: Record) -> Html | None:
    """Return what was done to each resource, or planned for it."""
    if not record.plan:
        return None
    rows = (_planned(each) for each in record.plan)
    return tag("section", tag("h2", "Changes"), table(("", "resource", "action", "what"), *rows), class_="long")


def _planned(event: Planned | Resource) -> Html:
    mark = PLANNED[event.action] if isinstance(event, Planned) else MARKS[event.action]
    changed: list[Child] = [tag("div", event.detail, class_="soft")] if event.detail else []
    for each in event.changes:
        words = f"{value_text(each.before)} \N{RIGHTWARDS ARROW} {value_text(each.after)}"
        changed.append(tag("div", tag("span", each.path, class_="mono"), ": ", words))
    name = join(tag("span", event.kind, class_="soft"), " ", event.name)
    return tag(
        "tr", tag("td", mark, class_="t"), tag("td", name), tag("td", event.action, class_="t"), tag("td", *changed)
    )


def tasks(chart: Chart) -> Html | None:
    """Return every task with the time that it spent in each phase."""
    if not chart.bars:
        return None
    shown = [name for name in SHORT if any(phase.name == name for bar in chart.bars for phase in bar.phases)]
    heads = ("task", "revision", *(SHORT[name] for name in shown), "why it stopped")
    rows = (_task(bar, shown) for bar in chart.bars)
    return _section("Tasks", len(chart.bars), table(heads, *rows, numbers=range(2, len(heads) - 1)))


def _task(bar: Bar, shown: list[str]) -> Html:
    spent = {name: sum(each.seconds for each in bar.phases if each.name == name) for name in shown}
    return tag(
        "tr",
        tag("td", tag("span", bar.task[:8], class_="mono"), class_="id red" if bar.failed else "id"),
        tag("td", bar.revision),
        *(tag("td", lasted(spent[name]) if spent[name] else "", class_="n") for name in shown),
        tag("td", lines(bar.note), class_="red" if bar.failed else "soft"),
    )


def events(record: Record) -> Html | None:
    """Return what was reported, in order; log lines, changes and times have sections of their own."""
    elsewhere = (LogLine, TimeSpent, Planned)
    shown = [each for each in record.entries if not isinstance(each.event, elsewhere)]
    if not shown:
        return None
    return _section("Events", len(shown), table(("time", "event"), *(_event(each) for each in shown)))


def _event(entry: Entry) -> Html:
    said = list(told(entry.event))
    if isinstance(entry.event, FailureCard):
        said = said[:1]
    colour = _COLOURS.get(said[0].style, "") if said else ""
    text = join(*(join(tag("br") if number else None, each.text.strip()) for number, each in enumerate(said)))
    return tag("tr", tag("td", clock(entry.at), class_="t"), tag("td", text, class_=colour))


def logs(record: Record) -> Html | None:
    """Return the log lines that were shown."""
    if not record.logs:
        return None
    text = join(*(_log(each) for each in record.logs))
    return _section("Logs", len(record.logs), tag("pre", text))


def _log(line: LogLine) -> Html:
    head = tag("span", f"{clock(line.at)} {line.task[:8]} {line.container} | ", class_="soft")
    return join(head, lines(line.text), tag("br"))


def table(heads: tuple[str, ...], *rows: Html, numbers: range = range(0)) -> Html:
    """Return a table; the columns in `numbers` are aligned to the right."""
    top = (tag("th", each, class_="n" if number in numbers else "") for number, each in enumerate(heads))
    return tag("table", tag("thead", tag("tr", *top)), tag("tbody", *rows))


def _section(title: str, count: int, content: Html) -> Html:
    if count > FEW:
        content = tag("details", tag("summary", f"show all {count}"), content)
    return tag("section", tag("h2", title), content, class_="long")
