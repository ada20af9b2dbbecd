"""`ecsdeploy logs`, as a user sees it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from contextlib import suppress

from tests.support.world import CONFIG, World


def put(world: World, stream: str, *lines: str, ago: float = 5, group: str = "/ecs/hello") -> None:
    """Write log events, one millisecond apart, as the awslogs driver would."""
    logs = world.client("logs")
    makers: tuple[Callable[[], object], ...] = (
        lambda: logs.create_log_group(logGroupName=group),
        lambda: logs.create_log_stream(logGroupName=group, logStreamName=stream),
    )
    for make in makers:
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            make()
    start = round((time.time() - ago) * 1000)
    events = [{"timestamp": start + n, "message": line} for n, line in enumerate(lines)]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def without_times(text: str) -> str:
    """Return log lines without the time of day."""
    return re.sub(r"^\d\d:\d\d:\d\d ", "", text, flags=re.MULTILINE)


ONE, TWO = "hello/hello/" + "1" * 32, "hello/hello/" + "2" * 32


def test_all_tasks_are_merged_in_the_order_of_time(world: World) -> None:
    put(world, ONE, "first", ago=9)
    put(world, TWO, "second", ago=8)
    put(world, ONE, "third", ago=7)
    ran = world.run("logs")
    assert (ran.code, ran.err) == (0, "")
    assert without_times(ran.out) == ("11111111 hello | first\n22222222 hello | second\n11111111 hello | third\n")


def test_one_task_a_pattern_and_a_time_can_be_chosen(world: World) -> None:
    put(world, ONE, '{"level": "info", "n": 1}', '{"level": "error", "n": 2}', ago=30)
    put(world, TWO, '{"level": "error", "n": 3}', ago=30)
    only = world.run("logs", "--task", "1111", "--filter", '{ $.level = "error" }')
    assert without_times(only.out) == '11111111 hello | {"level": "error", "n": 2}\n'
    late = world.run("logs", "--since", "10s")
    assert (late.code, late.out, late.err) == (0, "", "No log events in /ecs/hello in the last 10s.\n")


def test_any_time_since_there_are_logs_can_be_named(world: World) -> None:
    put(world, ONE, "once", ago=30)
    for since in ("999999h", "1d", "2w", "2026-11-01T10:00:00Z", "2026-11-01"):
        assert without_times(world.run("logs", "--since", since).out) == "11111111 hello | once\n"
    late = world.run("logs", "--since", "2100-01-01T00:00:00Z")
    assert (late.code, late.err) == (0, "No log events in /ecs/hello since 2100-01-01T00:00:00+00:00.\n")


def test_what_a_runner_would_obey_is_harmless_and_a_file_gets_the_text_itself(world: World) -> None:
    put(world, ONE, "\x1b]0;owned\x07\x1b[2Jhi", "x ##[add-path]/evil", "[ERROR] boom\n\tat a.js\r")
    assert without_times(world.run("logs", GITHUB_ACTIONS="true").out) == (
        "11111111 hello | hi\n"
        "11111111 hello | x ## [add-path]/evil\n"
        "11111111 hello | [ERROR] boom\n"
        "11111111 hello | \tat a.js\n"
    )
    assert without_times(world.run("logs").out) == (
        "11111111 hello | \x1b]0;owned\x07\x1b[2Jhi\n"
        "11111111 hello | x ##[add-path]/evil\n"
        "11111111 hello | [ERROR] boom\n"
        "11111111 hello | \tat a.js\n"
    )


def test_json_lines_keep_the_text_as_it_was(world: World) -> None:
    put(world, ONE, "a\tb \u2028 c")
    record = json.loads(world.run("logs", "--output", "json").out.splitlines()[-1])
    assert (record["event"], record["text"], record["container"]) == ("LogLine", "a\tb \u2028 c", "hello")


def test_a_bad_pattern_is_explained(world: World) -> None:
    put(world, ONE, "x")
    ran = world.run("logs", "--filter", "{ $.a = ")
    assert ran.code == 2
    assert ran.err.startswith("error: CloudWatch Logs does not accept the filter pattern '{ $.a = '.\n")


def test_without_a_log_group_it_says_what_to_do(world: World) -> None:
    ran = world.run("logs")
    assert ran.code == 3
    assert ran.err == (
        "error: There is no log group /ecs/hello.\n"
        "  Nothing was deployed yet, or it was deleted.\n"
        "  Run `ecsdeploy deploy`, which creates it.\n"
    )


def test_a_bad_duration_is_explained(world: World) -> None:
    ran = world.run("logs", "--since", "yesterday")
    assert ran.code == 2
    assert ran.err.startswith("error: --since 'yesterday' is not a duration.\n")


OF_ITS_OWN = """
[[task.raw.containerDefinitions]]
name = "hello"
logConfiguration = { options = { awslogs-group = "/shared/apps", awslogs-stream-prefix = "team/web" } }
"""
ELSEWHERE = """
[[task.raw.containerDefinitions]]
name = "hello"
logConfiguration = { logDriver = "splunk", options = { splunk-url = "https://splunk" } }
"""


def test_the_log_is_read_where_the_config_has_the_container_log(world: World) -> None:
    world.configure(CONFIG + OF_ITS_OWN)
    world.client("logs").create_log_group(logGroupName="/shared/apps")
    put(world, "team/web/hello/" + "1" * 32, "ours", group="/shared/apps")
    put(world, "team/web/other/" + "2" * 32, "another app's", group="/shared/apps")
    put(world, ONE, "not here", group="/ecs/hello")
    ran = world.run("logs", "--debug")
    assert without_times(ran.out) == "11111111 hello | ours\n"
    assert sum(ran.calls.values()) == 2  # whose credentials, and one look


def test_a_config_that_is_not_deployed_yet_hides_no_log(world: World) -> None:
    world.release()
    assert world.run("deploy").code == 0
    world.configure(CONFIG + OF_ITS_OWN)
    assert "hello | listening on port 3000\n" in without_times(world.run("logs").out)


def test_a_log_that_is_sent_elsewhere_is_said_to_be(world: World) -> None:
    world.configure(CONFIG + ELSEWHERE)
    ran = world.run("logs")
    assert ran.code == 3
    assert ran.err == (
        "error: There is no log to read.\n"
        "  hello logs to splunk: there is nothing of it to read in CloudWatch Logs.\n"
        "  Read it where it is sent.\n"
    )


def test_one_log_of_several_that_cannot_be_read_hides_no_other(world: World) -> None:
    world.configure(CONFIG + OF_ITS_OWN + '[[task.raw.containerDefinitions]]\nname = "agent"\nimage = "agent:1"\n')
    put(world, "hello/agent/" + "1" * 32, "ours")
    ran = world.run("logs")
    assert without_times(ran.out) == "11111111 agent | ours\n"
    assert "Some of the log cannot be shown. There is no log group /shared/apps.\n" in ran.err
