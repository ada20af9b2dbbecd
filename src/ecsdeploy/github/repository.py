"""GitHub's ids of a repository and its owner: names can be reused, ids cannot.

They come, in this order, from the command line, from the config, from the runner (when it runs this very repository),
or from GitHub's public API.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ecsdeploy.errors import Refused
from ecsdeploy.github.environment import read_runner

API = "https://api.github.com"
API_VERSION = "2022-11-28"
SECONDS = 10.0
LARGEST = 1_000_000


@dataclass(frozen=True)
class Ids:
    """GitHub's ids of a repository and of its owner; empty if unknown."""

    repository: str = ""
    owner: str = ""

    @property
    def is_complete(self) -> bool:
        """Return whether both are known."""
        return bool(self.repository and self.owner)

    def or_else(self, other: Ids) -> Ids:
        """Return these, with what is missing from `other`."""
        return Ids(self.repository or other.repository, self.owner or other.owner)


Fetch = Callable[[urllib.request.Request], bytes]
"""Returns the body of a response. Raises `urllib.error.URLError`, `TimeoutError` or another `OSError`."""


def repository_ids(name: str, known: Ids, environ: Mapping[str, str], fetch: Fetch | None = None) -> Ids:
    """Return the ids of the repository `name`, of which `known` may already have one or both.

    Raises `Refused` if GitHub spells the name differently, or the ids cannot be found.
    """
    ids = known if known.is_complete else known.or_else(_of_runner(name, environ))
    return ids if ids.is_complete else ids.or_else(_of_api(name, environ.get("GITHUB_TOKEN", ""), fetch or _fetch))


def _of_runner(name: str, environ: Mapping[str, str]) -> Ids:
    runner = read_runner(environ)
    if not runner.repository or runner.repository.lower() != name.lower():
        return Ids()
    _require_spelling(name, runner.repository)
    return Ids(runner.repository_id, runner.owner_id)


def _of_api(name: str, token: str, fetch: Fetch) -> Ids:
    request = urllib.request.Request(
        f"{API}/repos/{name}",
        headers={
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": API_VERSION,
            "User-Agent": "ecsdeploy",
        },
    )
    if token:
        # Unredirected: a renamed repository answers with a redirect, and the token must not go along to another host.
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    try:
        answer: Mapping[str, Any] = json.loads(fetch(request))
        ids = Ids(str(int(answer["id"])), str(int(answer["owner"]["id"])))
        full_name = str(answer["full_name"])
    except urllib.error.HTTPError as error:
        raise _unknown(name, _reason(error.code, bool(token))) from error
    except OSError as error:
        raise _unknown(name, f"GitHub does not answer: {_plain(error)}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise _unknown(name, "GitHub's answer is not a repository.") from error
    _require_spelling(name, full_name)
    return ids


def _fetch(request: urllib.request.Request) -> bytes:
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
        return "GitHub does not accept GITHUB_TOKEN."
    if status in (403, 429):
        return f"GitHub refuses to answer (HTTP {status}): most likely too many requests without a token."
    return f"GitHub answers HTTP {status}."


def _unknown(name: str, why: str) -> Refused:
    return Refused(
        f"The ids of the repository {name} are not known.",
        why=f"The role trusts a repository by its id, since somebody can reuse its name. {why}",
        fix=f"Ask GitHub: gh api repos/{name} --jq '\"--repository-id \\(.id) --owner-id \\(.owner.id)\"'\n"
        "and add what it prints to this command, or write repository_id and owner_id into [github].",
    )


def _plain(error: OSError) -> str:
    """Return what is wrong, without the wrapping that urllib puts around it."""
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    return inner.strerror if isinstance(inner, OSError) and inner.strerror else str(inner)


def _require_spelling(name: str, on_github: str) -> None:
    if name != on_github:
        raise Refused(
            f"GitHub calls the repository {on_github}, the config {name}.",
            why="AWS compares names by case too: a role that trusts the other spelling lets nobody in.",
            fix=f'Write repository = "{on_github}" in [github].',
        )
