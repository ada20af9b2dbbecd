"""The workflows that `ecsdeploy workflow` writes, from many configs, before the judges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ecsdeploy.config.load import load
from ecsdeploy.github.action import Action
from ecsdeploy.github.workflow_file import workflow
from ecsdeploy.workflow.deploy_jobs import jobs_of
from tests.repository.workflows.test_workflows import JUDGES, judge

ACTION = Action("acme/ecsdeploy@" + "0123456789" * 4, "v1.2.3")
FILE = ".github/workflows/deploy.yml"
ODD = ["release/1.x", 'it\'s#1"b"&c', "c++", "!bang", "#dash", "on", "1.0", "{a}", "`x`;$(y)", "grün"]
"""Names that git allows, and that are something else in YAML, in a shell or in a pattern of GitHub's."""


def config(*tables: str, account: str = '"123456789012"', **github: list[str]) -> str:
    keys = {"repository": "acme/web", **(github or {"branches": ["main"]})}
    return "\n".join(
        [
            'app = "web"',
            'region = "us-east-1"',
            f"account = {account}" if account else "",
            "[github]",
            *(f"{name} = {json.dumps(value)}" for name, value in keys.items()),
            "[task]",
            "port = 3000",
            *tables,
        ]
    )


STAGES = '[environments.staging]\n[environments.prod]\ngithub.environments = ["prod", "other"]\n'
APART = '[environments.staging]\ngithub.branches = ["develop"]\n[environments.prod]\n[environments.eu]\n'
CONFIGS = {
    "smallest": config(),
    "environment": config(environments=["production"]),
    "several GitHub environments": config(environments=["a b: c", 'it\'s #1 "x"'], branches=["main"]),
    "tags": config(tags=["v*", "release-1", "x*-y*-z"]),
    "branches and tags": config(branches=["main"], tags=["v*"]),
    "no account": config(account=""),
    "arm64": config('architecture = "arm64"'),
    "staged": config(STAGES, branches=["main"]),
    "apart": config(APART, branches=["main"]),
    "apart without account": config(APART, branches=["main"], account=""),
    "release": config('[release]\ncommand = ["true"]\ntimeout = "1h"', "[service]", 'timeout = "61s"'),
    **{f"branch {name}": config(branches=[name]) for name in ODD},
    **{f"GitHub environment {name}": config(environments=[name]) for name in ODD},
    "odd in all": config(APART.replace('"develop"', json.dumps(ODD[1])), branches=ODD, environments=ODD),
}


def generated(text: str, folder: Path, name: str = "") -> str:
    path = folder / "ecsdeploy.toml"
    path.write_text(text)
    base = load(path)
    every = [load(path, each) for each in base.environments or (None,)]
    return workflow(jobs_of(every, name, ["main"], FILE), ACTION, "ecsdeploy workflow")


@pytest.mark.parametrize("name", JUDGES)
def test_what_is_written_passes_every_judge(name: str, tmp_path: Path) -> None:
    found = []
    for number, (title, text) in enumerate(CONFIGS.items()):
        place = tmp_path / str(number) / ".github" / "workflows" / "deploy.yml"
        place.parent.mkdir(parents=True)
        place.write_text(generated(text, tmp_path, "a $(b)/c: #.toml" if number % 2 else ""))
        verdict = judge(name, place)
        if verdict.returncode != 0:
            found.append((title, verdict.stdout + verdict.stderr))

    assert found == []


def jobs(name: str, folder: Path) -> dict[str, Any]:
    loaded = yaml.safe_load(generated(CONFIGS[name], folder))
    return dict(loaded["jobs"])


def test_environments_of_the_same_branch_are_deployed_one_after_the_other(tmp_path: Path) -> None:
    staged = jobs("staged", tmp_path)

    assert list(staged) == ["deploy-staging", "deploy-prod"]
    assert "needs" not in staged["deploy-staging"]
    assert staged["deploy-prod"]["needs"] == "deploy-staging"
    assert [job.get("environment") for job in staged.values()] == [None, "prod"]
    assert [job["steps"][1]["with"] for job in staged.values()] == [{"env": "staging"}, {"env": "prod"}]
    groups = [job["concurrency"] for job in staged.values()]
    assert groups == [{"group": f"deploy-web-{name}", "cancel-in-progress": False} for name in ("staging", "prod")]


def test_an_environment_with_a_branch_of_its_own_waits_for_none_of_another(tmp_path: Path) -> None:
    apart = jobs("apart", tmp_path)

    assert {name: (job.get("needs"), job["if"]) for name, job in apart.items()} == {
        "deploy-staging": (None, "github.ref == 'refs/heads/develop'"),
        "deploy-prod": (None, "github.ref == 'refs/heads/main'"),
        "deploy-eu": ("deploy-prod", "github.ref == 'refs/heads/main'"),
    }


def test_a_job_does_what_the_config_says_and_has_time_for_it(tmp_path: Path) -> None:
    assert jobs("arm64", tmp_path)["deploy"]["runs-on"] == "ubuntu-24.04-arm"
    assert jobs("smallest", tmp_path)["deploy"]["timeout-minutes"] == 45
    assert jobs("release", tmp_path)["deploy"]["timeout-minutes"] == 30 + 60 + 2
    assert "with" not in jobs("smallest", tmp_path)["deploy"]["steps"][1]
    role = {"role": "${{ vars.AWS_ROLE_ARN }}"}
    assert jobs("no account", tmp_path)["deploy"]["steps"][1]["with"] == role
    apart = [job["steps"][1]["with"]["role"] for job in jobs("apart without account", tmp_path).values()]
    assert apart == [f"${{{{ vars.AWS_ROLE_ARN_{name} }}}}" for name in ("STAGING", "PROD", "EU")]
