"""The timeline as a picture (SVG): tasks as bars, the deployment's turns as marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ecsdeploy.core.task_bar import Bar, Phase
from ecsdeploy.core.timeline import Chart, Mark
from ecsdeploy.report.page.html import Child, Html, join, tag
from ecsdeploy.report.spent import lasted

WIDTH, LEFT, RIGHT = 1000.0, 96.0, 14.0
ROW, BAR, LANE = 24.0, 15.0, 17.0
MOST = 40
"""How many tasks of a group are drawn; the table has all of them."""
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
TICKS = 10
LETTER = 6.3
"""The width of a letter of a mark's label, on the safe side."""
ORDER = ("provisioning", "pull", "start", "running", "unhealthy", "healthy", "draining", "stopping")
SHORT = {
    "provisioning": "provisioning",
    "pull": "image pull",
    "start": "start",
    "running": "running",
    "unhealthy": "unhealthy",
    "healthy": "healthy",
    "draining": "draining",
    "stopping": "stopping",
}
TONES = {"first-failure": "red", "gave-up": "red", "rolling-back": "red", "rolled-back": "red"}


@dataclass(frozen=True)
class Scale:
    """Seconds since the picture's beginning, as a place from left to right."""

    chart: Chart

    @property
    def seconds(self) -> float:
        """Return how long the picture is, at least a second."""
        return max((self.chart.end - self.chart.begin).total_seconds(), 1.0)

    def at(self, seconds: float) -> float:
        """Return where a moment is."""
        return LEFT + (WIDTH - LEFT - RIGHT) * min(max(seconds, 0.0), self.seconds) / self.seconds


def picture(chart: Chart) -> Html | None:
    """Return the picture with its legend; None if no task was seen."""
    if not chart.bars:
        return None
    scale = Scale(chart)
    labels, lanes = _labels(chart, scale)
    top = lanes * LANE + 22.0
    rows, titles, bottom = _rows(chart, scale, top)
    drawn = tag(
        "svg",
        tag("title", "Tasks as bars, from left to right in time"),
        *_axis(scale, top, bottom),
        *rows,
        *_lines(chart, scale, bottom, labels),
        *titles,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:.0f} {bottom + 22:.0f}",
        role="img",
    )
    return join(drawn, _legend(chart.bars))


def _axis(scale: Scale, top: float, bottom: float) -> Iterator[Html]:
    step = next((each for each in STEPS if scale.seconds / each <= TICKS), STEPS[-1])
    for number in range(int(scale.seconds // step) + 1):
        x = scale.at(number * step)
        yield tag("line", class_="grid", x1=x, x2=x, y1=top - 4, y2=bottom)
        words = "0" if not number else lasted(number * step).replace(".0 s", " s")
        yield tag("text", words, class_="dim", x=x, y=bottom + 15, text_anchor="middle" if number else "start")


def _rows(chart: Chart, scale: Scale, top: float) -> tuple[list[Html], list[Html], float]:
    """Return the bars, the titles of their groups, and where the last one ends."""
    rows: list[Html] = []
    titles: list[Html] = []
    y = top
    groups = [[bar for bar in chart.bars if bar.new == new] for new in (False, True)]
    for title, bars in zip(("other tasks of the service", "tasks of this deployment"), groups, strict=True):
        if not bars:
            continue
        titles.append(tag("text", _title(title, bars), class_="group", x=0, y=y + 12))
        y += 20
        for bar in bars[:MOST]:
            rows.append(_row(bar, chart, scale, y))
            y += ROW
        y += 6
    return rows, titles, y


def _title(title: str, bars: Sequence[Bar]) -> str:
    revisions = ", ".join(dict.fromkeys(bar.revision for bar in bars if bar.revision))
    more = f", the first {MOST} of {len(bars)}" if len(bars) > MOST else ""
    return f"{title}: {revisions}{more}" if revisions else title + more


def _row(bar: Bar, chart: Chart, scale: Scale, y: float) -> Html:
    end = scale.at((bar.end - chart.begin).total_seconds())
    middle = y + BAR / 2
    cross = f"M{end + 4:.1f} {middle - 4:.1f}l8 8m0 -8l-8 8" if end < WIDTH - RIGHT else ""
    return tag(
        "g",
        tag("title", f"task {bar.task}, {bar.revision}" + (f": {bar.note}" if bar.note else "")),
        tag("text", bar.task[:8], class_="id", x=0, y=y + 12),
        *(_phase(phase, chart, scale, y) for phase in bar.phases),
        tag("path", class_="cross", d=cross) if bar.failed and cross else None,
    )


def _phase(phase: Phase, chart: Chart, scale: Scale, y: float) -> Html:
    x = scale.at((phase.begin - chart.begin).total_seconds())
    width = max(scale.at((phase.end - chart.begin).total_seconds()) - x, 1.0)
    said = tag("title", f"{SHORT[phase.name]}: {lasted(phase.seconds)}")
    return tag("rect", said, class_=phase.name, x=x, y=y, width=width, height=BAR, rx=2)


@dataclass(frozen=True)
class _Label:
    mark: Mark
    x: float
    lane: int
    anchor: str


def _labels(chart: Chart, scale: Scale) -> tuple[list[_Label], int]:
    """Return the marks' labels, each in the lowest lane where it covers no other, and the number of lanes."""
    ends: list[float] = []
    found: list[_Label] = []
    for mark in chart.marks:
        x = scale.at((mark.at - chart.begin).total_seconds())
        width = LETTER * len(_words(mark, chart)) + 10
        to_the_left = x + width > WIDTH
        begin = x - width if to_the_left else x
        lane = next((number for number, end in enumerate(ends) if end <= begin), len(ends))
        ends[lane : lane + 1] = [begin + width]
        found.append(_Label(mark, x, lane, "end" if to_the_left else "start"))
    return found, len(ends)


def _lines(chart: Chart, scale: Scale, bottom: float, labels: Sequence[_Label]) -> Iterator[Html]:
    for each in labels:
        y = each.lane * LANE + 12
        tone = TONES.get(each.mark.name, "green" if each.mark.text == "succeeded" else "")
        shift = -5.0 if each.anchor == "end" else 5.0
        yield tag("line", class_=f"mark {tone}", x1=each.x, x2=each.x, y1=y - 9, y2=bottom)
        words = _words(each.mark, chart)
        yield tag("text", words, class_=f"label {tone}", x=each.x + shift, y=y, text_anchor=each.anchor)


def _words(mark: Mark, chart: Chart) -> str:
    seconds = (mark.at - chart.begin).total_seconds()
    return f"{mark.text}, {lasted(seconds)}" if seconds > 0 else mark.text


def _legend(bars: Sequence[Bar]) -> Html:
    shown = {phase.name for bar in bars for phase in bar.phases}
    keys: list[Child] = [tag("span", swatch(name), SHORT[name]) for name in ORDER if name in shown]
    return tag("div", *keys, class_="legend")


def swatch(name: str) -> Html:
    """Return a small square in a phase's colour."""
    return tag("span", "", class_=f"swatch {name}")
