"""Ctrl-C and SIGTERM while something is watched: what was done is told, and the next run goes on from there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecsdeploy.sandbox.app import Sandbox
from tests.tool.states.bench import NO_BREAKER, Bench, open_bench, open_sandbox

MAIN = [sys.executable, "-c", "from ecsdeploy.cli import main; main()"]
SIGNALS = pytest.mark.parametrize(
    ("number", "word", "code"),
    [(signal.SIGINT, "Interrupted", 130), (signal.SIGTERM, "Terminated", 143)],
    ids=["Ctrl-C", "SIGTERM"],
)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """An app in a sandbox of its own."""
    with open_sandbox(tmp_path / "sandbox") as sandbox:
        yield bench_of(sandbox, tmp_path)


def bench_of(sandbox: Sandbox, home: Path) -> Bench:
    return open_bench(sandbox, home, "hello")


def interrupted(bench: Bench, number: signal.Signals, until: str, *arguments: str) -> tuple[int, str, str]:
    """Run a command, send it a signal as soon as it told what matches `until`; return code, stdout and stderr."""
    process = subprocess.Popen(
        [*MAIN, *arguments],
        cwd=bench.project,
        env={**os.environ, **bench.env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    told = ""
    for line in process.stderr:
        told += line
        if re.search(until, line):
            process.send_signal(number)
            break
    out, rest = process.communicate(timeout=30)
    return process.returncode, out, told + rest


@SIGNALS
def test_a_deployment_under_watch(bench: Bench, number: signal.Signals, word: str, code: int) -> None:
    bench.deployed(NO_BREAKER)
    bench.change()
    bench.sandbox.faults.break_next_deployment("no-capacity")

    ended, out, told = interrupted(bench, number, "0/1 running", "deploy")

    assert (ended, out) == (code, "")
    assert told.endswith(
        f"error: {word}.\n"
        "  Done: registered hello:2; updated the service hello. Not finished: watching the deployment.\n"
        "  ECS goes on with the deployment of hello:2: 0 of 1 tasks run.\n"
        "  Watch it:\n"
        "      ecsdeploy watch\n"
        "  Roll it back:\n"
        "      ecsdeploy rollback\n"
    )
    bench.suffer()
    again = bench.require("deploy")
    assert "A deployment of hello:2 is in flight already: watching it.\n" in again or "Unchanged: hello:2" in again
    assert bench.revisions() == ["hello:1", "hello:2"]


def test_a_count_that_is_waited_for(bench: Bench) -> None:
    bench.deployed()
    commit = bench.release()
    bench.require("deploy")
    bench.suffer("no-capacity")
    bench.config("[service]\ncount = 2")

    ended, _, told = interrupted(bench, signal.SIGINT, "service hello: updated", "deploy", "--image", commit)

    assert ended == 130
    assert told.endswith(
        "  ECS goes on with the service hello: 1 of 2 tasks run.\n"
        "  Run the same command again: it continues from here.\n"
    )


@SIGNALS
def test_a_wait_for_another_deployment(bench: Bench, number: signal.Signals, word: str, code: int) -> None:
    bench.deployed()
    bench.stuck()
    bench.change()

    ended, out, told = interrupted(bench, number, "Waiting up to 15m", "deploy", "--if-busy", "wait")

    assert (ended, out) == (code, "")
    assert told.endswith(
        f"error: {word}.\n"
        "  Nothing was changed.\n"
        "  Nothing of it goes on in AWS: the service hello was not touched.\n"
        "  Run the same command again to continue.\n"
    )
    assert len(bench.deployments()) == 2


@SIGNALS
def test_a_healing_under_watch(bench: Bench, number: signal.Signals, word: str, code: int) -> None:
    bench.deployed()
    bench.suffer("no-capacity")

    ended, out, told = interrupted(bench, number, "stop requested", "chaos-stop", "--yes")

    assert (ended, out) == (code, "")
    assert re.search(
        rf"error: {word}\.\n"
        r"  Done: stopped task [0-9a-f]{12}\.( Not finished: [^\n]+\.)?\n"
        r"  ECS replaces the task by itself; `ecsdeploy logs --follow` shows it start\.\n$",
        told,
    ), told


@SIGNALS
def test_a_command_in_a_task_of_its_own(bench: Bench, number: signal.Signals, word: str, code: int) -> None:
    bench.deployed()

    ended, out, told = interrupted(bench, number, "PROVISIONING", "run", "--", "sleep", "600")

    assert (ended, out) == (code, "")
    (task,) = bench.ecs.list_tasks(cluster="hello", startedBy="ecsdeploy/run", desiredStatus="STOPPED")["taskArns"]
    identity = task.rpartition("/")[2]
    assert told.endswith(
        f"error: {word}.\n"
        f"  Done: started task {identity}; stopped task {identity}.\n"
        "  Its container gets SIGTERM, and SIGKILL after the stop timeout.\n"
    )


@SIGNALS
def test_a_release_command_goes_on_and_is_waited_for(
    bench: Bench, number: signal.Signals, word: str, code: int
) -> None:
    bench.deployed('\n[release]\ncommand = ["true"]\n')
    bench.config('\n[release]\ncommand = ["sleep", "60"]\n')
    bench.change()

    ended, out, told = interrupted(bench, number, "PROVISIONING", "deploy")

    assert (ended, out) == (code, "")
    assert f"error: {word}.\n  Done: registered hello:2; started the release command as task " in told
    assert re.search(
        r"  ECS goes on with task ([0-9a-f]{12}), the release command of hello\.\n"
        r"  See its log:\n      ecsdeploy logs --follow --task \1[0-9a-f]{20}\n"
        r"  Wait for it, and go on:\n      ecsdeploy deploy\n"
        r"  Stop it:\n      aws ecs stop-task --region us-east-1 --cluster hello --task \1[0-9a-f]{20}\n$",
        told,
    ), told
    assert bench.runs() == "hello:1"
    again = bench.run("deploy", "--debug")
    assert again.code == 0, again.err
    assert "An earlier run has started the release command as task " in again.err
    assert "ecs:RunTask" not in again.writes
    assert bench.runs() == "hello:2"


@SIGNALS
def test_a_log_that_is_followed(bench: Bench, number: signal.Signals, word: str, code: int) -> None:
    bench.deployed()
    bench.client("logs").create_log_stream(logGroupName="/ecs/hello", logStreamName="hello/hello/0123456789abcdef")

    process = subprocess.Popen(
        [*MAIN, "logs", "--follow"],
        cwd=bench.project,
        env={**os.environ, **bench.env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    bench.say("hello/hello/0123456789abcdef", "ready")
    assert process.stdout is not None
    assert any("ready" in line for line in process.stdout)
    process.send_signal(number)
    _, told = process.communicate(timeout=30)

    assert process.returncode == code
    assert "Traceback" not in told
    if number == signal.SIGINT:  # how following ends: nothing to explain
        assert told == ""
    else:
        assert told.startswith(f"error: {word}.\n")
