"""What a step of a GitHub job is left with, however a command ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer

from ecsdeploy import events as e
from ecsdeploy.cli.boundary import boundary
from ecsdeploy.errors import Refused
from ecsdeploy.runtime import Options
from tests.unit.report.github import runs
from tests.unit.report.github.runner import read_outputs

MADE = [event for _, event in runs.MADE]
FAILED = e.Outcome(False, "hello:5 failed, and ECS rolled back.", {"reason": "it crashed"}, "rolled-back", 4)


@dataclass(frozen=True)
class Step:
    """The files of a step."""

    output: Path
    summary: Path

    @property
    def outputs(self) -> dict[str, str]:
        return read_outputs(self.output.read_text("utf-8")) if self.output.exists() else {}


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Step:
    files = Step(tmp_path / "output", tmp_path / "summary")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_OUTPUT", str(files.output))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(files.summary))
    return files


def run(options: Options, events: Sequence[e.Event], end: BaseException) -> int:
    try:
        with boundary(options, changes=True) as report:
            report(*events)
            raise end
    except typer.Exit as left:
        return left.exit_code


def commands(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("::")]


def test_a_verdict_is_an_output_a_summary_and_one_error(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(Options(command="deploy"), [*MADE, runs.CARD, FAILED, runs.CARD], typer.Exit(4)) == 4

    assert step.outputs == {
        "image": runs.IMAGE,
        "task-definition-arn": runs.REVISION,
        "deployment-arn": runs.DEPLOYMENT,
        "digest": runs.IMAGE.partition("@")[2],
        "outcome": "rolled-back",
    }
    assert step.summary.read_text("utf-8").startswith(
        "### ❌ hello:5 failed, and ECS rolled back.\n\n**Cause:** The app"
    )
    assert commands(capsys.readouterr().err) == [
        "::error title=hello%3A5 failed%2C and ECS rolled back.::"
        "The application ended with an error (exit code 1).%0ARead its log: it says why."
    ]


def test_a_refusal_is_too(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(Options(command="deploy"), [], Refused("No.", why="Because.")) == 3

    assert step.outputs == {"outcome": "refused"}
    assert step.summary.read_text("utf-8").startswith("### ❌ No.\n\n**Why:** Because.\n")
    assert commands(capsys.readouterr().err) == ["::error title=No.::Because."]


def test_json_lines_leave_the_same_files_and_no_annotation(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(Options(command="deploy", output="json"), [*MADE, FAILED], typer.Exit(4)) == 4

    shown = capsys.readouterr()
    assert step.outputs["outcome"] == "rolled-back"
    assert step.summary.exists()
    assert commands(shown.err) == []
    assert [json.loads(line)["event"] for line in shown.out.splitlines()] == ["Stream", *["Output"] * 3, "Outcome"]


def test_files_that_cannot_be_written_are_one_warning_and_the_verdict_stays(
    step: Step, capsys: pytest.CaptureFixture[str]
) -> None:
    step.output.mkdir()
    step.summary.mkdir()

    assert run(Options(command="deploy"), [FAILED], typer.Exit(4)) == 4
    assert commands(capsys.readouterr().err) == [
        f"::warning title=ecsdeploy::A file of GitHub's runner was not written: {step.output}: Is a directory.",
        "::error title=hello%3A5 failed%2C and ECS rolled back.::it crashed",
    ]


def test_elsewhere_nothing_is_left(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS")

    assert run(Options(command="deploy"), [FAILED], typer.Exit(4)) == 4
    assert not step.output.exists()
    assert not step.summary.exists()


CANCELLED = """
import time
from ecsdeploy.cli.boundary import boundary
from ecsdeploy.events import Output, RolloutState
from ecsdeploy.runtime import Options
with boundary(Options(command="deploy"), changes=True) as report:
    report(Output("image", "hello@sha256:1"), RolloutState("d1", "IN_PROGRESS", 2, 0, 2))
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["cancelled", "terminated"])
def test_a_cancelled_job_leaves_what_is_known(step: Step, sent: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CANCELLED], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(sent)
        _, log = process.communicate(timeout=60)

    assert step.outputs == {"image": "hello@sha256:1", "digest": "sha256:1", "outcome": "interrupted"}
    assert step.summary.read_text("utf-8").startswith("### ❌ ")
    assert [line.partition(" ")[0] for line in commands(log)] == ["::group::Rollout", "::endgroup::", "::error"]
