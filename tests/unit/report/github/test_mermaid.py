"""The Mermaid diagram of a run: what is drawn, and that nothing from outside can write into it."""

from __future__ import annotations

import re
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.task_bar import Bar, Phase
from ecsdeploy.core.timeline import Chart, Mark
from ecsdeploy.report.github.mermaid import BARS, drawn, gantt
from tests.unit.report.github.runs import AT, at


def bar(task: str, revision: str, begin: float, end: float, *, new: bool = True, failed: bool = False) -> Bar:
    return Bar(task, revision, new, failed, (Phase("running", at(begin), at(end)),))


def test_a_bar_for_each_task_by_revision_and_the_marks() -> None:
    chart = Chart(
        AT,
        at(75),
        (
            bar("0123456789", "hello:4", -5000, 75, new=False),
            bar("abcdef0123", "hello:5", 3.2, 17, failed=True),
            bar("bbcdef0123", "hello:5", 30, 30.2),
        ),
        (Mark("started", AT, "x"), Mark("gave-up", at(20), "x"), Mark("done", at(75), "rolled-back")),
    )

    assert gantt(chart) == [
        "gantt",
        "dateFormat YYYY-MM-DD HH:mm:ss",
        "axisFormat %M:%S",
        "todayMarker off",
        "section deployment",
        "started :milestone, 2000-01-01 00:00:00, 0s",
        "gave up :milestone, 2000-01-01 00:00:20, 0s",
        "end rolled-back :milestone, 2000-01-01 00:01:15, 0s",
        "section hello 4",
        "task 01234567 :done, 2000-01-01 00:00:00, 75s",
        "section hello 5",
        "task abcdef01 failed :crit, 2000-01-01 00:00:03, 14s",
        "task bbcdef01 :active, 2000-01-01 00:00:30, 1s",
    ]


def test_hours_are_shown_of_a_long_one() -> None:
    assert gantt(Chart(AT, AT + timedelta(hours=2)))[2] == "axisFormat %H:%M:%S"


def test_of_very_many_tasks_those_that_failed_come_first_then_the_new_ones() -> None:
    old = [bar(f"old{n}", "hello:4", 0, 75, new=False) for n in range(100)]
    new = [bar(f"new{n}", "hello:5", 1, 75) for n in range(30)]
    failed = [bar(f"bad{n}", "hello:5", 2, 9, failed=True) for n in range(4)]

    kept = drawn(Chart(AT, at(75), (*old, *new, *failed)))

    assert kept == [*old[: BARS - 34], *new, *failed]


PIECES = [
    "section ",
    "title ",
    "click ",
    "%%",
    "{",
    "}",
    "init",
    ":",
    ";",
    "#",
    ",",
    "\n",
    "\r",
    "gantt",
    "```",
    "<b>",
    "é",
    "\x00",
    "a-1",
]
OUTSIDE = st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text()
SECONDS = st.integers(min_value=-100_000, max_value=100_000)
BAR = st.builds(bar, OUTSIDE, OUTSIDE, SECONDS, SECONDS, new=st.booleans(), failed=st.booleans())
MARK = st.builds(
    lambda name, when, text: Mark(name, at(when), text),
    st.sampled_from(["started", "first-failure", "gave-up", "rolling-back", "rolled-back", "done"]),
    SECONDS,
    OUTSIDE,
)  # fmt: skip

MARKS = ("started", "first failure", "gave up", "rolling back", "rolled back")
TIME = r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d"
LINES = [
    re.compile(r"section (deployment|[\w ./-]{1,60})", re.ASCII),
    re.compile(rf"task ?[\w ./-]{{0,8}}( failed :crit| :active| :done), {TIME}, [1-9]\d*s", re.ASCII),
    re.compile(rf"({'|'.join(MARKS)}|end[\w ./-]{{0,61}}) :milestone, {TIME}, 0s", re.ASCII),
]
"""The lines that we write: words of ours, and labels without a character that Mermaid's grammar (gantt.jison) knows."""


@given(st.lists(BAR, max_size=50), st.lists(MARK, max_size=6), st.integers(min_value=0, max_value=100_000))
def test_nothing_from_outside_writes_into_the_diagram(bars: list[Bar], marks: list[Mark], lasted: int) -> None:
    chart = Chart(AT, at(lasted), tuple(bars), tuple(marks))

    lines = gantt(chart)

    assert lines[0] == "gantt"
    assert [line for line in lines[4:] if not any(each.fullmatch(line) for each in LINES)] == []
    sections = len({each.revision for each in drawn(chart)}) + bool(marks)
    assert sum(line.startswith("section ") for line in lines) == sections
    assert len(lines) == 4 + sections + len(drawn(chart)) + len(marks)
