"""What is asked of a service, and what is told of its answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.config.smoke import Smoke
from ecsdeploy.core.smoke import Answer, Check, Origin, checks, unknown, wrong
from ecsdeploy.errors import Refused

URL = "http://192.0.2.7:3000"
ORIGIN = Origin(commit="3f2c1ab", tag="v1", env="staging")


def smoke(**request: Any) -> Smoke:
    """Return the table with one request."""
    return Smoke.model_validate({"requests": [request]})


def told(check: Check, status: int = 200, body: object = "", **answer: Any) -> tuple[str, ...]:
    """Return what is wrong with an answer."""
    content = body if isinstance(body, str) else json.dumps(body)
    return wrong(check, URL, Answer(status=status, body=content.encode(), **answer))


def test_placeholders_and_variables_are_replaced() -> None:
    table = smoke(
        path="/{env}?v={tag}",
        headers={"X-Key": "env:KEY", "X-Commit": "{commit}"},
        body="{commit}",
        json={"version": "{commit}", "list": ["{tag}", {"a": "{env}"}], "n": 1},
        text="{tag}",
    )
    [check] = checks(table, ORIGIN, {"KEY": " {tag}\n"})

    assert (check.path, check.body, check.text) == ("/staging?v=v1", "3f2c1ab", "v1")
    assert check.headers == {"X-Key": "{tag}", "X-Commit": "3f2c1ab"}
    assert check.values == {"version": "3f2c1ab", "list": ["v1", {"a": "staging"}], "n": 1}


def test_no_header_and_no_body_is_ever_shown() -> None:
    [check] = checks(smoke(headers={"A": "env:KEY"}, body="private"), ORIGIN, {"KEY": "hunter2"})

    assert "hunter2" not in repr(check)
    assert "private" not in repr(check)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (None, "The environment variable KEY is not set."),
        ("  ", "The environment variable KEY is not set."),
        ("a\r\nHost: b", "The environment variable KEY cannot be sent in a header."),
        ("schön", "The environment variable KEY cannot be sent in a header."),
    ],
)
def test_a_variable_that_cannot_be_sent_is_refused_without_its_value(value: str | None, what: str) -> None:
    with pytest.raises(Refused) as caught:
        checks(smoke(headers={"Authorization": "env:KEY"}), ORIGIN, {} if value is None else {"KEY": value})

    assert caught.value.what == what
    assert "as Authorization" in caught.value.why
    assert "schön" not in f"{caught.value.what}{caught.value.why}{caught.value.fix}"


@pytest.mark.parametrize(
    "request_",
    [{"path": "/{tag}"}, {"body": "{tag}"}, {"text": "{tag}"}, {"headers": {"A": "{tag}"}}, {"json": {"a": ["{tag}"]}}],
)
def test_a_tag_that_is_not_known_is_noticed(request_: dict[str, Any]) -> None:
    nobody_knows = Origin(commit="3f2c1ab", tag=None, env="default")

    assert "{tag}" in unknown(smoke(**request_), nobody_knows)
    assert unknown(smoke(**request_), ORIGIN) == ""
    assert unknown(smoke(text=r"\{tag}"), nobody_knows) == ""


def test_a_good_answer_says_nothing() -> None:
    check = Check(path="/health", values={"status": "ok", "a.b": 1}, text="ok")

    assert told(check, body={"status": "ok", "a": {"b": 1}, "more": None}) == ()
    assert told(Check()) == ()


@pytest.mark.parametrize(
    ("check", "answer", "words"),
    [
        (
            Check(),
            {"status": 503, "body": '{"status":\n "starting"}'},
            'answered 503, expected 200: {"status": "starting"}',
        ),
        (Check(), {"status": 404}, "answered 404, expected 200"),
        (Check(), {"status": 302, "location": "/login"}, "answered 302 to /login, expected 200"),
        (Check(values={"a": 1}), {"body": "<html>"}, "answered no JSON: <html>"),
        (Check(values={"a": 1}), {"body": ""}, "answered no JSON"),
        (Check(values={"a": 1}), {"body": "[" * 100_000}, f"answered no JSON: {'[' * 200}..."),
        (Check(values={"a": 1}), {"body": '{"a":', "whole": False}, 'answered no JSON, or too much of it: {"a":'),
        (Check(values={"a.b": 1}), {"body": {"a": 1}}, 'answered without "a.b", expected 1: {"a": 1}'),
        (Check(values={"v": "new"}), {"body": {"v": "old"}}, 'answered "v": "old", expected "new"'),
        (Check(values={"v": 1}), {"body": {"v": True}}, 'answered "v": true, expected 1'),
        (Check(text="hello"), {"body": "bye"}, 'answered without the text "hello": bye'),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(check: Check, answer: dict[str, Any], words: str) -> None:
    assert told(check, **answer) == (f"GET {URL}/ {words}",)


def test_a_wrong_status_is_all_that_is_told_and_else_everything_is() -> None:
    check = Check(method="POST", path="/x?token=1", values={"a": 1, "b": 2}, text="hello")

    assert told(check, status=500, body="{}") == (f"POST {URL}/x answered 500, expected 200: {{}}",)
    assert len(told(check, body="{}")) == 3


@given(st.integers(200, 599), st.binary(max_size=300), st.booleans(), st.text(max_size=5))
def test_any_answer_is_judged_and_another_status_is_never_good(
    status: int, body: bytes, whole: bool, path: str
) -> None:
    for check in (Check(status=200), Check(status=200, values={path: 1}, text="x")):
        found = wrong(check, URL, Answer(status=status, body=body, whole=whole))
        assert found or status == 200
        assert all(each.startswith(f"GET {URL}/ answered ") and len(each) < 800 for each in found)
