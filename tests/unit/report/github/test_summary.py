"""The summary of a step: what it shows, and that nothing from outside can write into it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ecsdeploy import events as e
from ecsdeploy.amounts import TimePart
from ecsdeploy.core.record import Entry, Problem, Record
from ecsdeploy.core.timeline import chart
from ecsdeploy.report.clean import clean, clean_lines
from ecsdeploy.report.github import markdown as md
from ecsdeploy.report.github.summary import CUT, summary
from tests.unit.report.github import runs

ROOM = 1024 * 1024
DIGEST = "ab" * 32

ROLLED_BACK = f"""\
### ❌ hello:5 failed, and ECS rolled back to what ran before.

**Cause:** The application ended with an error (exit code 1).

**What to do:** Read its log: it says why.

| | |
|---|---|
| service | <code>hello/hello</code> |
| revision | <code>hello:5</code> |
| image | <code>123456789012.dkr.ecr.us-east-1.amazonaws.com/hello<span>@</span>sha256:{DIGEST}</code> |
| deployment | <code>arn:aws:ecs:us-east-1:123456789012:service-deployment/hello/hello/d1</code> |
| duration | 1 min 15 s |
| reason | Service deployment rolled back because the circuit breaker threshold was exceeded. |
| now in service | hello:4, 2 of 2 tasks run |

```text
2 tasks failed, among them abababab: The application ended with an error (exit code 1).
  stopped: EssentialContainerExited: Essential container in task exited
  container hello: exit code 1
  from its log:
    | starting
    | Error: DATABASE_URL is not set
  fix: Read its log: it says why.
```

```mermaid
gantt
dateFormat YYYY-MM-DD HH:mm:ss
axisFormat %M:%S
todayMarker off
section deployment
started :milestone, 2000-01-01 00:00:00, 0s
first failure :milestone, 2000-01-01 00:00:08, 0s
rolling back :milestone, 2000-01-01 00:00:26, 0s
rolled back :milestone, 2000-01-01 00:01:06, 0s
section hello 4
task 01010101 :done, 2000-01-01 00:00:00, 71s
section hello 5
task abababab failed :crit, 2000-01-01 00:00:01, 15s
```

<details><summary>ECS's messages (1)</summary>

```text
09:30:30 (service hello) (deployment ecs-svc/1) deployment failed: tasks failed.
```

</details>

"""

DEPLOYED = f"""\
### ✅ Deployed hello:5: 2 of 2 tasks run.

| | |
|---|---|
| service | <code>hello/hello</code> |
| revision | <code>hello:5</code> |
| image | <code>123456789012.dkr.ecr.us-east-1.amazonaws.com/hello<span>@</span>sha256:{DIGEST}</code> |
| deployment | <code>arn:aws:ecs:us-east-1:123456789012:service-deployment/hello/hello/d1</code> |
| tasks | 2 of 2 run |
| url | <http://203.0.113.7:3000><br><http://203.0.113.8:3000> |
| duration | 1 min 15 s |

```mermaid
gantt
dateFormat YYYY-MM-DD HH:mm:ss
axisFormat %M:%S
todayMarker off
section deployment
started :milestone, 2000-01-01 00:00:00, 0s
end succeeded :milestone, 2000-01-01 00:01:11, 0s
section hello 4
task 01010101 :done, 2000-01-01 00:00:00, 71s
section hello 5
task cdcdcdcd :active, 2000-01-01 00:00:01, 70s
```

<details><summary>ECS's messages (1)</summary>

```text
09:30:30 (service hello) has started 1 tasks: (task cdcd).
```

</details>

"""


def shown(record: Record, room: int = ROOM) -> str:
    return summary(record, chart(record), room)


def test_a_deployment_that_failed() -> None:
    assert shown(runs.rolled_back()) == ROLLED_BACK


def test_a_deployment_that_succeeded() -> None:
    assert shown(runs.deployed()) == DEPLOYED


def test_an_error_says_why_and_what_to_do() -> None:
    error = Problem("The account is another one.", "It is 1,\nnot 2.", "Use <b>other</b> credentials.")
    refused = runs.record([(1, e.Step("Reading"))], exit_code=3, error=error, lasted=1.25)

    assert (
        shown(refused)
        == """\
### ❌ The account is another one.

**Why:** It is 1,<br>not 2.

**Next:** Use &#60;b&#62;other&#60;/b&#62; credentials.

| | |
|---|---|
| service | <code>hello/hello</code> |
| duration | 1.2 s |

"""
    )


def test_an_error_before_the_config_was_read() -> None:
    error = Problem("There is no ecsdeploy.toml.", "", "")
    unread = replace(runs.record([], exit_code=2, error=error, lasted=0), about=None)

    assert shown(unread) == "### ❌ There is no ecsdeploy.toml.\n\n| | |\n|---|---|\n| duration | 0.0 s |\n\n"


def test_without_the_whole_card_its_parts_are_shown_and_the_cause_is_the_last_that_was_told() -> None:
    first = replace(runs.CARD, part="first", cause="It ended.", log_lines=(), times=1)
    more = replace(runs.CARD, part="more", cause="", fix="")
    entries: list[tuple[float, e.Event]] = [(10, first), (12, more), (30, e.Outcome(False, "It failed."))]

    text = shown(runs.record(entries, exit_code=5))

    assert "**Cause:** It ended.\n\n**What to do:** Read its log: it says why.\n" in text
    assert text.index("Task abababab failed: It ended.") < text.index("    | Error: DATABASE_URL is not set\n")


def test_of_several_causes_the_last_is_named_and_all_are_shown() -> None:
    other = replace(runs.CARD, task="cd" * 8, cause="Out of memory.", fix="Give it more.")
    entries: list[tuple[float, e.Event]] = [(10, runs.CARD), (20, other), (30, e.Outcome(False, "It failed."))]

    text = shown(runs.record(entries, exit_code=5))

    assert re.findall(r"^\d tasks failed, .*", text, re.MULTILINE) == [
        "2 tasks failed, among them abababab: The application ended with an error (exit code 1).",
        "2 tasks failed, among them cdcdcdcd: Out of memory.",
    ]
    assert "**Cause:** Out of memory.\n\n**What to do:** Give it more.\n" in text


def test_a_failure_on_the_way_to_success_is_shown_but_is_no_cause() -> None:
    text = shown(runs.record([(10, runs.CARD), (30, e.Outcome(True, "Deployed."))]))

    assert text.startswith("### ✅ Deployed.\n\n| | |\n")
    assert "    | Error: DATABASE_URL is not set\n" in text


def test_that_it_was_given_up_stands_behind_the_cause_with_what_was_done() -> None:
    run = runs.rolled_back()
    gave_up = e.GaveUp("2 tasks failed for the `same` cause", "Rolling back to hello:4.")
    told = shown(replace(run, entries=(*run.entries, Entry(runs.at(21), gave_up))))
    assert told.splitlines()[6] == (
        "**Given up:** 2 tasks failed for the &#96;same&#96; cause. Rolling back to hello:4."
    )


def test_where_the_time_went() -> None:
    spent = e.TimeSpent(50.0, (TimePart("pull", 41.0), TimePart("other", 9.0)))

    text = shown(runs.record([(10, e.Outcome(True, "Deployed.")), (10, spent)]))

    assert text.endswith("\n\ntime: 50 s: image pull 41 s, other 9.0 s\n\n")


def test_of_very_many_messages_the_last() -> None:
    many = [(float(n), e.ServiceMessage(runs.at(n), f"message {n}.")) for n in range(250)]

    text = shown(runs.record([*many, (300, e.Outcome(True, "Deployed."))]))

    assert "<summary>ECS's messages (the last 100 of 250)</summary>" in text
    assert re.findall(r"message (\d+)\.", text) == [str(n) for n in range(150, 250)]


@given(st.integers(min_value=0, max_value=2500))
@example(0)
def test_it_is_cut_between_its_parts_and_never_too_large(room: int) -> None:
    text = shown(runs.rolled_back(), room)

    assert len(text.encode()) <= room
    if text and text != ROLLED_BACK:
        whole = text.removesuffix(f"{CUT}\n\n")
        assert whole != text
        assert ROLLED_BACK.startswith(whole)
        assert whole.endswith("\n\n")


def test_a_summary_that_fits_is_not_cut() -> None:
    assert shown(runs.rolled_back(), len(ROLLED_BACK.encode()) + len(CUT) + 2) == ROLLED_BACK


# ---- what is from outside

PIECES = [
    "`", "```", "````", "~~~", "|", "\\", "\\|", "*", "**", "_", "~~", "[a](http://evil)", "![a](http://evil)", "[^1]",
    "[a]: http://evil", "<b>", "</code>", "</details>", "<script>", "<!--", "-->", "&lt;", "&#60;", "http://evil.example",
    "<https://evil.example>", "www.evil.example", "a@evil.example", "javascript:alert(1)", "$x$", "@everyone", ":tada:",
    "#1", "x", "section ", "%%{init}%%", " ", "\t", "\x00", "\u2028", "\x1b[31m", "\n", "\r\n", "\n\n", "\n# ", "\n- ",
    "\n    ", "\n---\n", "\n|a|b|\n|-|-|\n",
]  # fmt: skip
OUTSIDE = st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(max_size=40)
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def inlines(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or []


def seen(tokens: list[Token] | None) -> str:
    """Return what a reader sees of the inside of one block."""
    breaks = {"softbreak": "\n", "hardbreak": "\n"}
    return "".join(
        "\n" if each.content == "<br>" else breaks.get(each.type, "" if each.type == "html_inline" else each.content)
        for each in tokens or []
    )


@given(OUTSIDE)
@example("a\\|b")
@example("` | `")
@example("https://evil.example/?a=b&c=d")
def test_text_in_a_table_is_seen_as_it_is_and_does_nothing(outside: str) -> None:
    tokens = READER.parse(md.table([("name", md.text(outside)), ("code", md.code(outside))]))

    cells = [seen(token.children) for token in tokens if token.type == "inline"]
    assert [cell.strip() for cell in cells] == [
        *("", ""),
        *("name", "\n".join(clean_lines(outside)).strip()),
        *("code", clean(outside).strip()),
    ]
    assert {each.type for each in inlines(tokens)} <= {"text", "text_special", "html_inline"}
    assert {each.content for each in inlines(tokens) if each.type == "html_inline"} <= TAGS
    assert not re.search(r"://|www\.", md.text(outside), re.IGNORECASE)


TAGS = {"<code>", "</code>", "<span>", "</span>", "<br>"}


@given(st.lists(OUTSIDE, max_size=4))
def test_nothing_ends_a_block_of_code(outside: list[str]) -> None:
    tokens = READER.parse(md.fenced(outside) + "\n\nafter")

    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert tokens[0].content == "".join(line + "\n" for each in outside for line in clean_lines(each)).replace(
        "\x00", ""
    )


@given(OUTSIDE)
def test_only_a_plain_address_is_a_link(outside: str) -> None:
    assert md.link(outside) == md.code(outside) or re.fullmatch(r"<https?://[\w.:/-]+>", md.link(outside))


def test_an_address_is_a_link() -> None:
    assert md.link("http://203.0.113.7:3000") == "<http://203.0.113.7:3000>"
    assert md.link("https://hello.example/a/b_c") == "<https://hello.example/a/b_c>"
    assert md.link("http://me:secret@evil") == "<code>http&#58;//me:secret<span>@</span>evil</code>"


def hostile(outside: str) -> Record:
    """Return a run in which everything that may come from outside is `outside`."""
    card = replace(runs.CARD, task=outside, stop_code=outside, stopped_reason=outside, containers=(outside,))
    card = replace(card, cause=outside, fix=outside, log_lines=(outside, outside))
    task = runs.task("ab", "STOPPED", "hello:5", 5, started=10, stopping=12, stopped=20)
    return runs.record(
        [
            (1, e.Output("image", outside)),
            (5, runs.counts(1, 0)),
            (21, replace(task, task=outside, revision=outside, note="x")),
            (30, e.ServiceMessage(runs.at(30), outside)),
            (75, e.Outcome(False, outside, {"service": outside, "revision": outside, outside: outside}, "failed", 5)),
            (75, card),
            (75, e.Result("url", f"{outside} is no address")),
        ],
        exit_code=5,
        error=Problem(outside, outside, outside),
    )


@given(OUTSIDE)
@example("")
@example("x")
def test_whatever_is_in_it_a_summary_has_the_same_parts(outside: str) -> None:
    tokens = READER.parse(shown(hostile(outside)))

    blocks = [token.type for token in tokens if token.level == 0 and not token.type.endswith("_close")]
    named = ["paragraph_open"] * 4 if outside else []
    details = ["html_block", "fence", "html_block"]
    assert blocks == ["heading_open", *named, "table_open", "fence", "fence", *details]
    assert [token.info for token in tokens if token.type == "fence"] == ["text", "mermaid", "text"]
    assert [token.content for token in tokens if token.type == "html_block"] == [
        "<details><summary>ECS's messages (1)</summary>\n",
        "</details>\n",
    ]
    assert {each.type for each in inlines(tokens)} <= {
        "text",
        "text_special",
        "html_inline",
        "strong_open",
        "strong_close",
    }
    assert {each.content for each in inlines(tokens) if each.type == "html_inline"} <= TAGS
