"""Whom the deploy role would trust: what a config names, and what the runner says of the repository."""

from __future__ import annotations

import json
from typing import Any

from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, row

AREA = "Who may deploy"
IDS = "repository_id = 1234\nowner_id = 99"
RUNNER = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "acme/hello",
    "GITHUB_REPOSITORY_ID": "1234",
    "GITHUB_REPOSITORY_OWNER_ID": "99",
}


def _github(bench: Bench, *lines: str, repository: str = "acme/hello") -> None:
    bench.config("\n".join(["[github]", f'repository = "{repository}"', *lines]))


def _trust(bench: Bench, ci: str = "github") -> dict[str, Any]:
    role = bench.client("iam").get_role(RoleName=f"{bench.app}-{ci}-deploy")["Role"]
    document: dict[str, Any] = role["AssumeRolePolicyDocument"]
    return document


@row(
    AREA,
    "an environment of GitHub has characters that IAM does not accept",
    command="bootstrap-oidc",
    does="refuses it before anything is read or made",
    code=3,
)
def environment_beyond_latin(bench: Bench) -> Steps:
    _github(bench, 'environments = ["Zürich", "Production \u2013 web"]')
    ran = yield
    assert "has '\u2013' (U+2013), a character beyond U+00FF." in ran.err
    assert "IAM accepts no such character in a policy" in ran.err
    assert ran.calls.total() == 0


@row(AREA, "a branch has a wildcard", command="bootstrap-oidc", does="refuses it, and says what it would match", code=3)
def branch_with_a_wildcard(bench: Bench) -> Steps:
    _github(bench, 'branches = ["main", "release/*"]', IDS)
    ran = yield
    assert "The branch 'release/*' in [github] is a pattern: its wildcard would match more than meant." in ran.err
    assert "release/* also matches release/a/b" in ran.err
    assert ran.calls.total() == 0


@row(AREA, "a branch has a wildcard", command="deploy", does="deploys: who may deploy is not its affair")
def branch_with_a_wildcard_deployed(bench: Bench) -> Steps:
    bench.deployed()
    _github(bench, 'branches = ["release/*"]')
    bench.release()
    ran = yield
    assert ran.writes.keys() == {"ecs:RegisterTaskDefinition", "ecs:UpdateService"}


@row(
    AREA,
    "tags have a pattern",
    command="bootstrap-oidc",
    does="trusts it apart from exact names, and says who may deploy by it",
)
def tags_with_a_pattern(bench: Bench) -> Steps:
    _github(bench, 'branches = ["main"]', 'tags = ["v*"]', IDS)
    ran = yield
    assert "Whoever may push a tag v* to acme/hello may deploy (* is any text, slashes included)" in ran.err
    exact, patterns = (each["Condition"] for each in _trust(bench)["Statement"])
    assert "*" not in json.dumps(exact)
    assert list(patterns["StringLike"].values()) == [
        ["repo:acme/hello:ref:refs/tags/v*", "repo:acme@99/hello@1234:ref:refs/tags/v*"]
    ]


@row(
    AREA,
    "in a job: the config's id is another repository's",
    command="bootstrap-oidc",
    does="refuses it, and names the right one",
    code=3,
)
def id_of_another_repository(bench: Bench) -> Steps:
    _github(bench, 'branches = ["main"]', "repository_id = 77\nowner_id = 99")
    bench.env = {**bench.env, **RUNNER}
    ran = yield
    assert "The repository acme/hello has the id 1234 on GitHub, not 77." in ran.err
    assert ran.calls.total() == 0


@row(
    AREA,
    "in a job: the config writes the repository's name in another case",
    command="bootstrap-oidc",
    does="refuses it, and names the right one",
    code=3,
)
def repository_in_another_case(bench: Bench) -> Steps:
    _github(bench, 'branches = ["main"]', IDS, repository="Acme/Hello")
    bench.env = {**bench.env, **RUNNER}
    ran = yield
    assert "GitHub calls the repository acme/hello, the config Acme/Hello." in ran.err
    assert ran.calls.total() == 0


@row(
    AREA,
    "GitHub Enterprise Server",
    command="bootstrap-oidc",
    does="makes its provider, and says what AWS may not be able to test",
)
def github_enterprise_server(bench: Bench) -> Steps:
    _github(bench, 'branches = ["main"]', IDS, 'server = "https://github.example.com"')
    ran = yield
    assert "+ OIDC provider github.example.com/_services/token: created" in ran.err
    assert "Whether AWS can test the ids in tokens of https://github.example.com/_services/token" in ran.err
    (statement,) = _trust(bench)["Statement"]
    assert statement["Condition"]["StringEquals"]["github.example.com/_services/token:sub"] == [
        "repo:acme/hello:ref:refs/heads/main"
    ]


@row(AREA, "GitLab", command="bootstrap-oidc --ci gitlab", does="makes GitLab's provider and a role of its own name")
def gitlab(bench: Bench) -> Steps:
    bench.config('[gitlab]\nproject = "acme/hello"\nproject_id = 20\nnamespace_id = 7\nbranches = ["main"]')
    ran = yield
    assert "+ OIDC provider gitlab.com: created (audience sts.amazonaws.com)\n" in ran.err
    condition = _trust(bench, "gitlab")["Statement"][0]["Condition"]["StringEquals"]
    assert condition["gitlab.com:project_id"] == "20"


@row(
    AREA,
    "the config has no table of that CI",
    command="bootstrap-oidc --ci buildkite",
    does="says what to write",
    code=2,
)
def without_a_table(_bench: Bench) -> Steps:
    ran = yield
    assert "The config has no [buildkite] table." in ran.err
    assert "[buildkite]\n" in ran.err
