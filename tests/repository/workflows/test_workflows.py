"""The repository's own workflows, before the judges that work offline, and the promises that no judge knows of."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from ecsdeploy.github.snippet import deploy_job

ROOT = Path(__file__).parents[3]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
BIN = Path(sys.executable).parent

JUDGES = {
    "zizmor": ["--offline", "--no-progress", "--no-config", "--quiet", "--persona=auditor"],
    # shellcheck and pyflakes are used where they happen to be installed: the same verdict everywhere instead.
    "actionlint": ["-shellcheck=", "-pyflakes=", "-no-color"],
    "check-jsonschema": ["--builtin-schema", "vendor.github-workflows"],
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

HEAD = "name: deploy\non: workflow_dispatch\nconcurrency: {group: deploy, cancel-in-progress: false}\n"
LATER = """\
      - run: curl --fail "$URL"
        env:
          URL: ${{ steps.deploy.outputs.url }}
"""


def judge(name: str, workflow: Path) -> subprocess.CompletedProcess[str]:
    """Run a judge on a workflow; it ends with 0 when it has nothing to say against it."""
    return subprocess.run(
        [BIN / name, *JUDGES[name], workflow], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
@pytest.mark.parametrize("name", JUDGES)
def test_a_workflow_passes_every_judge(name: str, workflow: Path) -> None:
    verdict = judge(name, workflow)

    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.mark.parametrize("environment", ["", "production"])
@pytest.mark.parametrize("name", JUDGES)
def test_the_job_that_setup_prints_passes_every_judge(name: str, environment: str, tmp_path: Path) -> None:
    role = "arn:aws:iam::123456789012:role/hello-github-deploy"
    printed = deploy_job(role=role, region="us-east-1", environment=environment, command="ecsdeploy deploy --yes")
    workflow = tmp_path / ".github" / "workflows" / "deploy.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(HEAD + printed + "\n" + LATER)

    verdict = judge(name, workflow)

    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


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


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_commit_and_says_which_tag_that_is(workflow: Path) -> None:
    uses = re.findall(r"uses: *(.*)", workflow.read_text())

    assert uses
    assert [line for line in uses if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


def test_one_commit_per_action_in_all_workflows() -> None:
    lines = [line for path in WORKFLOWS for line in re.findall(r"uses: *(.*)", path.read_text())]
    actions = {line.split("@")[0] for line in lines}

    assert len(set(lines)) == len(actions)


def test_the_deploy_workflow_lets_the_command_hear_of_a_cancelled_job() -> None:
    text = (ROOT / ".github" / "workflows" / "deploy.yml").read_text()

    # The runner signals the step's shell alone: only a command that took its place is told.
    assert re.findall(r"run: (.*/ecsdeploy .*)", text) == ["exec .venv/bin/ecsdeploy deploy"]
    assert "cancel-in-progress: false" in text


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
