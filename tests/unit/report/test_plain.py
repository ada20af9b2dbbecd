"""What a person, a pipe or a CI log sees."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ecsdeploy import events as e
from ecsdeploy.changes import Change, Resource
from ecsdeploy.errors import ConfigError, Refused
from ecsdeploy.facts import Check
from ecsdeploy.report import choose_reporter
from ecsdeploy.report.github import GitHubReporter
from ecsdeploy.report.json_lines import JsonReporter
from ecsdeploy.report.plain import PlainReporter
from ecsdeploy.report.terminal import TerminalReporter

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
STORY: tuple[e.Event, ...] = (
    Resource("repository", "hello", "unchanged"),
    e.Step("Building hello:3f2c1ab"),
    e.BuildLine("#5 RUN npm ci"),
    e.LayerProgress("abc123", "Pushing", 10, 20),
    e.LayerProgress("abc123", "Pushed"),
    Resource("task definition", "hello:4", "created", (Change("cpu", "256", "512"), Change("x", None, "y"))),
    e.ServiceMessage(AT, "(service hello) has started 1 tasks: (task abc)."),
    e.TaskState("0123456789abcdef", "RUNNING", "HEALTHY", "hello:4"),
    e.RolloutState("d-1", "IN_PROGRESS", desired=2, running=1, pending=1, failed=1, threshold=3, elapsed=12.3),
    e.FailureCard("0123456789abcdef", "EssentialContainerExited", "Essential container in task exited",
                  ("web: exit code 1",), "The container web ended.", "Read the log.", ("boom", "\x1b[2Jbye"), times=2),
    e.Timeline(3.25, "replacement 01234567 RUNNING"),
    e.Warn("look out"),
    e.Outcome(True, "Deployed hello:4.", {"service": "c/hello"}),
    e.Result("url", "http://203.0.113.7:3000"),
)  # fmt: skip

PLAIN = """\
= repository hello: unchanged
Building hello:3f2c1ab
  #5 RUN npm ci
  abc123: Pushed
+ task definition hello:4: created
    cpu: 256 -> 512
    x: (none) -> y
09:30:00 (service hello) has started 1 tasks: (task abc).
  task 01234567 RUNNING HEALTHY hello:4
  12 s  IN_PROGRESS: 1/2 running, 1 pending, 1 failed (ECS gives up at 3)
2 tasks failed, among them 01234567: The container web ended.
  stopped: EssentialContainerExited: Essential container in task exited
  container web: exit code 1
  from its log:
    | boom
    | \x1b[2Jbye
  fix: Read the log.
    3.2 s  replacement 01234567 RUNNING
warning: look out
Deployed hello:4.
  service: c/hello
"""


def test_plain_lines_keep_data_and_progress_apart() -> None:
    out, err = io.StringIO(), io.StringIO()
    PlainReporter(out, err)(*STORY)
    assert err.getvalue() == PLAIN
    assert out.getvalue() == "http://203.0.113.7:3000\n"


SICK = e.FailureCard(
    task="0123456789abcdef",
    stop_code="ServiceSchedulerInitiated",
    stopped_reason="Task failed container health checks\r\nsecond \x1b[31mline",
    containers=("web: still running, Health check failed: exit code 7", "log: never started"),
    cause="The health check of the container web failed.",
    fix="Run it.\nThen think.",
    log_lines=("boom",),
    part="whole",
    check="curl -f x",
    target_health="Request timed out",
)
WHOLE = """\
Task 01234567 failed: The health check of the container web failed.
  stopped: ServiceSchedulerInitiated: Task failed container health checks
    second line
  container web: still running, Health check failed: exit code 7
  container log: never started
  health check: curl -f x
  load balancer: Request timed out
  from its log:
    | boom
  fix: Run it.
    Then think.
"""


def test_a_card_keeps_line_breaks_and_begins_with_the_cause() -> None:
    err = io.StringIO()
    PlainReporter(io.StringIO(), err)(SICK)
    assert err.getvalue() == WHOLE


def test_more_of_a_card_is_only_what_is_new() -> None:
    err = io.StringIO()
    empty = replace(SICK, stop_code="", stopped_reason="", containers=(), cause="", fix="", check="", target_health="")
    PlainReporter(io.StringIO(), err)(replace(empty, part="more"), replace(empty, part="more", cause="So.", fix="Do."))
    assert err.getvalue().splitlines() == [
        "More on task 01234567:",
        "  from its log:",
        "    | boom",
        "More on task 01234567: So.",
        "  from its log:",
        "    | boom",
        "  fix: Do.",
    ]


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        """Return that it is one."""
        return True


def test_a_card_on_a_terminal_breaks_between_words_and_leaves_the_log_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    err = Screen()
    TerminalReporter(io.StringIO(), err, colour=False)(replace(SICK, log_lines=("x" * 60,)))
    shown = re.sub(r"\x1b\[[0-9;]*m", "", err.getvalue()).splitlines()
    assert shown[:2] == ["Task 01234567 failed: The health check", "  of the container web failed."]
    assert "    | " + "x" * 60 in shown
    assert all(len(line) <= 40 for line in shown if "xxx" not in line)
    assert shown[-2:] == ["  fix: Run it.", "    Then think."]


def test_an_error_says_what_why_and_what_to_do() -> None:
    err = io.StringIO()
    PlainReporter(io.StringIO(), err).error(Refused("It can't be.", why="Because.", fix="Do this.\nThen that."))
    assert err.getvalue() == "error: It can't be.\n  Because.\n  Do this.\n  Then that.\n"


def test_json_lines_are_one_object_each_whatever_is_in_them() -> None:
    out = io.StringIO()
    reporter = JsonReporter(out)
    reporter(*STORY, e.Note("a\nb\u2028c"))
    reporter.error(ConfigError("bad", fix="good"))
    records = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [record["event"] for record in records[-2:]] == ["Note", "Error"]
    assert records[-1] == {"event": "Error", "what": "bad", "why": "", "fix": "good", "exit_code": 2}
    assert records[9]["running"] == 1
    assert len(records) == len(STORY) + 3


def test_json_lines_hold_no_command_for_a_runner() -> None:
    out = io.StringIO()
    JsonReporter(out)(e.Note("##[add-path]/evil"))
    assert "##[" not in out.getvalue()
    assert json.loads(out.getvalue().splitlines()[-1])["text"] == "##[add-path]/evil"


def test_a_terminal_shows_the_same_lines() -> None:
    out, err = io.StringIO(), io.StringIO()
    reporter = TerminalReporter(out, err, colour=False)
    reporter(e.Step("Building"), Resource("service", "[bold]x[/bold]", "created"), e.Result("url", "http://x"))
    reporter.close()
    assert err.getvalue() == "Building\n+ service [bold]x[/bold]: created\n"
    assert out.getvalue() == "http://x\n"


EVENT = "[ERROR] boom\n\tat a\x1b[31m.js\n##[add-path]/evil\r"
"""What an application printed, as one event."""


def logged(out: io.StringIO, **how: bool) -> list[str]:
    PlainReporter(out, io.StringIO(), **how)(e.LogLine(AT, "0123456789", "web", EVENT))
    return [line.partition(" | ")[2] for line in out.getvalue().splitlines()]


def test_a_log_event_of_several_lines_goes_to_a_file_as_it_was_written() -> None:
    assert logged(io.StringIO()) == ["[ERROR] boom", "\tat a\x1b[31m.js", "##[add-path]/evil"]


def test_a_terminal_and_a_runner_get_it_without_what_they_would_obey() -> None:
    assert logged(Terminal()) == ["[ERROR] boom", "\tat a.js", "##[add-path]/evil"]
    assert logged(io.StringIO(), runner=True) == ["[ERROR] boom", "\tat a.js", "## [add-path]/evil"]

    out = Terminal()
    TerminalReporter(out, io.StringIO(), colour=False)(e.LogLine(AT, "0123456789", "web", EVENT))
    assert [line.partition(" | ")[2] for line in out.getvalue().splitlines()] == [
        "[ERROR] boom",
        " " * (8 - len("09:30:00 01234567 web | ") % 8 or 8) + "at a.js",  # to the next tab stop
        "##[add-path]/evil",
    ]


@pytest.mark.parametrize(("runner", "shown"), [(False, "\tat a\x1b[31m.js"), (True, "at a.js")])
def test_a_log_that_somebody_at_a_terminal_writes_to_a_file_is_the_text_itself(runner: bool, shown: str) -> None:
    out = io.StringIO()
    reporter = TerminalReporter(out, Terminal(), colour=True, runner=runner)
    reporter(e.LogLine(AT, "0123456789", "web", EVENT))
    line = out.getvalue().splitlines()[1].partition(" | ")[2]
    assert (line.strip() if runner else line) == shown
    assert ("##[add-path]/evil" in out.getvalue()) is not runner


CARD = e.FailureCard("0123456789", "TaskFailed", "why", (), "It ended.", "Read the log.", ("\tboom\x1b[31m",))
BUILT = e.BuildLine("#5 \x1b[1mnpm\tok\u202e")


@pytest.mark.parametrize(
    ("err", "runner", "shown"),
    [
        (False, False, ["  #5 \x1b[1mnpm\tok\u202e", "    | \tboom\x1b[31m"]),
        (False, True, ["  #5 npm\tok\ufffd", "    | \tboom"]),
        (True, False, ["  #5 npm\tok\ufffd", "    | \tboom"]),
    ],
)
def test_what_a_program_printed_goes_to_a_file_as_it_was_written_on_stderr_too(
    err: bool, runner: bool, shown: list[str]
) -> None:
    stream = Terminal() if err else io.StringIO()
    PlainReporter(io.StringIO(), stream, runner=runner)(BUILT, CARD)
    lines = stream.getvalue().splitlines()
    assert [line for line in lines if line.startswith(("  #5", "    |"))] == shown


def test_a_card_shows_each_line_of_an_event() -> None:
    err = io.StringIO()
    card = e.FailureCard(
        "0123456789", "TaskFailed", "why", (), "It ended.", "Read the log.", ("boom\n  at a.js\n", "end")
    )
    PlainReporter(io.StringIO(), err)(card)
    assert "  from its log:\n    | boom\n    |   at a.js\n    | end\n" in err.getvalue()


def test_a_long_reason_is_told_in_full_once() -> None:
    err = io.StringIO()
    reason = "CannotPullContainerError: " + "retried " * 30
    PlainReporter(io.StringIO(), err)(e.TaskState("0123456789", "STOPPED", note=reason))
    assert err.getvalue() == f"  task 01234567 STOPPED: {reason[:97]}...\n"


class Terminal(io.StringIO):
    """Somebody's terminal."""

    def isatty(self) -> bool:
        return True


def test_a_live_block_is_whole_whenever_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above it stands what the terminal may wrap; it must not be cut for that, nor take another height."""
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    err = Terminal()
    reporter = TerminalReporter(io.StringIO(), err, colour=False)
    failing = e.TaskState("b6c9a242", "STOPPED", note="Essential container in task exited")
    state = e.RolloutState("d", "ROLLBACK_IN_PROGRESS", 0, 0, 0, failed=3, threshold=3, tasks=(failing,))
    reporter(state, e.ServiceMessage(AT, "(service hello) has reached a steady state, and says more"))
    reporter.close()
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", err.getvalue())
    block = "   0 s  ROLLBACK_IN_PROGRESS: its tasks \nare no longer wanted, 3 failed (ECS \ngives up at 3)\n"
    block += "  task b6c9a242 STOPPED: Essential \ncontainer in task exited"
    assert shown.count("ROLLBACK_IN_PROGRESS") == shown.count(block) == 3
    assert "09:30:00 (service hello) has reached a steady state, and says more\n" in shown


def test_a_check_is_broken_between_words_and_what_to_do_can_be_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    reporter = TerminalReporter(out, io.StringIO(), colour=False)
    reporter(
        Check(
            about="permissions",
            status="problem",
            text="The role is an administrator.",
            why="Whoever changes a workflow of it owns it.",
            fix="Run `aws iam delete-role-policy`.",
        )
    )
    assert re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", out.getvalue()) == (
        "problem    permissions: The role is an\n"
        "           administrator.\n"
        "           Whoever changes a workflow of\n"
        "           it owns it.\n"
        "           Run `aws iam delete-role-policy`.\n"
    )


def test_a_pipe_gets_plain_lines_and_a_runner_its_own() -> None:
    streams = io.StringIO(), io.StringIO()
    assert type(choose_reporter("auto", *streams, {})) is PlainReporter
    assert type(choose_reporter("auto", *streams, {"GITHUB_ACTIONS": "true"})) is GitHubReporter
    assert type(choose_reporter("json", *streams, {"GITHUB_ACTIONS": "true"})) is JsonReporter
    assert type(choose_reporter("rich", *streams, {})) is TerminalReporter
