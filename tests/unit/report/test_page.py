"""The page of `--report FILE.html`: what it shows, and that nothing from outside can become markup in it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.record import Entry, Problem, Record
from ecsdeploy.events import Event, LogLine, Note, Outcome, Result, TaskState
from ecsdeploy.report.json_sample import sample
from ecsdeploy.report.page import page
from tests.unit.report.records import (
    ABOUT,
    CARD,
    NEW,
    SPENT,
    START,
    at,
    entries,
    failing,
    good,
    record,
    rollout,
    stopped,
    task,
)

VOID = {"meta", "br"}
KNOWN = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "section", "footer", "span", "div", "p"),
    *("h1", "h2", "h3", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "pre", "b", "br"),
    *("a", "details", "summary", "svg", "g", "line", "text", "rect", "path"),
}


class Page(HTMLParser):
    """A page's elements, attributes and text; says when an element is not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def test_a_failure_is_told_with_its_cause_its_log_and_what_to_do() -> None:
    shown = Page(page(failing())).text

    for words in (
        f"rolled back {NEW} failed, and ECS rolled back to what ran before.",
        "now in service hello-staging:7, 2 of 2 tasks run",
        "exit code 4",
        "Cause: task eeeeeeee, 3 times The application ended with an error (exit code 1).",
        "KeyError: 'DATABASE_URL'",
        "What to do: Its log says why: set DATABASE_URL in [task.secrets].",
        "first failure, of task eeeeeeee, 17 s",
        "rollback requested, 41 s",
        "task definition hello-staging:8 created",
        "Times are in UTC. Config sha256:0f0f",
    ):
        assert words in shown
    assert shown.count("The application ended with an error (exit code 1).") == 3  # the card, and two events


def test_a_success_says_where_the_time_went_and_where_it_answers() -> None:
    text = page(good())
    shown = Page(text).text

    assert "Where the time went: 52 s" in shown
    assert "until healthy 32 s 61 % a health check every 30 s" in shown
    assert "saves up to 20 s : the health check is asked first after its interval of 30 s. Instead:" in shown
    assert '<a href="http://203.0.113.7:3000" rel="noopener noreferrer">' in text


@pytest.mark.parametrize(
    ("of", "word", "tone"),
    [
        (record((), 0, 1), "done", "good"),
        (replace(record((), 3, 1), error=Problem("No credentials.", "", "Log in.")), "refused", "wait"),
        (replace(record((), 130, 1), error=Problem("Interrupted.", "", "")), "interrupted", "wait"),
        (replace(record((), 2, 1), about=None, error=Problem("No config.", "", "")), "not valid", "wait"),
        (record(entries((0, Outcome(False, "Gave up.", {}, "timed-out", 6))), 6, 1), "timed out", "wait"),
        (record(entries((0, Outcome(False, "It failed."))), 5, 1), "failed", "bad"),
        (record((), 1, 1), "failed", "bad"),
    ],
)
def test_every_end_has_its_word_and_its_colour(of: Record, word: str, tone: str) -> None:
    text = page(of)

    assert f'<header class="{tone}"><span class="pill">{word}</span>' in text
    Page(text)


def test_nothing_is_loaded_and_nothing_runs() -> None:
    text = page(failing()) + page(good())
    allowed = re.sub(r'<a href="http://203.0.113.7:3000"[^>]*>|xmlns="http://www.w3.org/2000/svg"', "", text)

    assert "default-src &#x27;none&#x27;; style-src &#x27;unsafe-inline&#x27;" in text
    assert not re.search(r"<(script|link|img|iframe|object|embed|base|form)|src=|url\(|@import|href=", allowed)


def test_a_very_large_deployment_is_drawn_in_part_and_told_whole() -> None:
    told = [(2.0 + number / 100, task("a", 1.2 + number / 100)) for number in range(100)]
    states = [(moment, replace(state, task=f"{number:032x}")) for number, (moment, state) in enumerate(told)]
    shown = Page(page(record(entries((1.0, rollout("PENDING", 0, 0)), *states), 0, 60)))

    assert f"tasks of this deployment: {NEW}, the first 40 of 100" in shown.text
    assert shown.tags["rect"] <= 40 * 4
    assert "show all 100" in shown.text


@pytest.mark.parametrize("event", get_args(Event), ids=lambda event: str(event.__name__))
def test_every_event_can_be_told(event: type[Event]) -> None:
    Page(page(record([Entry(at(1), sample(event))], 0, 2)))


EVIL = st.sampled_from(
    [
        "<script>alert(1)</script>",
        "</style><script>",
        "</title><img src=x onerror=alert(1)>",
        '" onmouseover="alert(1)',
        "' style='x",
        "javascript:alert(1)",
        "<!--",
        "]]>",
        "&lt;b&gt;",
        "\x1b[31m",
        "\u202e",
        "<details open ontoggle=x>",
    ]
)
OUTSIDE = st.lists(EVIL | st.text(max_size=8), max_size=4).map(lambda parts: "x" + "".join(parts))


def hostile(outside: str) -> Record:
    """Return a run in which every text is from outside."""
    card = replace(
        CARD,
        task=outside,
        stop_code=outside,
        stopped_reason=outside,
        containers=(outside,),
        cause=outside,
        fix=outside,
        log_lines=(outside,),
    )
    state = replace(stopped(task("e", 1.2), 20, outside), task=outside, revision=outside, status=outside)
    told = entries(
        (1.0, rollout("PENDING", 0, 0)),
        (2.0, Note(outside)),
        (3.0, replace(state, note=outside, stopped_at=None, execution_stopped_at=None)),
        (4.0, TaskState(outside + "2", outside, outside, outside, outside)),
        (30.0, card),
        (31.0, LogLine(START, outside, outside, outside)),
        (32.0, Outcome(False, outside, {outside: outside}, outside, 4)),
        (33.0, Result(outside, "https://" + outside)),
        (34.0, Result("url", outside)),
        (35.0, SPENT),
    )
    about = replace(ABOUT, app=outside, service=outside, cluster=outside, environment=outside, account=outside)
    return replace(record(told, 4, 60, command=outside), about=about, left_out={outside: 1})


@given(OUTSIDE)
def test_no_text_from_outside_becomes_markup(outside: str) -> None:
    found, plain = Page(page(hostile(outside))), Page(page(hostile("plain")))

    assert set(found.tags) <= KNOWN
    assert {tag: n for tag, n in found.tags.items() if tag != "br"} == {
        tag: n for tag, n in plain.tags.items() if tag != "br"
    }
    assert {(tag, name) for tag, name, _ in found.attributes} == {(tag, name) for tag, name, _ in plain.attributes}
    assert all(value.startswith("https://") for _, name, value in found.attributes if name == "href")
    assert "\x1b" not in "".join(found.words)
