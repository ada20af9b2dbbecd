"""The text of the workflow, read again as GitHub reads it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from ecsdeploy.errors import UsageError
from ecsdeploy.github.action import Action, named, pinned, used_by
from ecsdeploy.github.workflow_file import Job, Refs, workflow
from ecsdeploy.github.yaml_text import scalar

ACTION = Action("acme/ecsdeploy@" + "0123456789" * 4, "v1.2.3")
JOB = Job(id="deploy", refs=Refs(branches=("main",)), service="hello", runner="ubuntu-24.04", minutes=45)
WHOLE = """\
# Written by `ecsdeploy workflow`. After a change to the config, write it again:
#   ecsdeploy workflow
name: deploy

on:
  push:
    branches:
      - develop
      - main
  workflow_dispatch:

permissions: {}

jobs:
  deploy-staging:
    name: deploy staging
    if: "github.ref == 'refs/heads/develop'"
    runs-on: ubuntu-24.04
    timeout-minutes: 45
    # One deployment at a time. One that has begun is never cancelled: the next waits for its verdict.
    concurrency:
      group: deploy-hello-staging
      cancel-in-progress: false
    permissions:
      contents: read # the checkout
      id-token: write # the token that AWS trades for the role's credentials
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
          fetch-depth: 0 # whether a commit is older than the one that runs is told by the history
      - id: deploy # a later step gets its outputs by env, such as URL: ${{ steps.deploy.outputs.url }}
        uses: acme/ecsdeploy@0123456789012345678901234567890123456789 # v1.2.3
        with:
          env: staging
  deploy-prod:
    name: deploy prod
    needs: deploy-staging
    if: "github.ref == 'refs/heads/main'"
    runs-on: ubuntu-24.04-arm
    timeout-minutes: 60
    environment: production
    # One deployment at a time. One that has begun is never cancelled: the next waits for its verdict.
    concurrency:
      group: deploy-hello-prod
      cancel-in-progress: false
    permissions:
      contents: read # the checkout
      id-token: write # the token that AWS trades for the role's credentials
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
          fetch-depth: 0 # whether a commit is older than the one that runs is told by the history
      - id: deploy # a later step gets its outputs by env, such as URL: ${{ steps.deploy.outputs.url }}
        uses: acme/ecsdeploy@0123456789012345678901234567890123456789 # v1.2.3
        with:
          config: web/ecsdeploy.toml
          env: prod
          role: ${{ vars.AWS_ROLE_ARN }}
"""
ODD = st.text(st.characters(max_codepoint=0xFF) | st.sampled_from("#:'\"\\-*&!|>%@`{}[],? \u2028\ufeff😀"), max_size=30)


def job(**changes: Any) -> Job:
    known: dict[str, Any] = {name: getattr(JOB, name) for name in Job.__dataclass_fields__}
    return Job(**{**known, **changes})


def read(*jobs: Job) -> dict[Any, Any]:
    loaded: dict[Any, Any] = yaml.safe_load(workflow(jobs, ACTION, "ecsdeploy workflow"))
    return loaded


def test_the_whole_file() -> None:
    staging = job(id="deploy-staging", refs=Refs(("develop",)), service="hello-staging", environment="staging")
    production = job(
        id="deploy-prod",
        service="hello-prod",
        runner="ubuntu-24.04-arm",
        minutes=60,
        environment="prod",
        protected_by="production",
        role="${{ vars.AWS_ROLE_ARN }}",
        config="web/ecsdeploy.toml",
        after="deploy-staging",
    )

    assert workflow([staging, production], ACTION, "ecsdeploy workflow") == WHOLE


@given(ODD)
@example("on")
@example("NO")
@example("1.0")
@example("0x1f")
@example("~")
@example("2026-11-29")
@example("a: b")
@example("a #b")
@example("")
def test_text_stays_text(text: str) -> None:
    assert yaml.safe_load(f"key:\n  - {scalar(text)}\n  - after\n") == {"key": [text, "after"]}
    assert "\n" not in scalar(text)


@given(ODD.filter(str.strip), ODD.filter(str.strip), ODD)
@example("a' || true || 'b", "v*", "x\n  evil: true")
def test_no_name_changes_what_the_workflow_is(branch: str, environment: str, config: str) -> None:
    one = job(id="deploy-a", refs=Refs((branch,)), protected_by=environment, config=config)
    other = job(id="deploy-b", refs=Refs((), (branch,)))
    found = read(one, other)

    assert list(found) == ["name", True, "permissions", "jobs"]
    assert list(found["jobs"]) == ["deploy-a", "deploy-b"]
    assert found["jobs"]["deploy-a"]["environment"] == environment
    assert found["jobs"]["deploy-a"]["permissions"] == {"contents": "read", "id-token": "write"}
    quoted = branch.replace("'", "''")
    assert found["jobs"]["deploy-a"]["if"] == f"github.ref == 'refs/heads/{quoted}'"
    given = found["jobs"]["deploy-a"]["steps"][1].get("with", {}).get("config", "")
    assert given.replace("${{ '${{' }}", "${{") == config


@pytest.mark.parametrize(
    ("refs", "push"),
    [
        (Refs(("main", "release/1.x")), {"branches": ["main", "release/1.x"]}),
        (Refs(("c++", "!odd", "a[b]")), {"branches": ["c\\+\\+", "\\!odd", "a\\[b\\]"]}),
        (Refs(("main",), ("v*",)), {"branches": ["main"], "tags": ["v**"]}),
        (Refs((), ("v1.*-prod", "x?")), {"tags": ["v1.**-prod", "x\\?"]}),
    ],
)
def test_a_push_starts_it_by_the_very_name(refs: Refs, push: dict[str, list[str]]) -> None:
    assert read(job(refs=refs))[True] == {"push": push, "workflow_dispatch": None}


@pytest.mark.parametrize(
    ("tag", "condition"),
    [
        ("v1", "github.ref == 'refs/tags/v1'"),
        ("v*", "startsWith(github.ref, 'refs/tags/v')"),
        ("v*-prod", "(startsWith(github.ref, 'refs/tags/v') && endsWith(github.ref, '-prod'))"),
    ],
)
def test_a_job_of_a_tag_runs_for_it_alone(tag: str, condition: str) -> None:
    jobs = read(job(), job(id="deploy-b", refs=Refs((), (tag,))))["jobs"]

    assert jobs["deploy-b"]["if"] == condition
    assert "if" not in read(job(refs=Refs((), (tag,))))["jobs"]["deploy"]


def test_a_comment_stays_one_line() -> None:
    text = workflow([JOB], ACTION, "ecsdeploy workflow --config 'a\nevil: true'")

    assert "#   ecsdeploy workflow --config 'a?evil: true'\n" in text


def test_an_action_is_named_by_its_commit() -> None:
    assert str(named("a/b@" + "f" * 40)) == "a/b@" + "f" * 40
    assert str(named("a/b@" + "f" * 40 + " # v2")) == "a/b@" + "f" * 40 + " # v2"
    assert pinned("a/b@v1") is None
    for wrong in ("./", "a/b@v1", "a/b", "a/b@" + "f" * 39, "../x", "", "a/b@" + "f" * 40 + " # x\nevil: true"):
        with pytest.raises(UsageError):
            named(wrong)


def test_the_action_of_a_file_is_that_of_its_deploying_step() -> None:
    assert used_by(WHOLE) == ACTION
    assert used_by(WHOLE.replace(" # v1.2.3", "")) == Action(ACTION.uses)
    assert used_by(WHOLE.replace("acme/ecsdeploy@0", "acme/ecsdeploy@v")) is None
    assert used_by("") is None
