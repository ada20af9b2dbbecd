"""What a process leaves behind that swallows its signal, or is stuck: all that is known, and each thing once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

LONG = 20
"""Seconds after which a process is taken to hang; what is tried takes ten minutes if nothing ends it."""
PROGRAM = """
import sys, time
from pathlib import Path
import typer
from ecsdeploy.cli.boundary import boundary
from ecsdeploy.core.interrupted import deployment
from ecsdeploy.events import Note, Output, Result
from ecsdeploy.runtime import Journal, Options

def swallowing():
    while True:
        try:
            report(Note("ready"))
            time.sleep(600)
        except BaseException:
            pass

def tidying_up():
    try:
        report(Note("ready"))
        time.sleep(600)
    finally:
        time.sleep(600)

def writing():
    while True:
        try:
            report(Note("ready"), *(Note("x" * 1000) for _ in range(100)))
        except BaseException:
            pass

class Slow:
    name = "A slow one"

    def __call__(self, record):
        time.sleep(600)

def stuck_in_a_report():
    report.sinks.insert(1, Slow())
    report(Note("ready"))
    time.sleep(600)

def main():
    global report
    journal = Journal(done=["updated the service hello"], in_aws=deployment("hello:8", watch="WATCH", undo="UNDO"))
    with boundary(Options(command="deploy", reports=(Path("run.json"), Path("run.html"))), journal) as report:
        report(Output("image", "repo@sha256:1"), Result("url", "http://203.0.113.7:3000"))
        {what}
typer.run(main)
"""
CAUSE = (
    "::error title=Interrupted.::Done: updated the service hello.%0AECS goes on with the deployment of hello:8.%0A"
    "Watch it:%0A    WATCH%0ARoll it back:%0A    UNDO"
)


@dataclass(frozen=True)
class Left:
    """What was left behind: the log, the outputs and the summary of GitHub's step, and the report."""

    code: int
    log: str
    outputs: str
    summary: str
    report: str
    page: str


def interrupted(folder: Path, what: str, *, read: bool = True) -> Left:
    """Interrupt a process of GitHub's that does `what`; unless `read`, nobody reads what it says."""
    output, summary = folder / "output", folder / "summary"
    env = {**os.environ, "GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    argv = [sys.executable, "-c", PROGRAM.replace("{what}", what)]
    with subprocess.Popen(
        argv, cwd=folder, env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            assert process.stderr.readline() == "ready\n"
            process.send_signal(signal.SIGINT)
            log = process.communicate(timeout=LONG)[1] if read else str(process.wait(timeout=LONG))
        finally:
            process.kill()
    texts = [(folder / name).read_text("utf-8") for name in ("output", "summary", "run.json", "run.html")]
    assert sorted(each.name for each in folder.iterdir()) == ["output", "run.html", "run.json", "summary"]
    return Left(process.returncode, log, *texts)


@pytest.mark.parametrize("what", ["swallowing()", "tidying_up()", "stuck_in_a_report()"])
def test_what_is_known_is_handed_over_once(tmp_path: Path, what: str) -> None:
    left = interrupted(tmp_path, what)

    assert left.code == 130
    assert left.log.count("error: Interrupted.\n") == 1
    assert [line for line in left.log.splitlines() if line.startswith("::")] == [CAUSE]
    values = left.outputs.splitlines()[1::3]
    assert values == ["http://203.0.113.7:3000", "repo@sha256:1", "sha256:1", "interrupted"]
    assert left.summary.count("ECS goes on with the deployment of hello:8.") == 1
    report = json.loads(left.report)
    assert (report["exit_code"], report["error"]["what"]) == (130, "Interrupted.")
    assert "ECS goes on with the deployment of hello:8." in left.page


def test_nobody_has_to_read_the_words(tmp_path: Path) -> None:
    left = interrupted(tmp_path, "writing()", read=False)

    assert left.code == 130
    assert left.outputs.splitlines()[1::3][-1] == "interrupted"
    assert json.loads(left.report)["exit_code"] == 130
