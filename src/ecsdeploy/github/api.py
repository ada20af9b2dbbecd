"""GitHub's REST API, as far as it is asked: one GET at a time, with a token that goes to nobody else.

Where it is: GitHub REST API, "Getting started" (`https://api.github.com`, `https://api.SUBDOMAIN.ghe.com`) and that of
GitHub Enterprise Server (`https://HOST/api/v3`). Which variable holds a token: GitHub CLI manual, "gh environment".
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ecsdeploy.secret_http import within

GITHUB_COM = "https://github.com"
API_VERSION = "2022-11-28"
SECONDS = 10.0
LONGEST = 20.0
"""Seconds of one wait for the network, and of one whole answer."""
LARGEST = 1_000_000
_TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")
_SERVER_TOKENS = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")

Fetch = Callable[[urllib.request.Request], bytes]
"""Returns the body of a response. Raises `urllib.error.URLError`, `TimeoutError` or another `OSError`."""


class Unanswered(Exception):
    """GitHub did not answer what was asked; the message is a sentence that says why."""


@dataclass(frozen=True)
class Api:
    """A GitHub: `server` is its address; `token` may be empty, and then only what is public is answered."""

    server: str
    token: str
    fetch: Fetch

    def get(self, path: str) -> Mapping[str, Any]:
        """Return the object at `path`, which begins with a slash. Raises `Unanswered`."""
        request = urllib.request.Request(
            f"{base_of(self.server)}{path}",
            headers={
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": API_VERSION,
                "User-Agent": "ecsdeploy",
            },
        )
        if self.token:
            # Unredirected: a renamed repository answers with a redirect, and the token must not go to another host.
            request.add_unredirected_header("Authorization", f"Bearer {self.token}")
        try:
            answer = json.loads(self.fetch(request))
        except urllib.error.HTTPError as error:
            raise Unanswered(_reason(error.code, bool(self.token))) from error
        except OSError as error:
            raise Unanswered(f"GitHub does not answer: {_plain(error)}.") from error
        except (ValueError, RecursionError) as error:
            raise Unanswered("GitHub's answer is not JSON.") from error
        if not isinstance(answer, dict):
            raise Unanswered("GitHub's answer is not a repository.")
        return answer


def base_of(server: str) -> str:
    """Return where the API of a GitHub is."""
    if server == GITHUB_COM:
        return "https://api.github.com"
    host = server.removeprefix("https://")
    return f"https://api.{host}" if host.endswith(".ghe.com") else f"{server}/api/v3"


def token_in(environ: Mapping[str, str], server: str) -> str:
    """Return the token for a GitHub from the environment, "" if there is none.

    A server that a config names gets no token of GitHub.com's: only one that is for servers, or the runner's own.
    """
    is_own_runner = server == environ.get("GITHUB_SERVER_URL", "")
    cloud = server == GITHUB_COM or server.endswith(".ghe.com")
    names = _TOKENS if cloud else (*_SERVER_TOKENS, *(_TOKENS if is_own_runner else ()))
    return next((environ[name] for name in names if environ.get(name)), "")


def fetched(request: urllib.request.Request) -> bytes:
    """Return the body of the answer to `request`: a `Fetch`."""
    return within(LONGEST, partial(_read, request))


def _read(request: urllib.request.Request) -> bytes:
    with urllib.request.urlopen(request, timeout=SECONDS) as response:
        body: bytes = response.read(LARGEST)
        return body


def _reason(status: int, has_token: bool) -> str:
    if status == 404:
        return (
            "This token sees no repository of that name."
            if has_token
            else "There is no public repository of that name; for a private one, set GITHUB_TOKEN."
        )
    if status == 401:
        return "GitHub does not accept the token."
    if status in (403, 429):
        return f"GitHub refuses to answer (HTTP {status}): most likely too many requests without a token."
    return f"GitHub answers HTTP {status}."


def _plain(error: OSError) -> str:
    """Return what is wrong, without the wrapping that urllib puts around it."""
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    return inner.strerror if isinstance(inner, OSError) and inner.strerror else str(inner)
