"""`[smoke]`: what has to answer, and how, before a deployment counts as good.

ECS knows that tasks run and that a health check passes, not that the right version answers the right thing.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from ecsdeploy.config.mistake import Mistake, mistake, mistakes
from ecsdeploy.config.placeholders import near_miss
from ecsdeploy.config.secrets_guard import secret_in
from ecsdeploy.config.table import Table
from ecsdeploy.config.values import Duration, Text, WholeNumber, lasting

ENV = "env:"
"""What a header's value begins with that is read from an environment variable."""
_ENV_VALUE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*")
_SHELL_VALUE = re.compile(r".*?\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?", re.DOTALL)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""A token (RFC 9110, section 5.6.2)."""
_PLAIN = re.compile(r"[\t\x20-\x7e]*")
_PATH = r"^/[!-\"$-~]*$"
"""A path and a query in printable ASCII, without spaces and `#`."""
_OURS = frozenset({"connection", "content-length", "transfer-encoding"})
_ALWAYS_SECRET = frozenset({"authorization", "proxy-authorization", "cookie"})


def _replaced(text: str) -> str:
    """Refuse what is nearly a placeholder: the answer would never be as expected."""
    if missed := near_miss(text):
        raise mistake(
            f"{missed[0]} is not replaced", rf"Write {missed[1]}; to keep the text as it is, write \\ before the brace."
        )
    return text


def _path(path: str) -> str:
    if re.fullmatch(_PATH, path):
        return _public(_replaced(path))
    tidy = quote(path if path.startswith("/") else f"/{path}", safe="/?&=%:@!$'()*+,;~{}[]-._")
    raise mistake("a path begins with a slash and has neither spaces nor a #", f'Write "{tidy}".')


def _url(url: str) -> str:
    """Refuse what is no base of a service's URLs; what it ends with is put before each path."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not re.fullmatch(r"[!-~]+", url):
        raise mistake("this is not an address to ask at", 'Write for example "https://hello.example.com".')
    if parts.username is not None or parts.query or parts.fragment:
        raise mistake("an address to ask at has no user, no query and no #", "A query goes into each path.")
    return _replaced(url.rstrip("/"))


def _public(text: str, name: str = "") -> str:
    if looks_like := secret_in(name, text):
        raise mistake(
            f"the value looks like {looks_like}", "Send it in a header, read from an environment variable: env:NAME."
        )
    return text


def _body(text: str) -> str:
    return _public(_replaced(text))


def _headers(values: Mapping[str, str]) -> Mapping[str, str]:
    found = [each for name, value in values.items() for each in _wrong_header(name, value)]
    if found:
        raise mistakes(found)
    return values


def _wrong_header(name: str, value: str) -> Iterator[Mistake]:
    if not _HEADER_NAME.fullmatch(name):
        yield Mistake((name,), "this is not the name of a header", 'Write for example Accept = "application/json".')
    elif name.lower() in _OURS:
        yield Mistake((name,), "ecsdeploy sets this header itself", "Remove it.")
    if value.startswith(ENV):
        if not _ENV_VALUE.fullmatch(value):
            yield Mistake((name,), "this is not the name of an environment variable", "Write env:NAME and no more.")
        return
    if found := _SHELL_VALUE.match(value):
        yield Mistake((name,), "a variable is not replaced here", f'Write "env:{found[1]}": it holds the whole value.')
        return
    if not _PLAIN.fullmatch(value):
        yield Mistake((name,), "a header's value is one line of ASCII", "Remove the other characters.")
    elif missed := near_miss(value):
        yield Mistake((name,), f"{missed[0]} is not replaced", f"Write {missed[1]}.")
    if name.lower() in _ALWAYS_SECRET or secret_in(name, value):
        wrong = "a secret must not be in this file"
        yield Mistake((name,), wrong, 'Read it from an environment variable: "env:NAME".')


def _values(expected: object) -> object:
    """Bring `{ build = { commit = "x" } }` to `{ "build.commit" = "x" }`."""
    if not isinstance(expected, dict):
        return expected
    flat = dict(_flattened(expected))
    found = [mistaken for path, value in flat.items() for mistaken in _wrong_value(path, value)]
    if found:
        raise mistakes(found)
    return flat


def _flattened(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        path = f"{above}.{key}" if above else key
        if isinstance(value, dict) and value:
            yield from _flattened(value, path)
        else:
            yield path, value


def _wrong_value(path: str, value: object) -> Iterator[Mistake]:
    if isinstance(value, list):
        yield from (mistaken for each in value for mistaken in _wrong_value(path, each))
    if value == {}:
        yield Mistake((path,), "this expects nothing", "Give the value that the answer must have, or remove it.")
    if isinstance(value, dict):  # in a list: others were flattened
        yield from (mistaken for each in value.values() for mistaken in _wrong_value(path, each))
    if isinstance(value, (datetime.date, datetime.time)):
        yield Mistake((path,), "JSON has no dates", "Write the text that is expected in quotes.")
    if isinstance(value, str) and (missed := near_miss(value)):
        yield Mistake((path,), f"{missed[0]} is not replaced", f"Write {missed[1]}.")


class SmokeRequest(Table):
    """One request, and what is expected of its answer."""

    model_config = ConfigDict(serialize_by_alias=True)

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = Field(
        default="GET", description="The request's method. It may be sent several times."
    )
    path: Annotated[str, AfterValidator(_path)] = Field(
        default="/", description="The path, with a query if it needs one.", json_schema_extra={"pattern": _PATH}
    )
    headers: Annotated[dict[str, str], AfterValidator(_headers)] = Field(
        default_factory=dict,
        description="Headers. `env:NAME` is the value of an environment variable: secrets never stand in the file.",
        examples=[{"Authorization": "env:SMOKE_AUTHORIZATION"}],
    )
    body: Annotated[str, AfterValidator(_body)] | None = Field(default=None, description="What is sent, as it is.")
    status: WholeNumber = Field(
        default=200, ge=200, le=599, description="The status that is expected. Redirects are not followed."
    )
    values: Annotated[
        dict[str, Any], BeforeValidator(_values), WithJsonSchema({"type": "object", "additionalProperties": True})
    ] = Field(
        alias="json",
        default_factory=dict,
        description="Values that the answer's JSON must have, by their dotted path; numbers are indexes of a list.",
        examples=[{"status": "ok", "version": "{commit}", "checks.0.name": "database"}],
    )
    text: Annotated[Text, AfterValidator(_replaced)] | None = Field(
        default=None, description="Text that the answer must contain."
    )
    within: Annotated[Duration, lasting(1, 60)] = Field(default=5, description="Time for one answer, 1s to 1m.")


class Smoke(Table):
    """What is asked of the new tasks after a deployment; if it fails, the service goes back."""

    timeout: Annotated[Duration, lasting(1, 3600)] = Field(
        default=60, description="How long requests are repeated until each was answered as expected, at most an hour."
    )
    url: Annotated[str, AfterValidator(_url)] | None = Field(
        default=None,
        description="Where to ask. Left out, up to three of the new tasks are asked at their public addresses.",
        examples=["https://hello.example.com"],
    )
    command: Annotated[tuple[Annotated[str, AfterValidator(_replaced)], ...], Field(min_length=1)] | None = Field(
        default=None,
        description="A command on this machine, run once after the requests, in the config's folder, without a shell "
        "and without credentials for AWS and GitHub. `ECSDEPLOY_URL` is where the service answers. 0 means good.",
        examples=[["./smoke.sh", "--quick"]],
    )
    requests: tuple[SmokeRequest, ...] = Field(
        default=(), description="Requests, each sent to every address that is asked."
    )

    @model_validator(mode="after")
    def _asks_something(self) -> Smoke:
        if not self.requests and self.command is None:
            raise mistake("nothing is asked", 'Add [[smoke.requests]] with path = "/health", or a command.')
        return self
