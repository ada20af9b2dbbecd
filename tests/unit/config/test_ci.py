from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ecsdeploy.config.load import load
from ecsdeploy.config.mistake import ConfigMistakes
from ecsdeploy.config.models import Config
from ecsdeploy.config.names import Names
from ecsdeploy.core.ci_source import source_in
from ecsdeploy.policy.ci.gitlab import GitLabSource

UUID = "3f2c1ab0-1234-4abc-8def-0123456789ab"
GITLAB: dict[str, Any] = {"project": "acme/hello", "project_id": 20, "namespace_id": 7, "branches": ["main"]}
TABLES: dict[str, dict[str, Any]] = {
    "github": {"repository": "acme/hello", "branches": ["main"]},
    "gitlab": GITLAB,
    "bitbucket": {"workspace": "acme", "workspace_id": UUID, "repository_id": UUID, "environments": [UUID]},
    "circleci": {"organization_id": UUID, "project_id": UUID, "origin": "github.com/acme/hello", "branches": ["main"]},
    "buildkite": {
        "organization": "acme",
        "organization_id": UUID,
        "pipeline": "hello",
        "pipeline_id": UUID,
        "branches": ["main"],
    },
}


def config(**tables: Any) -> Config:
    return Config.model_validate({"app": "hello", "region": "us-east-1", **tables})


@pytest.mark.parametrize("ci", TABLES)
def test_the_deploy_role_is_called_after_the_ci(ci: str) -> None:
    of = config(**{ci: TABLES[ci]})

    assert of.ci == ci
    assert Names.of(of, "prod").deploy_role == f"hello-prod-{ci}-deploy"
    assert (source_in(of, ci) is None) == (ci == "github")


def test_without_a_table_of_a_ci_it_is_githubs() -> None:
    assert Names.of(config(), None).deploy_role == "hello-github-deploy"


def test_a_gitlab_of_ones_own_is_an_issuer_of_its_own() -> None:
    source = source_in(config(gitlab={**GITLAB, "server": "https://GitLab.example.com/"}), "gitlab")

    assert isinstance(source, GitLabSource)
    assert source.issuer == "gitlab.example.com"


def test_a_uuid_may_be_written_as_bitbucket_shows_it() -> None:
    of = config(bitbucket={**TABLES["bitbucket"], "repository_id": f"{{{UUID.upper()}}}"})

    assert of.bitbucket is not None
    assert of.bitbucket.repository_id == UUID


@pytest.mark.parametrize(
    ("ci", "change", "what"),
    [
        ("gitlab", {"branches": []}, "no branch and no tag may deploy"),
        ("gitlab", {"branches": ["refs/heads/main"]}, "the ref's prefix is added for you"),
        ("gitlab", {"project": "acme"}, "this is not a project's path"),
        ("gitlab", {"server": "https://gitlab.com"}, "GitLab.com is the default"),
        ("gitlab", {"server": "gitlab.example.com:8443"}, "this is not the address of a GitLab"),
        ("bitbucket", {"repository_id": "hello"}, "this is not a UUID"),
        ("bitbucket", {"environments": []}, "this is empty"),
        ("circleci", {"origin": "acme/hello"}, "this is not a repository with its host"),
        ("buildkite", {"pipeline_id": 7}, "this is not a UUID"),
        ("github", {"server": "https://github.com"}, "GitHub.com is the default"),
        (
            "github",
            {"server": "https://github.example.com:8443"},
            "this is not the address of a GitHub Enterprise Server",
        ),
        ("github", {"enterprise": "acme/corp"}, "this is not an enterprise's slug"),
        (
            "github",
            {"enterprise": "a", "server": "https://git.example.com"},
            "an enterprise's own issuer is GitHub.com's",
        ),
        ("github", {"tags": ["refs/tags/v1"]}, "the ref's prefix is added for you"),
    ],
)
def test_mistakes(tmp_path: Path, ci: str, change: dict[str, Any], what: str) -> None:
    table = ", ".join(f"{key} = {json.dumps(value)}" for key, value in (TABLES[ci] | change).items())
    file = tmp_path / "ecsdeploy.toml"
    file.write_text(f'app = "hello"\nregion = "us-east-1"\n{ci} = {{ {table} }}\n')

    with pytest.raises(ConfigMistakes, match=what) as caught:
        load(file, None)

    assert caught.value.fix
