"""The repository's own workflows, before the judges that work offline, and the promises that no judge knows of."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from ecsdeploy.github.action import CHECKOUT_ACTION

ROOT = Path(__file__).parents[3]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
BIN = Path(sys.executable).parent

JUDGES = {
    "zizmor": ["--offline", "--no-progress", "--no-config", "--quiet", "--persona=auditor"],
    # shellcheck and pyflakes are used where they happen to be installed: the same verdict everywhere instead.
    "actionlint": ["-shellcheck=", "-pyflakes=", "-no-color"],
    "check-jsonschema": ["--builtin-schema", "vendor.github-workflows"],
}
ACTION_JUDGES = {
    "zizmor": JUDGES["zizmor"],
    "check-jsonschema": ["--builtin-schema", "vendor.github-actions"],
}

GOOD = """\
name: good
on: workflow_dispatch
permissions: {}
concurrency:
  group: good
  cancel-in-progress: false
jobs:
  deploy:
    name: deploy
    runs-on: ubuntu-24.04
    permissions:
      contents: read # the checkout
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - run: make check
"""


def judge(name: str, workflow: Path, judges: Mapping[str, Sequence[str]] = JUDGES) -> subprocess.CompletedProcess[str]:
    """Run a judge on a workflow; it ends with 0 when it has nothing to say against it."""
    return subprocess.run(
        [BIN / name, *judges[name], workflow], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
@pytest.mark.parametrize("name", JUDGES)
def test_a_workflow_passes_every_judge(name: str, workflow: Path) -> None:
    verdict = judge(name, workflow)

    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.mark.parametrize("name", ACTION_JUDGES)
def test_the_action_passes_every_judge(name: str) -> None:
    verdict = judge(name, ROOT / "action.yml", ACTION_JUDGES)

    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("zizmor", "@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0", "@v7"),
        ("zizmor", '"${words[@]}"', "${{ inputs.arguments }}"),
        ("check-jsonschema", "using: composite", "using: composed"),
    ],
)
def test_a_judge_of_the_action_is_awake(name: str, good: str, bad: str, tmp_path: Path) -> None:
    text = (ROOT / "action.yml").read_text()
    assert good in text
    (tmp_path / "action.yml").write_text(text.replace(good, bad))

    assert judge(name, tmp_path / "action.yml", ACTION_JUDGES).returncode != 0


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("zizmor", "@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7"),
        ("zizmor", "on: workflow_dispatch", "on: pull_request_target"),
        ("zizmor", "persist-credentials: false", "persist-credentials: true"),
        ("zizmor", "permissions: {}", "permissions: write-all"),
        ("zizmor", "make check", "echo ${{ github.event.head_commit.message }}"),
        ("actionlint", "runs-on: ubuntu-24.04", "runs-on: ubuntu-24.04.9"),
        ("actionlint", "make check", "echo ${{ steps.nobody.outputs.x }}"),
        ("check-jsonschema", "contents: read", "content: read"),
    ],
)
def test_a_judge_is_awake(name: str, good: str, bad: str, tmp_path: Path) -> None:
    workflow = tmp_path / ".github" / "workflows" / "deploy.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(GOOD)
    before = judge(name, workflow)
    assert before.returncode == 0, before.stdout + before.stderr

    workflow.write_text(GOOD.replace(good, bad))

    assert judge(name, workflow).returncode != 0


USED = [*WORKFLOWS, ROOT / "action.yml"]


def used(path: Path) -> list[str]:
    """Return the actions of others that a file uses."""
    found = re.findall(r"uses: *(.*)", path.read_text())
    return [line for line in found if not line.startswith("./")]


@pytest.mark.parametrize("path", USED, ids=lambda path: path.name)
def test_every_action_is_pinned_by_commit_and_says_which_tag_that_is(path: Path) -> None:
    assert used(path)
    assert [line for line in used(path) if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


def test_one_commit_per_action_in_all_workflows_and_in_those_that_are_written() -> None:
    lines = {CHECKOUT_ACTION, *(line for path in USED for line in used(path))}

    assert len(lines) == len({line.split("@")[0] for line in lines})


def test_the_deploy_workflow_is_a_checkout_and_this_repositorys_action() -> None:
    checkout, deploy = jobs("deploy.yml")["deploy"]["steps"]

    assert checkout["uses"] == CHECKOUT_ACTION.split(" ")[0]
    assert deploy["uses"] == "./"
    assert "cancel-in-progress: false" in (ROOT / ".github" / "workflows" / "deploy.yml").read_text()


def test_the_action_lets_the_command_hear_of_a_cancelled_job() -> None:
    last = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"][-1]

    # The runner signals the step's shell alone: only a command that took its place is told.
    assert last["run"].splitlines()[-1].startswith("exec ")


def test_the_action_hands_on_every_output_that_the_readme_names() -> None:
    table = re.search(r"\| output \| value \|\n\|---\|---\|\n((?:\|.*\n)+)", (ROOT / "README.md").read_text())
    action = yaml.safe_load((ROOT / "action.yml").read_text())

    assert table is not None
    named = re.findall(r"^\| `([\w-]+)`", table[1], re.MULTILINE)
    assert named == list(action["outputs"])
    values = [each["value"] for each in action["outputs"].values()]
    assert values == [f"${{{{ steps.ecsdeploy.outputs.{name} }}}}" for name in named]


def test_what_the_action_installs_is_part_of_what_is_tested() -> None:
    pins = {
        name: set(re.findall(r"^([\w-]+==[\w.]+)", (ROOT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE))
        for name in ("tool", "run", "dev")
    }

    assert pins["tool"]
    assert pins["tool"] < pins["run"] <= pins["dev"]


def jobs(workflow: str) -> dict[str, dict[str, Any]]:
    """Return the jobs of one of the repository's workflows."""
    loaded = yaml.safe_load((ROOT / ".github" / "workflows" / workflow).read_text())
    assert loaded["permissions"] == {}
    return dict(loaded["jobs"])


def test_a_token_can_be_asked_for_by_what_deploys_attests_and_publishes_alone() -> None:
    asking = {
        (path.name, name)
        for path in WORKFLOWS
        for name, job in jobs(path.name).items()
        if "id-token" in job["permissions"]
    }

    assert asking == {("deploy.yml", "deploy"), ("release.yml", "attest"), ("release.yml", "publish")}


def test_no_workflow_reads_a_secret() -> None:
    assert [path.name for path in WORKFLOWS if "secrets." in path.read_text()] == []


def test_the_deploy_job_runs_only_where_a_role_is_configured() -> None:
    assert jobs("deploy.yml")["deploy"]["if"] == "vars.AWS_ROLE_ARN != ''"


def test_nothing_is_published_until_somebody_names_it_and_then_by_an_environment_that_can_be_protected() -> None:
    publish = jobs("release.yml")["publish"]

    assert publish["if"] == "vars.PUBLISH_NAME != ''"
    assert publish["environment"] == "pypi"
    assert publish["permissions"] == {"id-token": "write"}


def test_what_is_published_was_held_against_its_tag_tried_and_attested() -> None:
    release = jobs("release.yml")
    build = [step.get("run", "") for step in release["build"]["steps"]]

    assert release["publish"]["needs"] == "attest"
    assert release["attest"]["needs"] == ["build", "try"]
    assert 'python scripts/check_release.py "$GITHUB_REF_NAME" "$PUBLISH_NAME"' in build
    assert release["build"]["permissions"] == {"contents": "read"}


def test_a_job_of_a_release_that_may_sign_runs_no_code_of_the_checkout() -> None:
    steps = [step for name in ("attest", "publish") for step in jobs("release.yml")[name]["steps"]]

    assert all("run" not in step and not step["uses"].startswith("actions/checkout@") for step in steps)


def test_the_workflows_test_every_python_that_the_package_says_it_runs_on() -> None:
    declared = re.findall(r"Python :: (3\.\d+)\"", (ROOT / "pyproject.toml").read_text())
    matrix = re.search(r"python: \[(.*)\]", (ROOT / ".github" / "workflows" / "ci.yml").read_text())

    assert matrix is not None
    assert re.findall(r"[\d.]+", matrix[1]) == declared


def test_the_workflows_test_the_oldest_dependencies_on_the_oldest_python_and_the_newest_of_all_every_week() -> None:
    declared = re.findall(r"Python :: (3\.\d+)\"", (ROOT / "pyproject.toml").read_text())
    lowest, newest = (jobs("ci.yml")[name]["steps"] for name in ("lowest", "newest"))

    assert lowest[-1] == {"run": "make lowest", "env": {"PYTHON": f"python{declared[0]}"}}
    assert [step["run"] for step in newest[2:]] == ["make requirements UPGRADE=1", "make check", "make test"]
    assert newest[1]["with"] == {"python-version": declared[-1]}
    assert "schedule" in yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())[True]
