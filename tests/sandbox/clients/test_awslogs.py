"""`awslogs`: it lists, searches and reads what tasks log."""

from __future__ import annotations

import pytest

from tests.sandbox.clients.conftest import Shell

GROUP = "/ecs/awslogs"


@pytest.fixture(scope="module", autouse=True)
def _lines(shell: Shell) -> None:
    logs, now = shell.sandbox.client("logs"), int(shell.sandbox.sandbox.logs.now())
    logs.create_log_group(logGroupName=GROUP)
    for stream in ("web/app/1", "web/app/2", "jobs/app/3"):
        logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
        # More than a page of FilterLogEvents holds, which is a megabyte.
        events = [{"timestamp": now, "message": f"line {number}. {'x' * 600}"} for number in range(700)]
        logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=events)


def get(shell: Shell, *arguments: str) -> list[str]:
    return shell.ok("awslogs", "get", GROUP, *arguments, "--start=1h", "--no-color").splitlines()


def test_groups_and_streams(shell: Shell) -> None:
    assert GROUP in shell.ok("awslogs", "groups").splitlines()
    assert sorted(shell.ok("awslogs", "streams", GROUP).split()) == ["jobs/app/3", "web/app/1", "web/app/2"]


def test_every_line_of_every_page(shell: Shell) -> None:
    lines = get(shell, "ALL", "--no-group", "--no-stream")
    assert sorted(int(line.split()[1].rstrip(".")) for line in lines) == sorted(list(range(700)) * 3)


def test_streams_by_pattern_and_lines_by_filter(shell: Shell) -> None:
    lines = get(shell, "web/.*", "--filter-pattern", '"line 69."', "--no-group")
    assert [line.split()[:3] for line in lines] == [["web/app/1", "line", "69."], ["web/app/2", "line", "69."]]


def test_a_group_that_is_not_there(shell: Shell) -> None:
    done = shell.run("awslogs", "get", "/nothing", "ALL")
    assert done.returncode != 0
    assert "ResourceNotFoundException" in done.stdout + done.stderr
