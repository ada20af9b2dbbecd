from __future__ import annotations

import re
from pathlib import Path

import pytest

from ecsdeploy.changes import Change, Planned
from ecsdeploy.core.doctor import hidden, of_denial, of_findings, of_plan, verdict
from ecsdeploy.facts import Check
from ecsdeploy.policy.audit import Finding
from ecsdeploy.policy.explain_denial import Denial, Failing

ROOT = Path(__file__).parents[3]
SOURCES = ("src/ecsdeploy/policy/audit", "src/ecsdeploy/github/lint", "src/ecsdeploy/workflow")


def check(status: str) -> Check:
    return Check(about="x", status=status, text="y")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statuses", "text", "code"),
    [
        ([], "No problem.", 0),
        (["ok", "note"], "No problem.", 0),
        (["ok", "warning", "warning", "unchecked"], "No problem: 2 warnings, 1 unchecked.", 0),
        (["problem", "warning", "unchecked"], "1 problem, 1 warning, 1 unchecked.", 3),
        (["problem", "ok", "problem"], "2 problems.", 3),
    ],
)
def test_only_a_problem_is_a_failure(statuses: list[str], text: str, code: int) -> None:
    end = verdict(map(check, statuses))
    assert (end.text, end.exit_code, end.ok) == (text, code, code == 0)


def test_a_note_leaves_a_policy_well() -> None:
    note = Finding("tag-refs", "note", "what", "why", "fix")
    assert [each.status for each in of_findings("trust", [note], "well")] == ["ok", "note"]
    bad = Finding("no-sub", "problem", "what", "why", "fix")
    assert [each.status for each in of_findings("trust", [note, bad], "well")] == ["note", "problem"]


def test_a_plan_of_setup_is_what_is_missing_and_what_differs() -> None:
    assert of_plan(Planned("cluster", "hello", "create"), "ecsdeploy setup").status == "problem"
    changes = (Change("tags.a", None, "b"), Change("tags.c", None, "d"), Change("retention", 1, 2))
    differs = of_plan(Planned("log group", "/ecs/hello", "update", changes=changes), "ecsdeploy setup --env x")
    assert (differs.status, differs.text) == ("warning", "It differs from the config: tags, retention.")
    assert differs.fix == "Run `ecsdeploy setup --env x`."
    assert of_plan(Planned("task role", "t", "unchecked", detail="iam:GetRole"), "") == hidden(
        "task role t", "iam:GetRole", "Not looked at"
    )


def test_a_long_list_of_what_is_expected_is_cut() -> None:
    expected = tuple(f"repo:acme/hello:ref:refs/heads/b{number}" for number in range(9))
    (told,) = of_denial(Denial("S", "why", (Failing("sub", "StringEquals", expected, (), "fix"),)), "The policy")
    assert "and 3 more" in told.why
    assert "The token has:      no such claim" in told.why


def test_the_document_has_every_rule() -> None:
    named = re.compile(
        r'(?:Finding|Danger|unchecked)\(\s*"([a-z-]+)"|yield \(\s*"([a-z-]+)"|rule="([a-z-]+)"|Lint\(\s*"([a-z-]+)"'
    )
    code = "".join(path.read_text() for folder in SOURCES for path in (ROOT / folder).rglob("*.py"))
    rules = {next(filter(None, groups)) for groups in named.findall(code)} | {"unpinned-action", "changes-itself"}
    document = (ROOT / "docs" / "doctor.md").read_text("utf-8")
    assert len(rules) > 40
    assert {rule for rule in rules if f"`{rule}`" not in document} == set()
