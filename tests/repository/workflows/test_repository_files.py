"""What GitHub and pre-commit read in the repository: forms for issues, updates of what it depends on, hooks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.repository.workflows import test_workflows

ROOT = Path(__file__).parents[3]
GITHUB = ROOT / ".github"
BIN = Path(sys.executable).parent
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
SCHEMAS = {
    **dict.fromkeys(FORMS, "vendor.github-issue-forms"),
    GITHUB / "ISSUE_TEMPLATE" / "config.yml": "vendor.github-issue-config",
    GITHUB / "dependabot.yml": "vendor.dependabot",
}


def judge(schema: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Hold a file against one of the schemas that check-jsonschema brings along."""
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", schema, str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def load(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text()))


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_file_has_the_form_that_github_wants(path: Path) -> None:
    verdict = judge(SCHEMAS[path], path)

    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.mark.parametrize(
    ("path", "good", "bad"),
    [
        (GITHUB / "ISSUE_TEMPLATE" / "bug.yml", "type: input", "type: line"),
        (GITHUB / "ISSUE_TEMPLATE" / "config.yml", "false", "sometimes"),
        (GITHUB / "dependabot.yml", "interval: weekly", "interval: fortnightly"),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else None,
)
def test_a_schema_is_awake(path: Path, good: str, bad: str, tmp_path: Path) -> None:
    broken = tmp_path / path.name
    broken.write_text(path.read_text().replace(good, bad))

    assert judge(SCHEMAS[path], broken).returncode != 0


def test_a_bug_report_has_what_one_needs_to_begin() -> None:
    body = load(GITHUB / "ISSUE_TEMPLATE" / "bug.yml")["body"]
    required = {each["id"] for each in body if each.get("validations", {}).get("required")}

    assert body[0]["type"] == "markdown"
    assert "Paste no secrets" in body[0]["attributes"]["value"]
    assert {"version", "command", "exit-code", "output"} <= required
    asked = " ".join(each["attributes"].get("description", "") for each in body)
    assert "`ecsdeploy --version`" in asked
    assert "`--debug`" in asked


def test_what_is_depended_on_is_updated_weekly_together_and_not_on_its_first_day() -> None:
    updates = load(GITHUB / "dependabot.yml")["updates"]

    assert [each["package-ecosystem"] for each in updates] == ["github-actions", "pip"]
    assert all((ROOT / each["directory"].lstrip("/")).is_dir() for each in updates)
    assert all(each["schedule"]["interval"] == "weekly" and each["cooldown"]["default-days"] >= 7 for each in updates)
    assert all([group["patterns"] for group in each["groups"].values()] == [["*"]] for each in updates)


def test_zizmor_has_nothing_to_say_against_the_updates() -> None:
    verdict = test_workflows.judge("zizmor", GITHUB / "dependabot.yml")

    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def test_a_commit_is_held_against_what_make_check_says_of_its_form() -> None:
    makefile = (ROOT / "Makefile").read_text()
    (repository,) = load(ROOT / ".pre-commit-config.yaml")["repos"]

    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        assert hook["language"] == "system"
        program = hook["entry"].removesuffix(" --force-exclude")
        assert f"\t{program.replace('.venv/bin', '$(BIN)')}" in makefile
