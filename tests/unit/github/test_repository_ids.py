from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from email.message import Message
from urllib.parse import urlsplit

import pytest

from ecsdeploy.errors import EcsdeployError, Refused
from ecsdeploy.github.api import GITHUB_COM
from ecsdeploy.github.repository import Ids, OnGitHub, look_up

NAME = "acme/hello"
SERVER = "https://github.example.com"
UNKNOWN = Ids()
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
        answer = self.answer
        if isinstance(answer, dict) and "/repos/acme/hello" in answer:
            answer = answer[urlsplit(request.full_url).path]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


def status(code: int) -> urllib.error.HTTPError:
    return urllib.error.HTTPError("https://api.github.com", code, "no", Message(), None)


def no_gh(_environ: Mapping[str, str], _host: str) -> str:
    return ""


def ask(
    answer: object,
    known: Ids = UNKNOWN,
    environ: Mapping[str, str] | None = None,
    *,
    server: str = GITHUB_COM,
    gh: Callable[[Mapping[str, str], str], str] = no_gh,
) -> tuple[OnGitHub, FakeGitHub]:
    github = FakeGitHub(answer)
    return look_up(NAME, known, environ or {}, github, server=server, gh=gh), github


@pytest.mark.parametrize(
    ("known", "environ", "ids", "asked"),
    [
        (Ids("1", "2"), {}, Ids("1", "2"), 0),
        (Ids("77", "66"), RUNNER, Ids("77", "66"), 0),
        (UNKNOWN, RUNNER, Ids("77", "66"), 0),
        (Ids("77"), RUNNER, Ids("77", "66"), 0),
        (UNKNOWN, {}, Ids("1234", "99"), 1),
        (Ids("1234"), {}, Ids("1234", "99"), 1),
        (UNKNOWN, RUNNER | {"GITHUB_REPOSITORY": "acme/other"}, Ids("1234", "99"), 1),
        (UNKNOWN, RUNNER | {"GITHUB_ACTIONS": ""}, Ids("1234", "99"), 1),
        (UNKNOWN, RUNNER | {"GITHUB_SERVER_URL": "https://github.example.com"}, Ids("1234", "99"), 1),
    ],
)
def test_the_nearest_source_that_knows_is_asked(known: Ids, environ: dict[str, str], ids: Ids, asked: int) -> None:
    found, github = ask(ANSWER, known, environ)

    assert found.ids == ids
    assert [request.full_url for request in github.asked] == ["https://api.github.com/repos/acme/hello"] * asked


@pytest.mark.parametrize(
    ("known", "environ", "what"),
    [
        (Ids("77", "99"), {"GH_TOKEN": "s3cret"}, "The repository acme/hello has the id 1234 on GitHub, not 77"),
        (Ids("1234", "66"), {"GH_TOKEN": "s3cret"}, "The owner of acme/hello has the id 99 on GitHub, not 66"),
        (Ids("77"), {}, "The repository acme/hello has the id 1234 on GitHub, not 77"),
        (Ids("1234", "66"), RUNNER, "The repository acme/hello has the id 77 on GitHub, not 1234"),
    ],
)
def test_an_id_of_another_repository_is_refused(known: Ids, environ: dict[str, str], what: str) -> None:
    with pytest.raises(Refused, match=what) as caught:
        ask(ANSWER, known, environ)

    assert "lets nobody in" in caught.value.why
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("answer", [status(404), status(403), urllib.error.URLError("no route"), b"<html>"])
def test_known_ids_that_cannot_be_compared_are_believed_after_one_question(answer: object) -> None:
    found, github = ask(answer, Ids("1", "2"), {"GH_TOKEN": "s3cret"})

    assert (found.ids, found.claim_keys) == (Ids("1", "2"), None)
    assert "GitHub" in found.unanswered or "token" in found.unanswered
    assert len(github.asked) == 1


def test_a_token_is_sent_to_github_alone() -> None:
    _, github = ask(ANSWER, environ={"GITHUB_TOKEN": "s3cret"})

    assert github.asked[0].get_header("Authorization") == "Bearer s3cret"
    assert "Authorization" not in github.asked[0].headers  # a redirect would take these along


@pytest.mark.parametrize(
    ("server", "environ", "url", "sent"),
    [
        (GITHUB_COM, {"GH_TOKEN": "a", "GITHUB_TOKEN": "b"}, "https://api.github.com/", "a"),
        (GITHUB_COM, {"GH_ENTERPRISE_TOKEN": "c"}, "https://api.github.com/", ""),
        ("https://acme.ghe.com", {"GH_TOKEN": "a"}, "https://api.acme.ghe.com/", "a"),
        (SERVER, {"GH_TOKEN": "a", "GITHUB_TOKEN": "b"}, f"{SERVER}/api/v3/", ""),
        (SERVER, {"GH_TOKEN": "a", "GH_ENTERPRISE_TOKEN": "c"}, f"{SERVER}/api/v3/", "c"),
        (SERVER, {"GITHUB_TOKEN": "b", "GITHUB_SERVER_URL": SERVER}, f"{SERVER}/api/v3/", "b"),
        ("https://evilghe.com", {"GH_TOKEN": "a"}, "https://evilghe.com/api/v3/", ""),
    ],
)
def test_a_server_that_the_config_names_gets_no_other_githubs_token(
    server: str, environ: dict[str, str], url: str, sent: str
) -> None:
    _, github = ask(ANSWER, environ=environ, server=server)

    assert github.asked[0].full_url == f"{url}repos/acme/hello"
    assert github.asked[0].get_header("Authorization") == (f"Bearer {sent}" if sent else None)


def test_gh_is_asked_if_the_environment_has_no_token() -> None:
    hosts: list[str] = []

    def gh(_environ: Mapping[str, str], host: str) -> str:
        hosts.append(host)
        return "from-gh"

    _, github = ask(ANSWER, gh=gh)
    ask(ANSWER, environ={"GH_TOKEN": "s3cret"}, gh=gh)

    assert hosts == ["github.com"]
    assert github.asked[0].get_header("Authorization") == "Bearer from-gh"


@pytest.mark.parametrize(
    ("template", "keys"),
    [
        ({"use_default": True, "include_claim_keys": ["repo"]}, ()),
        ({"use_default": False, "include_claim_keys": ["repo", "context"]}, ()),
        ({"use_default": False, "include_claim_keys": ["repo", "job_workflow_ref"]}, ("repo", "job_workflow_ref")),
        ({"use_default": False}, ("repository_owner", "context")),
        (status(403), None),
    ],
)
def test_the_template_of_sub_is_read_with_a_token(template: object, keys: tuple[str, ...] | None) -> None:
    answers = {
        "/repos/acme/hello": ANSWER,
        "/repos/acme/hello/actions/oidc/customization/sub": template,
        "/orgs/acme/actions/oidc/customization/sub": {"include_claim_keys": ["repository_owner", "context"]},
    }

    assert ask(answers, environ={"GITHUB_TOKEN": "s3cret"})[0].claim_keys == keys
    assert ask(answers)[0].claim_keys is None


@pytest.mark.parametrize(
    ("answer", "token", "why"),
    [
        (status(404), "", "for a private one, set GITHUB_TOKEN"),
        (status(404), "s3cret", "This token sees no repository of that name"),
        (status(401), "s3cret", "does not accept the token"),
        (status(403), "", "HTTP 403"),
        (status(429), "", "too many requests"),
        (status(500), "", "GitHub answers HTTP 500"),
        (urllib.error.URLError("no route"), "", "does not answer"),
        (TimeoutError("timed out"), "", "does not answer: timed out"),
        (b"<html>", "", "is not JSON"),
        ({"id": "x"}, "", "is not a repository"),
        ([], "", "is not a repository"),
    ],
)
def test_what_is_not_known_says_what_would_be_unsafe_and_how_to_find_it(answer: object, token: str, why: str) -> None:
    with pytest.raises(Refused, match="The ids of the repository acme/hello are not known") as caught:
        ask(answer, environ={"GITHUB_TOKEN": token})

    assert "whoever registers this name once it is free" in caught.value.why
    assert why in caught.value.why
    assert caught.value.fix.startswith("Ask GitHub: gh api repos/acme/hello --jq")
    assert "s3cret" not in _everything(caught.value)


@pytest.mark.parametrize("environ", [{}, RUNNER | {"GITHUB_REPOSITORY": "Acme/Hello"}])
def test_another_spelling_would_let_nobody_in(environ: dict[str, str]) -> None:
    with pytest.raises(Refused, match="GitHub calls the repository Acme/Hello, the config acme/hello") as caught:
        ask(ANSWER | {"full_name": "Acme/Hello"}, environ=environ)

    assert caught.value.fix == 'Write repository = "Acme/Hello" in [github].'
    assert caught.value.exit_code == 3


def test_a_renamed_repository_is_named_as_it_is_now() -> None:
    with pytest.raises(Refused, match="The repository acme/hello is acme/hi now: it was renamed or transferred"):
        ask(ANSWER | {"full_name": "acme/hi"})


def _everything(error: EcsdeployError) -> str:
    return f"{error.what}{error.why}{error.fix}{error.__cause__!r}"
