"""One row, played."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from contextlib import suppress
from pathlib import Path

from ecsdeploy.sandbox.app import Sandbox
from tests.cli.world import Ran
from tests.states.bench import Bench, open_bench
from tests.states.table import Row


def plan_of(bench: Bench, arguments: list[str]) -> Ran | None:
    """Return what `plan` says of the same state, None where the row's command is not `deploy`."""
    if arguments[0] != "deploy":
        return None
    without_timeout = arguments[: arguments.index("--timeout")] if "--timeout" in arguments else arguments
    return bench.run("plan", *without_timeout[1:], "--output", "json", "--debug")


def assert_the_plan_was_true(planned: Ran, ran: Ran) -> None:
    """Hold what `deploy` wrote against what `plan` showed: the same calls, and the same refusals."""
    if "No Docker Engine answers" in ran.err or "lack iam:" in ran.err:
        return  # no plan knows what this machine can build, or what a write will be refused
    events = [json.loads(line) for line in planned.out.splitlines()]
    notes = "\n".join(str(event["text"]) for event in events if event["event"] == "Note")
    assert Ran(planned.code, "", notes).writes == {}
    if planned.code:
        told = next(event for event in events if event["event"] == "Error")
        assert (planned.code, ran.writes) == (ran.code, {}), planned.out
        assert f"error: {told['what']}\n" in ran.err
        return
    shown = [call for event in events if event["event"] == "Planned" for call in event["calls"]]
    assert Counter(call.replace("logs:", "cloudwatch-logs:") for call in shown) == ran.writes, planned.out


def play(row: Row, sandbox: Sandbox, home: Path) -> None:
    """Bring the state about, run the command, look."""
    bench = open_bench(sandbox, home, row.id)
    steps = row.play(bench)
    try:
        next(steps)
        arguments = shlex.split(row.command)
        planned = plan_of(bench, arguments)
        ran = bench.run(*arguments, "--debug")
        assert ran.code == row.code, ran.err
        if planned is not None:
            assert_the_plan_was_true(planned, ran)
        assert "Something unexpected" not in ran.err, ran.err
        with suppress(StopIteration):
            steps.send(ran)
            raise AssertionError(f"{row.id} yields more than once")
    finally:
        sandbox.faults.heal()
