from __future__ import annotations

import io
import json
import ssl
import threading
import traceback
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ecsdeploy.github.id_token import TOKEN, URL, NoIdToken, fetch_id_token, has_id_token
from ecsdeploy.hidden import Hidden
from ecsdeploy.secret_http import within
from tests.support.clocks import FakeClock

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
ASKED_WITH = "request-token-0123456789"
JOB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "acme/hello",
    "GITHUB_EVENT_NAME": "push",
    URL: "https://runner.example.com/_apis/token?api-version=2.0",
    TOKEN: ASKED_WITH,
}


class FakeEndpoint:
    """Gives its answers one after the other, the last one for ever, and keeps what it was asked."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.asked: list[urllib.request.Request] = []

    def __call__(self, request: urllib.request.Request) -> bytes:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


def status(code: int) -> urllib.error.HTTPError:
    return urllib.error.HTTPError("https://runner.example.com", code, "no", Message(), io.BytesIO(b"x"))


def fetch(
    endpoint: FakeEndpoint, clock: FakeClock | None = None, hidden: Hidden | None = None, env: dict[str, str] = JOB
) -> str:
    return fetch_id_token(env, "sts.amazonaws.com", endpoint, hidden=hidden or Hidden(), clock=clock or FakeClock())


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://r.example.com/t?api-version=2.0", "https://r.example.com/t?api-version=2.0&audience=sts%2Fx"),
        ("https://r.example.com/t", "https://r.example.com/t?audience=sts%2Fx"),
        ("https://r.example.com/t?a=%26b#part", "https://r.example.com/t?a=%26b&audience=sts%2Fx"),
        ("http://127.0.0.1:9/t?", "http://127.0.0.1:9/t?audience=sts%2Fx"),
    ],
)
def test_the_audience_is_added_to_the_address(url: str, asked: str) -> None:
    endpoint = FakeEndpoint({"value": JWT, "count": 1})

    assert fetch_id_token(JOB | {URL: url}, "sts/x", endpoint, hidden=Hidden(), clock=FakeClock()) == JWT
    assert [each.full_url for each in endpoint.asked] == [asked]
    assert endpoint.asked[0].get_header("Authorization") == f"bearer {ASKED_WITH}"


def test_the_token_is_hidden_and_announced_before_it_is_returned() -> None:
    hidden, told = Hidden(), list[str]()
    hidden.announce_to(told.append)

    fetch(FakeEndpoint({"value": JWT}), hidden=hidden)

    assert told == [JWT]
    assert hidden.redacted(f"{JWT} {ASKED_WITH}") == "*** ***"


@pytest.mark.parametrize(
    "trouble",
    [
        status(500),
        status(503),
        status(429),
        status(408),
        urllib.error.URLError(OSError(111, "refused")),
        TimeoutError(),
    ],
)
def test_what_passes_is_tried_again(trouble: Exception) -> None:
    clock = FakeClock()

    assert fetch(FakeEndpoint(trouble, trouble, {"value": JWT}), clock) == JWT
    assert clock.slept == [1.0, 2.0]


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (status(503), "Asked 4 times for one: HTTP 503."),
        (TimeoutError("timed out"), "Asked 4 times for one: it did not answer in time."),
        (urllib.error.URLError(TimeoutError()), "Asked 4 times for one: it did not answer in time."),
        (ConnectionRefusedError(111, "Connection refused"), "it cannot be reached (Connection refused)."),
        (urllib.error.URLError(ssl.SSLCertVerificationError()), "its certificate is not valid."),
        (ValueError(f"Invalid header value b'bearer {ASKED_WITH}'"), "it cannot be reached (ValueError)."),
    ],
)
def test_what_does_not_pass_ends_soon(trouble: Exception, why: str) -> None:
    clock = FakeClock()

    with pytest.raises(NoIdToken, match=r"^GitHub gives this job no id token") as caught:
        fetch(FakeEndpoint(trouble), clock)

    assert why in caught.value.why
    assert sum(clock.slept) < 10
    assert ASKED_WITH not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("code", [302, 400, 401, 403, 404])
def test_a_refusal_is_not_tried_again(code: int) -> None:
    endpoint = FakeEndpoint(status(code))

    with pytest.raises(NoIdToken, match=rf"refuses to give this job an id token \(HTTP {code}\)"):
        fetch(endpoint)
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b"[" * 50_000,
        b"\xff\xfe",
        {"count": 1},
        {"value": None},
        {"value": [JWT]},
        {"value": "no.token"},
        {"value": f"{JWT}\n::set-env name=x::y"},
        {"value": "::add-path::/x"},
    ],
)
def test_only_a_token_is_a_token(answer: object) -> None:
    with pytest.raises(NoIdToken, match="What answers for GitHub gives no id token") as caught:
        fetch(FakeEndpoint(answer))

    assert "set-env" not in caught.value.why


@pytest.mark.parametrize(
    "url",
    [
        "http://runner.example.com/t",
        "ftp://x/",
        "nonsense",
        "https://user@x/",
        "https://",
        "https://x/ y",
        "http://[::1",
        "https://x:99999/",
        "\x1b",
        "https://x/\n",
        "file:///etc/passwd",
        "http://localhost.example.com/",
    ],
)
def test_the_request_token_is_sent_over_tls_only(url: str) -> None:
    endpoint = FakeEndpoint({"value": JWT})

    with pytest.raises(NoIdToken, match="is not an address that a token may be sent to"):
        fetch(endpoint, env=JOB | {URL: url})
    assert endpoint.asked == []


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "gehe\u00efm", "\x00"])
def test_a_request_token_with_odd_letters_is_named_not_shown(token: str) -> None:
    with pytest.raises(NoIdToken, match="ACTIONS_ID_TOKEN_REQUEST_TOKEN is not a token") as caught:
        fetch(FakeEndpoint({"value": JWT}), env=JOB | {TOKEN: token})
    assert token not in f"{caught.value.why}{caught.value.fix}"


@pytest.mark.parametrize("missing", [URL, TOKEN])
def test_a_job_without_the_permission_is_told_what_to_write(missing: str) -> None:
    with pytest.raises(NoIdToken, match=r"^This job may not ask GitHub for an id token") as caught:
        fetch(FakeEndpoint({"value": JWT}), env=JOB | {missing: ""})

    assert caught.value.why == f"It lacks the permission id-token: {missing} is not set."
    assert caught.value.fix.endswith("permissions:\n  contents: read\n  id-token: write")


@pytest.mark.parametrize(
    ("head", "what"),
    [
        ({"repo": {"full_name": "mallory/hello"}}, r"a pull request from a fork \(mallory/hello\)"),
        ({"repo": None}, r"a pull request from a fork \(a deleted one\)"),
        ({"repo": {"full_name": "Acme/Hello"}}, "This job may not ask"),
        ({}, "This job may not ask"),
        ("nonsense", "This job may not ask"),
    ],
)
def test_a_forks_pull_request_is_named(head: object, what: str, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"head": head}}))

    with pytest.raises(NoIdToken, match=what):
        fetch(
            FakeEndpoint({}), env=JOB | {URL: "", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event)}
        )


def test_an_event_that_cannot_be_read_is_no_fork(tmp_path: Path) -> None:
    event = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(tmp_path), URL: ""}

    with pytest.raises(NoIdToken, match="This job may not ask"):
        fetch(FakeEndpoint({}), env=JOB | event)


def test_a_laptop_has_none() -> None:
    assert not has_id_token({})
    assert not has_id_token({URL: "https://x/", TOKEN: ""})
    with pytest.raises(NoIdToken, match="this is not a job of GitHub Actions"):
        fetch_id_token({}, "sts.amazonaws.com", hidden=Hidden(), clock=FakeClock())


class Runner(BaseHTTPRequestHandler):
    """Redirects to itself, and keeps what it was sent."""

    sent: list[str] = []

    def do_GET(self) -> None:
        self.sent.append(f"{self.path} {self.headers.get('Authorization')}")
        if self.path.startswith("/elsewhere"):
            self.send_response(302)
            self.send_header("Location", "/token")
            self.end_headers()
            return
        body = json.dumps({"value": JWT}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def runner() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Runner)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_it_is_fetched_over_http(runner: str) -> None:
    Runner.sent.clear()
    job = JOB | {URL: f"{runner}/token?x=1"}

    assert fetch_id_token(job, "sts.amazonaws.com", hidden=Hidden(), clock=FakeClock()) == JWT
    assert Runner.sent == [f"/token?x=1&audience=sts.amazonaws.com bearer {ASKED_WITH}"]


def test_no_redirect_is_followed(runner: str) -> None:
    Runner.sent.clear()

    with pytest.raises(NoIdToken, match="HTTP 302"):
        fetch_id_token(JOB | {URL: f"{runner}/elsewhere"}, "a", hidden=Hidden(), clock=FakeClock())
    assert len(Runner.sent) == 1


def test_who_answers_byte_by_byte_does_not_keep_the_job() -> None:
    asked, never = threading.Event(), threading.Event()

    def drip() -> None:
        asked.set()
        never.wait()

    with pytest.raises(TimeoutError):
        within(0.01, drip)
    assert asked.wait(10)
    never.set()
    assert within(60, lambda: "whole") == "whole"
    with pytest.raises(OSError, match="refused"):
        within(60, refuse)


def refuse() -> None:
    raise OSError("refused")
