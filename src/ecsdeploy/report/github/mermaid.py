"""A run's chart as a Mermaid Gantt diagram, which GitHub draws.

Source of the grammar: mermaid-js/mermaid, gantt.jison. Only words of ours and characters that mean nothing to it are
written: a label has neither `:`, `;`, `#`, `%` nor a line break, and begins with none of its keywords.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from ecsdeploy.core.task_bar import Bar
from ecsdeploy.core.timeline import Chart, MarkName

BARS = 40
"""How many tasks are drawn; those that failed come first."""
_LABEL = 60
_OTHER = re.compile(r"[^A-Za-z0-9 ._/-]")
_ORIGIN = datetime(2000, 1, 1)
_HOUR = timedelta(hours=1)
_MARKS: Mapping[MarkName, str] = {
    "started": "started",
    "first-failure": "first failure",
    "gave-up": "gave up",
    "rolling-back": "rolling back",
    "rolled-back": "rolled back",
    "done": "end",
}


def gantt(chart: Chart) -> list[str]:
    """Return the lines of the diagram: a section for each revision, a bar for each task, and the marks."""
    axis = "%H:%M:%S" if chart.end - chart.begin >= _HOUR else "%M:%S"
    head = ["gantt", "dateFormat YYYY-MM-DD HH:mm:ss", f"axisFormat {axis}", "todayMarker off"]
    return [*head, *_marks(chart), *_bars(chart)]


def drawn(chart: Chart) -> list[Bar]:
    """Return the bars that are drawn: of very many, those that failed, then the new ones; in the chart's order."""
    ranked = sorted(range(len(chart.bars)), key=lambda n: (not chart.bars[n].failed, not chart.bars[n].new))
    return [chart.bars[n] for n in sorted(ranked[:BARS])]


def _marks(chart: Chart) -> Iterator[str]:
    if chart.marks:
        yield "section deployment"
    for mark in chart.marks:
        how = f" {_label(mark.text)}" if mark.name == "done" else ""
        yield f"{_MARKS[mark.name]}{how} :milestone, {_time(chart, mark.at)}, 0s"


def _bars(chart: Chart) -> Iterator[str]:
    bars = drawn(chart)
    for revision in dict.fromkeys(bar.revision for bar in bars):
        yield f"section {_label(revision) or 'revision'}"
        for bar in bars:
            if bar.revision == revision:
                begin = _within(chart, bar.begin)
                seconds = max(1, round((_within(chart, bar.end) - begin).total_seconds()))
                yield f"task {_label(bar.task[:8])}{_how(bar)}, {_time(chart, begin)}, {seconds}s"


def _how(bar: Bar) -> str:
    if bar.failed:
        return " failed :crit"
    return " :active" if bar.new else " :done"


def _time(chart: Chart, at: datetime) -> str:
    return f"{_ORIGIN + timedelta(seconds=round((_within(chart, at) - chart.begin).total_seconds())):%Y-%m-%d %H:%M:%S}"


def _within(chart: Chart, at: datetime) -> datetime:
    return min(max(at, chart.begin), max(chart.begin, chart.end))


def _label(outside: str) -> str:
    return _OTHER.sub(" ", outside)[:_LABEL].strip()
