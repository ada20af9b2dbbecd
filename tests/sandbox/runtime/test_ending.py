"""What is told of a health check that failed."""

from __future__ import annotations

from typing import Any

import pytest

from ecsdeploy.sandbox.runtime.ending import REASON, health_output, last_check


def state(*checks: tuple[int, str]) -> dict[str, Any]:
    """Return the Engine's state of a container with these checks: exit code and output."""
    return {"Health": {"Log": [{"ExitCode": code, "Output": output} for code, output in checks]}}


@pytest.mark.parametrize(
    ("checks", "told"),
    [
        (
            [(0, "ok"), (7, "curl: (7) Failed to connect")],
            "Health check failed: exit code 7: curl: (7) Failed to connect",
        ),
        ([(1, "")], "Health check failed: exit code 1"),
        ([(-1, "Health check exceeded timeout (5s)")], "Health check failed: Health check exceeded timeout (5s)"),
        ([(1, "no"), (0, "ok")], None),
        ([], None),
    ],
)
def test_the_last_check_is_the_one_that_counts(checks: list[tuple[int, str]], told: str | None) -> None:
    assert last_check(state(*checks)) == told


@pytest.mark.parametrize("nothing", [None, {}, {"Health": None}, {"Health": {"Log": None}}])
def test_what_the_engine_does_not_know_is_not_told(nothing: dict[str, Any] | None) -> None:
    assert last_check(nothing) is None


def test_the_output_is_one_short_harmless_line() -> None:
    told = health_output(1, "\x1b[31mno\x1b[0m\r\n\tanswer\x00 from\x1b]0;title\x07 3000\n")
    assert told == "Health check failed: exit code 1: no answer from 3000"
    long = health_output(1, "x" * 4000)
    assert len(long) == REASON
    assert long.endswith("x...")
