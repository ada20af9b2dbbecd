"""The job's id token: GitHub's signed word on which repository, branch and environment a job runs for.

The runner gives it out at an address of its own, to a job with the permission `id-token: write`. It lives about five
minutes, so a run that needs another session asks again.
Source: GitHub Docs, "OpenID Connect reference", "Updating your actions for OIDC".
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, urlsplit

from ecsdeploy import __version__
from ecsdeploy.clock import Clock, SystemClock
from ecsdeploy.errors import CredentialsError
from ecsdeploy.github.environment import read_runner
from ecsdeploy.hidden import Hidden
from ecsdeploy.secret_http import may_be_sent_to, opener, reason, within

URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
SECONDS = 10.0
LONGEST = 20.0
"""Seconds of one wait for the network, and of one whole answer."""
LARGEST = 100_000
EVENT_BYTES = 30_000_000
"""An event's payload has at most 25 MB (GitHub Docs, "Webhook events and payloads")."""
WAITS = (1.0, 2.0, 4.0)
"""Seconds before each further attempt."""
PERMISSION = (
    "Give the job both permissions; a reusable workflow's caller has to give them too:\n"
    "permissions:\n"
    "  contents: read\n"
    "  id-token: write"
)

_OF_FORKS = {"pull_request", "pull_request_review", "pull_request_review_comment"}
"""The events of a pull request that run with the rights of where it comes from."""
_PASSES = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)

Fetch = Callable[[urllib.request.Request], bytes]
"""Returns the body of a response. Raises `urllib.error.URLError`, `TimeoutError` or another `OSError`."""


class NoIdToken(CredentialsError):
    """The job gets no id token; nothing that could be refused has been asked for yet."""


class _Passing(Exception):
    """What went wrong may pass; the text says what it was."""


def has_id_token(environ: Mapping[str, str]) -> bool:
    """Return whether the runner offers an id token. Empty variables are not there, as for every AWS tool."""
    return bool(environ.get(URL) and environ.get(TOKEN))


def fetch_id_token(
    environ: Mapping[str, str],
    audience: str,
    fetch: Fetch | None = None,
    *,
    hidden: Hidden,
    clock: Clock | None = None,
) -> str:
    """Return a new id token for `audience`, hidden before anything could print it.

    Tries again a few seconds long where the runner's service does not answer. Raises `NoIdToken`.
    """
    hidden.know(environ)
    request = _request(environ, audience)
    ask, clock = fetch or _fetch, clock or SystemClock()
    for wait in (*WAITS, None):
        try:
            token = _token(ask, request)
        except _Passing as passing:
            if wait is None:
                raise NoIdToken(
                    "GitHub gives this job no id token.",
                    why=f"Asked {len(WAITS) + 1} times for one: {passing}.",
                    fix="Run the job again; https://www.githubstatus.com says whether GitHub Actions has a problem.",
                ) from None
            clock.sleep(wait)
        else:
            hidden.add(token)
            return token
    raise AssertionError("the last attempt returns or raises")


def not_offered(environ: Mapping[str, str]) -> NoIdToken:
    """Return the error that says why the runner offers none."""
    runner = read_runner(environ)
    if not runner.github:
        return NoIdToken(
            "There is no id token here: this is not a job of GitHub Actions.",
            why=f"{URL} and {TOKEN} are not set.",
            fix="Run it in a workflow, or sign in as yourself (`aws sso login`, AWS_PROFILE).",
        )
    fork = _fork(environ, runner.repository)
    if fork:
        return NoIdToken(
            f"GitHub gives no id token to a pull request from a fork ({fork}).",
            why=f"Whoever opens one would deploy with the permissions of {runner.repository}.",
            fix="Deploy from a branch of the repository itself, once the pull request is merged.",
        )
    return NoIdToken(
        "This job may not ask GitHub for an id token.",
        why=f"It lacks the permission id-token: {TOKEN if environ.get(URL) else URL} is not set.",
        fix=PERMISSION,
    )


def _request(environ: Mapping[str, str], audience: str) -> urllib.request.Request:
    if not has_id_token(environ):
        raise not_offered(environ)
    url = environ[URL]
    if not may_be_sent_to(url):
        raise NoIdToken(
            f"{URL} is not an address that a token may be sent to.",
            why="It is neither https:// nor on this machine.",
            fix="The runner sets it: find out what changed it, in the workflow or in a step before.",
        )
    token = environ[TOKEN]
    if not (token.isascii() and token.isprintable()):
        raise NoIdToken(
            f"{TOKEN} is not a token.",
            why="It has characters that no token has.",
            fix="The runner sets it: find out what changed it, in the workflow or in a step before.",
        )
    headers = {"Accept": "application/json", "User-Agent": f"ecsdeploy/{__version__}"}
    request = urllib.request.Request(_with_audience(url, audience), headers=headers)
    request.add_unredirected_header("Authorization", f"bearer {token}")
    return request


def _with_audience(url: str, audience: str) -> str:
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, f"audience={quote(audience, safe='')}") if part)
    return parts._replace(query=query, fragment="").geturl()


def _token(fetch: Fetch, request: urllib.request.Request) -> str:
    """Return what is answered. Raises `_Passing` and `NoIdToken`, neither with a word of the answer."""
    try:
        body = fetch(request)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR or error.code in _PASSES:
            raise _Passing(f"HTTP {error.code}") from None
        raise _refused(error.code) from None
    except Exception as error:
        # Whatever it is (an invalid header, say): its own text may quote the token.
        raise _Passing(reason(error)) from None
    try:
        answer = json.loads(body)
        token = answer["value"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _not_a_token("The answer is not JSON with a `value`.") from None
    if not isinstance(token, str) or not _JWT.fullmatch(token):
        raise _not_a_token("The `value` in the answer is not a JSON web token.")
    return token


def _fetch(request: urllib.request.Request) -> bytes:
    return within(LONGEST, partial(_read, request))


def _read(request: urllib.request.Request) -> bytes:
    with opener(request.full_url).open(request, timeout=SECONDS) as response:
        body: bytes = response.read(LARGEST)
        return body


def _refused(status: int) -> NoIdToken:
    return NoIdToken(
        f"GitHub refuses to give this job an id token (HTTP {status}).",
        why="The token with which a job asks is valid until the job ends, and for this job alone."
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
        else f"{URL} leads to something that gives none.",
        fix=f"Do not pass {URL} and {TOKEN} on from another job. Otherwise run the job again.",
    )


def _not_a_token(why: str) -> NoIdToken:
    return NoIdToken(
        "What answers for GitHub gives no id token.",
        why=why,
        fix=f"{URL} has to be the runner's own; a proxy between it and GitHub may answer in its place.",
    )


def _fork(environ: Mapping[str, str], repository: str) -> str:
    """Return the repository that a pull request comes from, if it is another; "" if it is not, or nobody says so."""
    if environ.get("GITHUB_EVENT_NAME") not in _OF_FORKS:
        return ""
    try:
        with Path(environ.get("GITHUB_EVENT_PATH", "")).open("rb") as file:
            source = json.loads(file.read(EVENT_BYTES))["pull_request"]["head"]["repo"]
        name = "a deleted one" if source is None else source["full_name"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return str(name) if str(name).lower() != repository.lower() else ""
