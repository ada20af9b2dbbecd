"""`[smoke]`, judged: what is asked of a service, and what is wrong with an answer, in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ecsdeploy.config.placeholders import expand, used
from ecsdeploy.config.smoke import ENV, Smoke, SmokeRequest
from ecsdeploy.core.json_values import Absent, Json, same, value_at
from ecsdeploy.errors import Refused

SHOWN = 200
"""How many characters of an answer are shown."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What the running revision was made from: what the placeholders stand for; `tag` is None if not known."""

    commit: str
    tag: str | None
    env: str

    def expanded(self, text: str) -> str:
        """Return `text` with its placeholders replaced."""
        return expand(text, commit=self.commit, tag=self.tag or "", env=self.env)

    def knows(self, text: str) -> bool:
        """Return whether all that `text` asks for is known."""
        return self.tag is not None or "tag" not in used(text)


@dataclass(frozen=True, kw_only=True)
class Check:
    """A request as it is sent, and what is expected. Headers may hold secrets, so they are never shown."""

    method: str = "GET"
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: str | None = field(default=None, repr=False)
    status: int = 200
    values: Mapping[str, Json] = field(default_factory=dict)
    text: str | None = None
    within: float = 5.0

    def at(self, url: str) -> str:
        """Return what it is called where it is sent to `url`, without the query."""
        return f"{self.method} {url}{self.path.partition('?')[0]}"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a service answered: `body` is its beginning, all of it if `whole`; `location` is where a redirect leads."""

    status: int
    body: bytes = b""
    location: str = ""
    whole: bool = True


@dataclass(frozen=True)
class NoAnswer:
    """Why there is no answer; `reached` says whether something is there: if not, nothing was learned of the service."""

    problem: str
    reached: bool


@dataclass(frozen=True)
class Smoked:
    """How `[smoke]` went: what is `wrong`, else what could not be asked from here (`unasked`), in words."""

    wrong: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Return whether everything was asked, and answered as expected."""
        return not (self.wrong or self.unasked)


def checks(smoke: Smoke, origin: Origin, environ: Mapping[str, str]) -> tuple[Check, ...]:
    """Return the requests with their placeholders and variables replaced. Raises `Refused` as `require_variables`."""
    require_variables(smoke, environ)
    return tuple(_check(request, origin, environ) for request in smoke.requests)


def unknown(smoke: Smoke, origin: Origin) -> str:
    """Return the first text of `smoke` with a placeholder whose value is not known, "" if there is none."""
    return next((text for text in _texts(smoke) if not origin.knows(text)), "")


def require_variables(smoke: Smoke, environ: Mapping[str, str]) -> None:
    """Raise `Refused` unless every environment variable that a header names can be sent."""
    for request in smoke.requests:
        for header, value in request.headers.items():
            name = value.removeprefix(ENV)
            if value != name and not _sendable(environ.get(name, "")):
                given = environ.get(name, "").strip()
                raise Refused(
                    f"The environment variable {name} {'is not set' if not given else 'cannot be sent in a header'}.",
                    why=f"[[smoke.requests]] sends it as {header}"
                    + (", and a header is one line of ASCII." if given else "."),
                    fix=f"Set {name} where ecsdeploy runs; in GitHub Actions from a secret, in the step's env.",
                )


def wrong(check: Check, url: str, answer: Answer) -> tuple[str, ...]:
    """Return everything about `answer` that is not as expected; nothing if it is good."""
    name = check.at(url)
    if answer.status != check.status:
        leads = f" to {answer.location}" if answer.location else ""
        return (f"{name} answered {answer.status}{leads}, expected {check.status}{_excerpt(answer)}",)
    found = _wrong_values(name, check.values, answer) if check.values else []
    if check.text is not None and check.text not in _decoded(answer):
        found.append(f"{name} answered without the text {_shown(check.text)}{_excerpt(answer)}")
    return tuple(found)


def _check(request: SmokeRequest, origin: Origin, environ: Mapping[str, str]) -> Check:
    return Check(
        method=request.method,
        path=origin.expanded(request.path),
        headers={name: _header(value, origin, environ) for name, value in request.headers.items()},
        body=None if request.body is None else origin.expanded(request.body),
        status=request.status,
        values={path: _replaced(value, origin) for path, value in request.values.items()},
        text=None if request.text is None else origin.expanded(request.text),
        within=request.within,
    )


def _header(value: str, origin: Origin, environ: Mapping[str, str]) -> str:
    return environ[value.removeprefix(ENV)].strip() if value.startswith(ENV) else origin.expanded(value)


def _sendable(value: str) -> bool:
    return bool(value.strip()) and value.strip().isascii() and value.strip().isprintable()


def _texts(smoke: Smoke) -> Iterable[str]:
    yield smoke.url or ""
    yield from smoke.command or ()
    for request in smoke.requests:
        yield from (request.path, request.body or "", request.text or "", *request.headers.values())
        yield json.dumps(list(request.values.values()))


def _replaced(value: Json, origin: Origin) -> Json:
    if isinstance(value, str):
        return origin.expanded(value)
    if isinstance(value, list):
        return [_replaced(each, origin) for each in value]
    if isinstance(value, dict):
        return {key: _replaced(each, origin) for key, each in value.items()}
    return value


def _wrong_values(name: str, values: Mapping[str, Json], answer: Answer) -> list[str]:
    try:
        document: Json = json.loads(answer.body)
    except (ValueError, RecursionError):
        more = "" if answer.whole else ", or too much of it"
        return [f"{name} answered no JSON{more}{_excerpt(answer)}"]
    found = []
    for path, expected in values.items():
        try:
            value = value_at(document, path)
        except Absent:
            found.append(f"{name} answered without {_shown(path)}, expected {_shown(expected)}{_excerpt(answer)}")
        else:
            if not same(value, expected):
                found.append(f"{name} answered {_shown(path)}: {_shown(value)}, expected {_shown(expected)}")
    return found


def _shown(value: Json) -> str:
    return _short(json.dumps(value, ensure_ascii=False))


def _excerpt(answer: Answer) -> str:
    """Return the beginning of an answer's body on one line, to append."""
    text = _short(" ".join(_decoded(answer)[: 10 * SHOWN].split()))
    return f": {text}" if text else ""


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _decoded(answer: Answer) -> str:
    return answer.body.decode("utf-8", errors="replace")
