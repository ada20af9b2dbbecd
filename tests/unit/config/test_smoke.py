"""`[smoke]` in the file: what it means, and what is told of what it cannot mean."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ecsdeploy.config.load import load
from ecsdeploy.config.mistake import ConfigMistakes
from ecsdeploy.config.models import Config
from ecsdeploy.config.smoke import Smoke

Read = Callable[[str], Config]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Return what loads a config with this text at its end."""
    monkeypatch.chdir(tmp_path)

    def loaded(text: str) -> Config:
        Path("ecsdeploy.toml").write_text('app = "hello"\nregion = "us-east-1"\n' + text, encoding="utf-8")
        return load(Path("ecsdeploy.toml"), "staging" if "environments" in text else None).config

    return loaded


def refused(read: Read, text: str) -> str:
    """Return the mistakes."""
    with pytest.raises(ConfigMistakes) as caught:
        read(text)
    return "\n".join(part for part in (caught.value.what, caught.value.why, caught.value.fix) if part)


def smoke_of(config: Config) -> Smoke:
    """Return its table."""
    assert config.smoke is not None
    return config.smoke


def test_one_request_needs_nothing_else(read: Read) -> None:
    smoke = smoke_of(read('[[smoke.requests]]\npath = "/health"\n'))

    assert (smoke.timeout, smoke.url, smoke.command) == (60, None, None)
    [request] = smoke.requests
    assert (request.method, request.path, request.status, request.within) == ("GET", "/health", 200, 5)
    assert (request.headers, request.body, request.values, request.text) == ({}, None, {}, None)


def test_nested_values_and_dotted_paths_are_the_same(read: Read) -> None:
    nested = read("[[smoke.requests]]\njson = { a = { b = 1, c = [2, { d = 3 }] }, e = true }\n")
    dotted = read('[[smoke.requests]]\njson = { "a.b" = 1, a.c = [2, { d = 3 }], e = true }\n')

    assert smoke_of(nested).requests[0].values == {"a.b": 1, "a.c": [2, {"d": 3}], "e": True}
    assert nested == dotted


def test_an_environment_has_requests_of_its_own(read: Read) -> None:
    text = """
[smoke]
timeout = "30s"
[[smoke.requests]]
path = "/health"
[environments.staging.smoke]
url = "https://{env}.example.com/api/"
[[environments.staging.smoke.requests]]
path = "/other"
"""
    smoke = smoke_of(read(text))

    assert (smoke.timeout, smoke.url) == (30, "https://{env}.example.com/api")
    assert [request.path for request in smoke.requests] == ["/other"]


REQUEST = "[[smoke.requests]]\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[smoke]\n", '3: smoke: nothing is asked\nAdd [[smoke.requests]] with path = "/health", or a command.'),
        ("[smoke]\ncommand = []\n", "4: smoke.command: this is empty\n"),
        (
            '[smoke]\ncommand = "./smoke.sh"\n',
            '4: smoke.command: this must be a list\nWrite for example command = ["./smoke.sh", "--quick"].',
        ),
        (
            '[smoke.requests]\npath = "/"\n',
            "3: smoke.requests: this must be a list\nWrite [[smoke.requests]] above its keys.",
        ),
        (
            '[smoke]\nrequests = ["/"]\n',
            "4: smoke.requests[0]: this must be a table\nWrite [[smoke.requests]] above its keys.",
        ),
        (
            f'{REQUEST}{REQUEST}pth = "/"\n',
            "5: smoke.requests[1].pth: there is no such key\nDid you mean smoke.requests[1].path?",
        ),
        (f"{REQUEST}jsn = {{ a = 1 }}\n", "Did you mean smoke.requests[0].json?"),
        (f"{REQUEST}json = 1\n", "smoke.requests[0].json: this must be a table\nWrite for example json = {"),
        (f"{REQUEST}method = 'get'\n", 'smoke.requests[0].method: this is not a valid choice\nDid you mean "GET"?'),
        (f"{REQUEST}status = 99\n", "smoke.requests[0].status: this must be 200 or more\nThe nearest is 200."),
        (f"{REQUEST}within = '5m'\n", 'smoke.requests[0].within: 5m is outside 1s to 1m\nThe nearest is "1m".'),
        (
            f"{REQUEST}path = 'he llo#x'\n",
            'path: a path begins with a slash and has neither spaces nor a #\nWrite "/he%20llo%23x".',
        ),
        (f"{REQUEST}path = '/{{comit}}'\n", "path: {comit} is not replaced\nWrite {commit};"),
        (f"{REQUEST}text = '{{comit}}'\n", "text: {comit} is not replaced"),
        (f"{REQUEST}json = {{ a = {{}} }}\n", "smoke.requests[0].json.a: this expects nothing\n"),
        (f"{REQUEST}json = {{ a = [2026-01-01] }}\n", "json.a: JSON has no dates\n"),
        (f"{REQUEST}json = {{ a = [{{ b = '{{comit}}' }}] }}\n", "json.a: {comit} is not replaced\nWrite {commit}."),
        ("[smoke]\nurl = 'example.com'\n", 'url: this is not an address to ask at\nWrite for example "https://'),
        ("[smoke]\nurl = 'ftp://example.com'\n", "url: this is not an address to ask at"),
        ("[smoke]\nurl = 'https://me:pw@example.com'\n", "url: an address to ask at has no user, no query and no #"),
        ("[smoke]\nurl = 'https://example.com?a=1'\n", "url: an address to ask at has no user, no query and no #"),
        (f"{REQUEST}headers = {{ 'A B' = 'x' }}\n", "headers.'A B': this is not the name of a header\n"),
        (
            f"{REQUEST}headers = {{ Content-Length = '1' }}\n",
            "headers.Content-Length: ecsdeploy sets this header itself",
        ),
        (f'{REQUEST}headers = {{ A = "x\\r\\nB: y" }}\n', "headers.A: a header's value is one line of ASCII"),
        (f"{REQUEST}headers = {{ A = 'env:A B' }}\n", "headers.A: this is not the name of an environment variable"),
        (
            f"{REQUEST}headers = {{ A = 'Bearer ${{TOKEN}}' }}\n",
            'headers.A: a variable is not replaced here\nWrite "env:TOKEN": it holds the whole value.',
        ),
        (f"{REQUEST}headers = {{ A = '{{comit}}' }}\n", "headers.A: {comit} is not replaced\nWrite {commit}."),
    ],
)
def test_what_is_wrong_is_told_with_what_to_write(read: Read, text: str, told: str) -> None:
    assert told in refused(read, text)


@pytest.mark.parametrize(
    "line",
    [
        "headers = { Authorization = 'anything' }",
        "headers = { cookie = 'session=1' }",
        "headers = { X-Api-Key = 'a8F3kd93Jd02' }",
        "headers = { A = 'ghp_0123456789012345678901234567890123456' }",
        'body = \'{ "token": "ghp_0123456789012345678901234567890123456" }\'',
        "path = '/?key=ghp_0123456789012345678901234567890123456'",
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(read: Read, line: str) -> None:
    told = refused(read, f"[[smoke.requests]]\n{line}\n")

    assert "env:NAME" in told
    assert "ghp_" not in told
    assert "a8F3" not in told


@pytest.mark.parametrize(
    "headers", [{"Authorization": "env:SMOKE_TOKEN"}, {"Host": "a.example.com"}, {"A": "{commit}"}]
)
def test_headers_that_hold_no_secret_are_taken(headers: dict[str, Any]) -> None:
    document = {"app": "hello", "region": "us-east-1", "smoke": {"requests": [{"headers": headers}]}}

    assert smoke_of(Config.model_validate(document)).requests[0].headers == headers
