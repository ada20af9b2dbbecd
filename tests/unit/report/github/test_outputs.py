"""The outputs of a step, as GitHub's runner reads them."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ecsdeploy import events as e
from ecsdeploy.core.record import Problem, Record
from ecsdeploy.core.verdict import Kind
from ecsdeploy.errors import ExitCode
from ecsdeploy.report.clean import clean
from ecsdeploy.report.github.ending import StepFiles
from ecsdeploy.report.github.files import outputs
from ecsdeploy.report.github.outputs import outcome_of, outputs_of
from tests.unit.report.github import runs
from tests.unit.report.github.runner import read_outputs

README = Path(__file__).parents[4] / "README.md"
DIGEST = "sha256:" + "ab" * 32
KNOWN = {
    "image": runs.IMAGE,
    "task-definition-arn": runs.REVISION,
    "deployment-arn": runs.DEPLOYMENT,
    "digest": DIGEST,
}


def test_a_deployment_names_all_that_a_later_step_may_need() -> None:
    assert outputs_of(runs.deployed()) == KNOWN | {"url": "http://203.0.113.7:3000", "outcome": "succeeded"}


def test_one_that_failed_too() -> None:
    assert outputs_of(runs.rolled_back()) == KNOWN | {"outcome": "rolled-back"}


@pytest.mark.parametrize(
    ("exit_code", "outcome"),
    [
        (1, "error"),
        (2, "invalid"),
        (3, "refused"),
        (5, "failed"),
        (9, "busy"),
        (130, "interrupted"),
        (143, "interrupted"),
    ],
)
def test_one_that_an_error_ended_says_what_is_known(exit_code: int, outcome: str) -> None:
    ended = runs.record(runs.MADE[:2], exit_code=exit_code, error=Problem("It can't be.", "", ""))

    expected = {name: KNOWN[name] for name in ("image", "task-definition-arn", "digest")} | {"outcome": outcome}
    assert outputs_of(ended) == expected


def test_an_error_after_the_verdict_is_the_outcome() -> None:
    deployed = runs.deployed()
    entries = [((each.at - runs.AT).total_seconds(), each.event) for each in deployed.entries]

    assert outputs_of(runs.record(entries, exit_code=5, error=Problem("x", "", "")))["outcome"] == "failed"


def test_what_a_command_was_asked_for_is_an_output() -> None:
    built = runs.record([(1, e.Result("image", runs.IMAGE))])
    assert outputs_of(built) == {"image": runs.IMAGE, "digest": DIGEST, "outcome": "succeeded"}

    registered = runs.record([(1, e.Output("image", "")), (1, e.Result("task-definition-arn", runs.REVISION))])
    assert outputs_of(registered) == {"task-definition-arn": runs.REVISION, "outcome": "succeeded"}


def test_the_readme_lists_every_outcome() -> None:
    row = next(line for line in README.read_text("utf-8").splitlines() if line.startswith("| `outcome` |"))
    words = {outcome_of(runs.record([], exit_code=int(code))) for code in ExitCode} | set(get_args(Kind))

    assert set(re.findall(r"`([a-z-]+)`", row.partition(" | ")[2])) == words


def test_a_command_that_only_shows_something_has_none() -> None:
    assert outputs_of(runs.record([(1, e.Note("All is well."))])) == {}


def test_the_file_is_added_to_in_heredocs_with_delimiters_of_their_own() -> None:
    fences = itertools.count(1)

    text = outputs({"url": "http://a", "outcome": "line\nurl=evil"}, lambda: f"fence{next(fences)}")

    assert text == "url<<fence1\nhttp://a\nfence1\noutcome<<fence2\nline\N{REPLACEMENT CHARACTER}url=evil\nfence2\n"


NAMES = st.sampled_from(["image", "digest", "task-definition-arn", "deployment-arn", "outcome", "url"])
PIECES = [
    "\n",
    "\r",
    "\r\n",
    "\u2028",
    "\x85",
    "\x00",
    "<<",
    "=",
    "EOF",
    "url=evil",
    "url<<EOF",
    " ",
    "::",
    "\ud800",
    "é",
]
VALUES = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text()


@given(st.dictionaries(NAMES, VALUES))
@example({"url": "a\nurl<<x\nevil\nx\n"})
@example({"outcome": "\r\nimage=evil"})
def test_no_value_adds_an_output_or_ends_its_own(values: dict[str, str]) -> None:
    written = outputs(values).encode("utf-8").decode("utf-8")

    assert read_outputs(written) == {name: clean(value) for name, value in values.items()}
    assert read_outputs(written.replace("\r", "\n")) == read_outputs(written)


def test_a_delimiter_is_never_the_same_twice() -> None:
    fences = {outputs({"url": "a"}).splitlines()[0] for _ in range(50)}

    assert len(fences) == 50
    assert all(len(fence) >= len("url<<") + 32 for fence in fences)


def leave(tmp_path: Path, record: Record) -> tuple[str, str]:
    files = StepFiles(str(tmp_path / "output"), str(tmp_path / "summary"))
    files(record)
    texts = [path.read_text("utf-8") if path.exists() else "" for path in (tmp_path / "output", tmp_path / "summary")]
    return texts[0], texts[1]


def test_both_files_are_added_to(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("mine=1\n")
    (tmp_path / "summary").write_text("# Mine\n")

    output, summary = leave(tmp_path, runs.rolled_back())

    assert read_outputs(output) == {"mine": "1", **KNOWN, "outcome": "rolled-back"}
    assert summary.startswith("# Mine\n### ❌ hello:5 failed, and ECS rolled back")


def test_a_command_that_only_shows_something_leaves_nothing(tmp_path: Path) -> None:
    assert leave(tmp_path, runs.record([(1, e.Note("All is well."))])) == ("", "")


@pytest.mark.parametrize(("output", "summary"), [("gone/o", "summary"), ("output", "gone/s"), ("gone/o", "gone/s")])
def test_a_file_that_cannot_be_written_is_one_problem_and_the_other_is_written(
    tmp_path: Path, output: str, summary: str
) -> None:
    files = StepFiles(str(tmp_path / output), str(tmp_path / summary))

    with pytest.raises(FileNotFoundError, match=r"gone/[os]: No such file or directory"):
        files(runs.deployed())
    assert {path.name for path in tmp_path.iterdir()} == {"output", "summary"} & {output, summary}


def test_a_runner_without_the_files_gets_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files = StepFiles.of({"GITHUB_ACTIONS": "true"})

    assert files is not None
    files(runs.deployed())
    assert list(tmp_path.iterdir()) == []
    assert StepFiles.of({"GITHUB_OUTPUT": "o"}) is None
