from __future__ import annotations

import json
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from ecsdeploy.errors import EcsdeployError, Refused
from ecsdeploy.github.repository import Ids, repository_ids
from ecsdeploy.github.snippet import CHECKOUT_ACTION, CREDENTIALS_ACTION, deploy_job

NAME = "acme/hello"
ANSWER = {"id": 1234, "full_name": NAME, "owner": {"id": 99}}
RUNNER = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": NAME,
    "GITHUB_REPOSITORY_ID": "77",
    "GITHUB_REPOSITORY_OWNER_ID": "66",
}


class FakeGitHub:
    """Answers with a body or an error, and keeps what it was asked."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.asked: list[urllib.request.Request] = []

    def __call__(self, request: urllib.request.Request) -> bytes:
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()


def status(code: int) -> urllib.error.HTTPError:
    return urllib.error.HTTPError("https://api.github.com", code, "no", Message(), None)


@pytest.mark.parametrize(
    ("known", "environ", "ids", "asked"),
    [
        (Ids("1", "2"), RUNNER, Ids("1", "2"), 0),
        (Ids(), RUNNER, Ids("77", "66"), 0),
        (Ids("1"), RUNNER, Ids("1", "66"), 0),
        (Ids(), {}, Ids("1234", "99"), 1),
        (Ids("1"), {}, Ids("1", "99"), 1),
        (Ids(), RUNNER | {"GITHUB_REPOSITORY": "acme/other"}, Ids("1234", "99"), 1),
        (Ids(), RUNNER | {"GITHUB_ACTIONS": ""}, Ids("1234", "99"), 1),
    ],
)
def test_the_nearest_source_that_knows_is_asked(known: Ids, environ: dict[str, str], ids: Ids, asked: int) -> None:
    github = FakeGitHub(ANSWER)

    assert repository_ids(NAME, known, environ, github) == ids
    assert [request.full_url for request in github.asked] == ["https://api.github.com/repos/acme/hello"] * asked


def test_a_token_is_sent_to_github_alone() -> None:
    github = FakeGitHub(ANSWER)

    repository_ids(NAME, Ids(), {"GITHUB_TOKEN": "s3cret"}, github)

    assert github.asked[0].get_header("Authorization") == "Bearer s3cret"
    assert "Authorization" not in github.asked[0].headers  # a redirect would take these along


@pytest.mark.parametrize(
    ("answer", "token", "why"),
    [
        (status(404), "", "for a private one, set GITHUB_TOKEN"),
        (status(404), "s3cret", "This token sees no repository of that name"),
        (status(401), "s3cret", "does not accept GITHUB_TOKEN"),
        (status(403), "", "HTTP 403"),
        (status(429), "", "too many requests"),
        (status(500), "", "GitHub answers HTTP 500"),
        (urllib.error.URLError("no route"), "", "does not answer"),
        (TimeoutError("timed out"), "", "does not answer: timed out"),
        (b"<html>", "", "is not a repository"),
        ({"id": "x"}, "", "is not a repository"),
        ([], "", "is not a repository"),
    ],
)
def test_what_is_not_known_says_how_to_find_it(answer: object, token: str, why: str) -> None:
    with pytest.raises(Refused, match="The ids of the repository acme/hello are not known") as caught:
        repository_ids(NAME, Ids(), {"GITHUB_TOKEN": token}, FakeGitHub(answer))

    assert why in caught.value.why
    assert caught.value.fix.startswith("Ask GitHub: gh api repos/acme/hello --jq")
    assert "s3cret" not in _everything(caught.value)


@pytest.mark.parametrize("environ", [{}, RUNNER | {"GITHUB_REPOSITORY": "Acme/Hello"}])
def test_another_spelling_would_let_nobody_in(environ: dict[str, str]) -> None:
    with pytest.raises(Refused, match="GitHub calls the repository Acme/Hello, the config acme/hello") as caught:
        repository_ids(NAME, Ids(), environ, FakeGitHub(ANSWER | {"full_name": "Acme/Hello"}))

    assert caught.value.fix == 'Write repository = "Acme/Hello" in [github].'


def test_the_job_is_yaml_and_its_actions_are_those_of_our_own_workflow() -> None:
    text = deploy_job(role="arn:aws:iam::1:role/x", region="eu-west-1", environment="prod", command="ecsdeploy deploy")

    job = yaml.safe_load(text)["jobs"]["deploy"]
    assert job["environment"] == "prod"
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert job["steps"][-2]["with"] == {"role-to-assume": "arn:aws:iam::1:role/x", "aws-region": "eu-west-1"}
    assert job["steps"][-1] == {"id": "deploy", "run": "exec ecsdeploy deploy"}
    ours = (Path(__file__).parents[3] / ".github/workflows/deploy.yml").read_text()
    assert CHECKOUT_ACTION in ours
    assert CREDENTIALS_ACTION in ours


def _everything(error: EcsdeployError) -> str:
    return f"{error.what}{error.why}{error.fix}{error.__cause__!r}"
