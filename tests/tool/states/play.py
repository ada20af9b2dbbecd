"""One row, played."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from contextlib import suppress
from pathlib import Path

from ecsdeploy.sandbox.app import Sandbox
from tests.support.authorized import Recorder
from tests.support.held import command_of, unused
from tests.support.world import Ran
from tests.tool.states.bench import Bench, open_bench
from tests.tool.states.permissions import undocumented
from tests.tool.states.table import Row

BEYOND_A_PLAN = (
    "No Docker Engine answers",
    "cannot change it: they lack ",
    "lack iam:",
    "lack permission for ecs:RunTask",
    "error: The release command ",
    "is still busy after ",
    "was replaced by a newer one",
    "failed its smoke test",
)
"""Words of a run that no plan knows: what this machine can build, what a write is refused, how a command ends, what
others do meanwhile, and what new tasks answer."""
GOING_BACK = {"ecs:StopServiceDeployment", "ecs:UpdateService"}
"""What a deployment that cannot succeed is ended with: no plan shows that."""


def plan_of(bench: Bench, arguments: list[str]) -> Ran | None:
    """Return what `plan` says of the same state, None where the row's command is not `deploy`."""
    if arguments[0] != "deploy":
        return None
    without_timeout = arguments[: arguments.index("--timeout")] if "--timeout" in arguments else arguments
    return bench.run("plan", *without_timeout[1:], "--output", "json", "--debug")


def notes_of(ran: Ran) -> str:
    """Return the notes that a command told in JSON; with --debug, its API calls are one of them."""
    events = [json.loads(line) for line in ran.out.splitlines()]
    return "\n".join(str(event["text"]) for event in events if event["event"] == "Note")


def told_calls(ran: Ran) -> Counter[str]:
    """Return the API calls of a command that told them in JSON."""
    return Ran(ran.code, "", notes_of(ran)).calls


def assert_the_plan_was_true(planned: Ran, ran: Ran) -> None:
    """Hold what `deploy` wrote against what `plan` showed: the same calls, and the same refusals."""
    if any(words in ran.err for words in BEYOND_A_PLAN):
        return
    events = [json.loads(line) for line in planned.out.splitlines()]
    assert Ran(planned.code, "", notes_of(planned)).writes == {}
    if planned.code:
        told = next(event for event in events if event["event"] == "Error")
        assert (planned.code, ran.writes) == (ran.code, {}), planned.out
        assert f"error: {told['what']}\n" in ran.err
        return
    shown = [call for event in events if event["event"] == "Planned" for call in event["calls"]]
    promised = Counter(call.replace("logs:", "cloudwatch-logs:") for call in shown)
    assert not promised - ran.writes, planned.out
    assert set(ran.writes - promised) <= (GOING_BACK if "\nGiving up: " in ran.err else set()), planned.out


def play(
    row: Row, sandbox: Sandbox, home: Path, recorder: Recorder | None = None, *, documented: bool = True
) -> dict[str, set[str]]:
    """Bring the state about, run the command, look; return what each command that was run called.

    With `documented`, each of these calls has to stand in `docs/permissions.md`; with the sandbox's `recorder`, its
    policy has to allow it.
    """
    bench = open_bench(sandbox, home, row.id, recorder)
    steps = row.play(bench)
    calls: dict[str, set[str]] = {}
    try:
        next(steps)
        arguments = shlex.split(row.command)
        planned = plan_of(bench, arguments)
        asked = [("plan", call) for call in bench.called] if planned is not None else []
        ran = bench.run(arguments[0], "--debug", *arguments[1:])
        assert ran.code == row.code, ran.err
        asked += [(command_of(arguments), call) for call in bench.called]
        assert recorder is None or unused(row.id, asked) == []
        calls[command_of(arguments)] = set(ran.calls)
        if planned is not None:
            calls["plan"] = set(told_calls(planned))
            assert_the_plan_was_true(planned, ran)
        assert "Something unexpected" not in ran.err, ran.err
        with suppress(StopIteration):
            steps.send(ran)
            raise AssertionError(f"{row.id} yields more than once")
    finally:
        steps.close()
        sandbox.faults.heal()
    if documented:
        lacking = {command: undocumented(command, found) for command, found in calls.items()}
        assert not any(lacking.values()), f"{lacking}: run `python -m tests.tool.states.permissions`"
    return calls
