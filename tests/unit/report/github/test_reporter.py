"""What the log of a job shows: what is folded, and what is marked."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy import changes
from ecsdeploy import events as e
from ecsdeploy.errors import EcsdeployError, Refused
from ecsdeploy.report.github import WARNINGS, GitHubReporter
from ecsdeploy.report.github.commands import MESSAGE, annotation, group
from tests.unit.report.github import runs


def log(*events: e.Event, error: EcsdeployError | None = None) -> str:
    """Return the log of a run with these events."""
    stream = io.StringIO()
    reporter = GitHubReporter(stream, stream)
    reporter(*events)
    if error is not None:
        reporter.error(error)
    reporter.close()
    return stream.getvalue()


BUILT: tuple[e.Event, ...] = (
    e.Step("Building hello:3f2c1ab"),
    e.BuildLine("#5 RUN npm ci"),
    e.BuildLine("::error::not ours"),
    e.Note("Built sha256:1, 9.5 MB."),
    e.Step("Pushing 3f2c1ab"),
    e.LayerProgress("abc", "Pushing", 10, 20),
    e.LayerProgress("abc", "Pushed"),
    e.Output("image", runs.IMAGE),
    e.LayerProgress("def", "Pushed"),
    changes.Resource("image", "hello:3f2c1ab", "created"),
)


def test_a_deployment_that_crashes() -> None:
    failed = runs.rolled_back().outcome
    assert failed is not None
    first = replace(runs.CARD, part="first", times=1)

    assert (
        log(
            *BUILT,
            runs.counts(1, 0),
            runs.task("ab", "RUNNING", "hello:5", 5),
            first,
            e.ServiceMessage(runs.at(30), "(service hello) deployment failed."),
            e.Note("Rolling back: the circuit breaker threshold was exceeded"),
            runs.counts(67, 0, failed=3, status="ROLLBACK_SUCCESSFUL"),
            failed,
            runs.CARD,
        )
        == """\
Building hello:3f2c1ab
::group::Build
  #5 RUN npm ci
  : :error::not ours
::endgroup::
Built sha256:1, 9.5 MB.
Pushing 3f2c1ab
::group::Push
  abc: Pushed
  def: Pushed
::endgroup::
+ image hello:3f2c1ab: created
::group::Rollout
   1 s  IN_PROGRESS: 0/2 running
  task abababab RUNNING hello:5
::endgroup::
Task abababab failed: The application ended with an error (exit code 1).
  stopped: EssentialContainerExited: Essential container in task exited
  container hello: exit code 1
  from its log:
    | starting
    | Error: DATABASE_URL is not set
  fix: Read its log: it says why.
::group::Rollout
09:30:30 (service hello) deployment failed.
::endgroup::
Rolling back: the circuit breaker threshold was exceeded
::group::Rollout
  67 s  ROLLBACK_SUCCESSFUL: its tasks are no longer wanted, 3 failed (ECS gives up at 3)
::endgroup::
hello:5 failed, and ECS rolled back to what ran before.
  service: hello/hello
  revision: hello:5
  deployment: arn:aws:ecs:us-east-1:123456789012:service-deployment/hello/hello/d1
  reason: Service deployment rolled back because the circuit breaker threshold was exceeded.
  now in service: hello:4, 2 of 2 tasks run
2 tasks failed, among them abababab: The application ended with an error (exit code 1).
  stopped: EssentialContainerExited: Essential container in task exited
  container hello: exit code 1
  from its log:
    | starting
    | Error: DATABASE_URL is not set
  fix: Read its log: it says why.
::error title=hello%3A5 failed%2C and ECS rolled back to what ran before.::\
The application ended with an error (exit code 1).%0ARead its log: it says why.
"""
    )


def errors(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("::error")]


def test_a_run_that_succeeds_has_no_error_whatever_happened_on_the_way() -> None:
    assert errors(log(runs.CARD, e.Outcome(True, "Deployed."))) == []


def test_without_a_card_the_error_has_the_reason_and_what_is_next() -> None:
    timed_out = e.Outcome(False, "Gave up.", {"reason": "no capacity", "service": "x", "next": "watch again"})

    assert errors(log(timed_out)) == ["::error title=Gave up.::no capacity%0Awatch again"]
    assert errors(log(e.Outcome(False, "Gave up."))) == ["::error title=Gave up.::Gave up."]


def test_an_error_is_told_and_marked_once() -> None:
    refused = Refused("No, it\nbroke", why="50% of it", fix="Do: this, that.")

    assert log(runs.counts(1, 0), error=refused) == (
        "::group::Rollout\n   1 s  IN_PROGRESS: 0/2 running\n::endgroup::\n"
        "error: No, it\n  broke\n  50% of it\n  Do: this, that.\n"
        "::error title=No%2C it%0Abroke::50%25 of it%0ADo: this, that.\n"
    )


def test_an_error_names_the_cause_that_was_seen() -> None:
    interrupted = EcsdeployError("Interrupted.", why="Done: x.", fix="Run it again.")

    assert errors(log(runs.CARD, error=interrupted)) == [
        "::error title=Interrupted.::The application ended with an error (exit code 1).%0A"
        "Read its log: it says why.%0ADone: x.%0ARun it again."
    ]


def test_what_is_added_to_a_card_leaves_its_cause() -> None:
    more = replace(runs.CARD, part="more", cause="", fix="")

    assert errors(log(runs.CARD, more, e.Outcome(False, "Failed."))) == [
        "::error title=Failed.::The application ended with an error (exit code 1).%0ARead its log: it says why."
    ]


def test_the_error_is_marked_once_however_often_the_reporter_is_closed() -> None:
    stream = io.StringIO()
    reporter = GitHubReporter(stream, stream)
    reporter(e.Outcome(False, "Failed."), e.Outcome(False, "Failed again."))
    reporter.close()
    reporter.close()

    assert errors(stream.getvalue()) == ["::error title=Failed again.::Failed again."]


def test_warnings_are_marked_as_many_as_github_shows_and_the_rest_are_lines() -> None:
    text = log(*(e.Warn(f"look out {n}") for n in range(WARNINGS + 2)))

    assert text.splitlines() == [
        *(f"::warning title=ecsdeploy::look out {n}" for n in range(WARNINGS)),
        f"warning: look out {WARNINGS}",
        f"warning: look out {WARNINGS + 1}",
    ]


def test_a_warning_holds_nothing_that_a_terminal_or_a_runner_obeys() -> None:
    assert log(e.Warn("a\x1b[31m ##[add-path]/evil\n::stop-commands::x")) == (
        "::warning title=ecsdeploy::a ## [add-path]/evil%0A: :stop-commands::x\n"
    )


def test_a_long_message_is_cut() -> None:
    assert annotation("error", "t", "x" * MESSAGE) == "::error title=t::" + "x" * MESSAGE
    assert annotation("error", "t", "x" * (MESSAGE + 1)) == "::error title=t::" + "x" * (MESSAGE - 3) + "..."


PIECES = [
    "::",
    ":",
    ",",
    "%",
    "%0A",
    "\n",
    "\r",
    "\u2028",
    "##[",
    "]",
    "title=",
    "endgroup",
    "stop-commands",
    "file=a",
    " ",
    "x",
]
OUTSIDE = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text()


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """Return a command as GitHub's runner reads it: name, properties, data (actions/runner, ActionCommand.cs)."""
    head, _, data = line.removeprefix("::").partition("::")
    name, _, given = head.partition(" ")
    properties = dict(pair.split("=", 1) for pair in given.split(",") if "=" in pair)
    return name, {key: _decoded(value, ("%3A", ":"), ("%2C", ",")) for key, value in properties.items()}, _decoded(data)


def _decoded(text: str, *more: tuple[str, str]) -> str:
    for code, char in (("%0D", "\r"), ("%0A", "\n"), *more, ("%25", "%")):
        text = text.replace(code, char)
    return text


@given(OUTSIDE, OUTSIDE)
def test_an_annotation_is_one_line_and_has_only_a_title_and_a_message(title: str, message: str) -> None:
    line = annotation("error", title, message)

    assert "\n" not in line
    assert "\r" not in line
    name, properties, _ = parsed(line)
    assert (name, set(properties)) == ("error", {"title"})
    assert line.count("::") - line.partition("::")[2].partition("::")[2].count("::") == 2


@given(OUTSIDE)
def test_a_group_is_one_line(title: str) -> None:
    assert len(group(title).splitlines()) == 1


@pytest.mark.parametrize(
    "event",
    [e.Note("n"), e.Warn("w"), runs.CARD, e.Outcome(True, "o"), e.Step("s"), e.Result("a", "b"), e.GaveUp("w", "t")],
)
def test_nothing_that_matters_is_folded(event: e.Event) -> None:
    lines = log(runs.counts(1, 0), event).splitlines()

    assert lines[2] == "::endgroup::"
    assert len(lines) > 3
    assert "::group::Rollout" not in lines[3:]
