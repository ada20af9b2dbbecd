"""Requests that no client library would send: each gets AWS's refusal, and the sandbox answers the next one."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.sandbox.conftest import RunningSandbox, running_sandbox
from tests.sandbox.operations.raw import CONTENT_TYPE, PREFIX, Answered, authorization, send

TARGET = f"{PREFIX['ecs']}.ListClusters"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(autouse=True)
def _still_there(sandbox: RunningSandbox) -> Iterator[None]:
    yield
    assert ask(sandbox).status == 200


def ask(sandbox: RunningSandbox, body: bytes = b"{}", method: str = "POST", **headers: str | None) -> Answered:
    """Send one request; a header that is None is left out, underscores are hyphens."""
    usual = {"Content-Type": CONTENT_TYPE, "X-Amz-Target": TARGET, "Authorization": authorization("ecs")}
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return send(sandbox.endpoint, method, body, {name: v for name, v in {**usual, **given}.items() if v is not None})


@pytest.mark.parametrize("body", [b"", b"{}", b'{"maxResults": 5, "unknown": [1, {}], "nextToken": null}'])
def test_what_aws_takes(sandbox: RunningSandbox, body: bytes) -> None:
    answered = ask(sandbox, body)
    assert (answered.status, answered.body) == (200, {"clusterArns": []})
    assert answered.headers["content-type"] == CONTENT_TYPE
    assert len(answered.headers["x-amzn-requestid"]) == 36


@pytest.mark.parametrize("body", [b"{", b"null", b"[]", b"7", b'"text"', b"\xff\xfe", b"{}x", b'{"maxResults": NaN}'])
def test_what_is_no_json_object(sandbox: RunningSandbox, body: bytes) -> None:
    answered = ask(sandbox, body)
    assert (answered.status, answered.code) == (400, "SerializationException")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", None])
def test_a_content_type_that_is_not_json(sandbox: RunningSandbox, kind: str | None) -> None:
    answered = ask(sandbox, Content_Type=kind)
    assert (answered.status, answered.code) == (404, "UnknownOperationException")


@pytest.mark.parametrize("target", ["Nothing.ListClusters", f"{PREFIX['ecs']}.MakeCoffee", f"{PREFIX['ecs']}.", "x"])
def test_a_target_that_is_none(sandbox: RunningSandbox, target: str) -> None:
    answered = ask(sandbox, X_Amz_Target=target)
    assert (answered.status, answered.code) == (400, "UnknownOperationException")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_without_a_target(sandbox: RunningSandbox, method: str) -> None:
    assert 400 <= ask(sandbox, b"", method, X_Amz_Target=None).status < 500


def test_no_target(sandbox: RunningSandbox) -> None:
    answered = ask(sandbox, X_Amz_Target=None)
    assert (answered.status, answered.code) == (400, "UnknownOperationException")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "MissingAuthenticationTokenException"),
        ("Bearer abc", "IncompleteSignatureException"),
        ("AWS4-HMAC-SHA256 Credential=AKIA, Signature=0", "IncompleteSignatureException"),
        (authorization("ecs", "mars-north-1"), "InvalidSignatureException"),
        (authorization("ecs", "us-east"), "InvalidSignatureException"),
    ],
)
def test_a_signature_that_is_none(sandbox: RunningSandbox, header: str | None, code: str) -> None:
    answered = ask(sandbox, Authorization=header)
    assert (answered.status, answered.code) == (400, code)


@pytest.mark.parametrize("region", ["eu-central-1", "us-gov-west-1", "cn-north-1", "ap-southeast-7"])
def test_a_signature_for_any_of_aws_s_regions_is_one(sandbox: RunningSandbox, region: str) -> None:
    assert ask(sandbox, Authorization=authorization("ecs", region)).code != "InvalidSignatureException"


@pytest.mark.parametrize("name", ["evil.example", "evil.example:4510", "127.0.0.1.evil.example", "169.254.169.254", ""])
def test_a_host_that_is_not_this_machine(sandbox: RunningSandbox, name: str) -> None:
    assert ask(sandbox, Host=name).status in (400, 403)


def test_a_page_of_another_site(sandbox: RunningSandbox) -> None:
    assert ask(sandbox, Origin="https://evil.example").status == 403


def test_a_body_larger_than_anything(sandbox: RunningSandbox) -> None:
    """Refused by its announced length: the sandbox never holds it."""
    connection = http.client.HTTPConnection(urlsplit(sandbox.endpoint).netloc, timeout=20)
    try:
        connection.putrequest("POST", "/")
        for name, value in (("Content-Type", CONTENT_TYPE), ("X-Amz-Target", TARGET)):
            connection.putheader(name, value)
        connection.putheader("Authorization", authorization("ecs"))
        connection.putheader("Content-Length", str(10**12))
        connection.endheaders(b"{")
        response = connection.getresponse()
        assert (response.status, json.loads(response.read())["__type"]) == (413, "RequestEntityTooLargeException")
    finally:
        connection.close()


def test_a_large_body_that_aws_takes(sandbox: RunningSandbox) -> None:
    body = json.dumps({"nothing": "x" * 5_000_000}).encode()
    assert ask(sandbox, body).status == 200


def test_numbers_beyond_every_type(sandbox: RunningSandbox) -> None:
    for value in (10**30, -(10**30), 1e308, 0.5):
        assert ask(sandbox, json.dumps({"maxResults": value}).encode()).status == 400


def test_a_deep_body(sandbox: RunningSandbox) -> None:
    assert ask(sandbox, b'{"a": ' * 100_000).status == 400
    assert ask(sandbox, b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}").status == 400
