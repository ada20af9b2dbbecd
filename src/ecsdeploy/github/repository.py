"""What GitHub says about a repository: its ids, and what its tokens' `sub` is made of.

Names can be reused, ids cannot. They come, in this order, from the command line or the config, from the runner (when it
runs this very repository), or from GitHub's API, which also says whether what is known is right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ecsdeploy.errors import Refused
from ecsdeploy.github.api import GITHUB_COM, Api, Fetch, Unanswered, fetched, token_in
from ecsdeploy.github.environment import read_runner
from ecsdeploy.github.gh import gh_token

__all__ = ["Fetch", "Ids", "OnGitHub", "look_up"]
_DEFAULT = ("repo", "context")


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


@dataclass(frozen=True)
class OnGitHub:
    """A repository's ids, and what its `sub` is composed of: empty for GitHub's default, None if that is not known.

    `unanswered` is why GitHub, which was asked, has not said whether the ids are right.
    """

    ids: Ids
    claim_keys: tuple[str, ...] | None = None
    unanswered: str = ""


def look_up(
    name: str,
    known: Ids,
    environ: Mapping[str, str],
    fetch: Fetch | None = None,
    *,
    server: str = GITHUB_COM,
    gh: Callable[[Mapping[str, str], str], str] = gh_token,
) -> OnGitHub:
    """Return what is known of the repository `name`, of whose ids `known` may already have one or both.

    With a token, what is known is compared with what GitHub says, as far as the token may ask.
    Raises `Refused` if GitHub spells the name differently or has other ids, and if the ids cannot be found.
    """
    ids = known.or_else(_of_runner(name, known, environ, server))
    token = token_in(environ, server) or gh(environ, server.removeprefix("https://"))
    if ids.is_complete and not token:
        return OnGitHub(ids)
    api = Api(server, token, fetch or fetched)
    try:
        ids = ids.or_else(_of_api(name, ids, api))
    except Unanswered as error:
        if not ids.is_complete:
            raise _unknown(name, str(error)) from error
        return OnGitHub(ids, unanswered=str(error))
    return OnGitHub(ids, _claim_keys(name, api) if token else None)


def _of_runner(name: str, known: Ids, environ: Mapping[str, str], server: str) -> Ids:
    runner = read_runner(environ)
    elsewhere = environ.get("GITHUB_SERVER_URL", server) != server
    if elsewhere or not runner.repository or runner.repository.lower() != name.lower():
        return Ids()
    _require_spelling(name, runner.repository)
    found = Ids(runner.repository_id, runner.owner_id)
    _require_same(name, known, found)
    return found


def _of_api(name: str, known: Ids, api: Api) -> Ids:
    answer = api.get(f"/repos/{name}")
    try:
        found = Ids(str(int(answer["id"])), str(int(answer["owner"]["id"])))
        full_name = str(answer["full_name"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unanswered("GitHub's answer is not a repository.") from error
    _require_spelling(name, full_name)
    _require_same(name, known, found)
    return found


def _claim_keys(name: str, api: Api) -> tuple[str, ...] | None:
    """Return what `sub` is composed of, None if that may not be read.

    Source: GitHub REST API, "Get the customization template for an OIDC subject claim for a repository": with
    `use_default` the keys are not used; without keys the organisation's template counts.
    """
    try:
        answer = api.get(f"/repos/{name}/actions/oidc/customization/sub")
        if answer.get("use_default", True):
            return ()
        keys = answer.get("include_claim_keys") or _of_organisation(name, api)
    except Unanswered:
        return None
    found = tuple(map(str, keys)) if isinstance(keys, list) else ()
    return () if found == _DEFAULT else found


def _of_organisation(name: str, api: Api) -> object:
    return api.get(f"/orgs/{name.partition('/')[0]}/actions/oidc/customization/sub").get("include_claim_keys")


def _unknown(name: str, why: str) -> Refused:
    return Refused(
        f"The ids of the repository {name} are not known.",
        why=f"{why} Without the ids the role would let in whoever registers this name once it is free, and would "
        "refuse repositories that were created, renamed or transferred since 2026-07-15, whose tokens have ids.",
        fix=f"Ask GitHub: gh api repos/{name} --jq '\"repository_id = \\(.id)\\nowner_id = \\(.owner.id)\"'\n"
        "and write both lines into [github].",
    )


def _require_spelling(name: str, on_github: str) -> None:
    if name == on_github:
        return
    if name.lower() == on_github.lower():
        raise Refused(
            f"GitHub calls the repository {on_github}, the config {name}.",
            why="AWS compares names by case too: a role that trusts the other spelling lets nobody in.",
            fix=f'Write repository = "{on_github}" in [github].',
        )
    raise Refused(
        f"The repository {name} is {on_github} now: it was renamed or transferred.",
        why="GitHub leads from the old name to the new one until somebody registers the old one again.",
        fix=f'Write repository = "{on_github}" in [github].',
    )


def _require_same(name: str, known: Ids, found: Ids) -> None:
    pairs = (("repository", known.repository, found.repository), ("owner", known.owner, found.owner))
    for what, given, right in pairs:
        if given and right and given != right:
            of = f"The repository {name} has" if what == "repository" else f"The owner of {name} has"
            raise Refused(
                f"{of} the id {right} on GitHub, not {given}.",
                why="Id and name are of different repositories or owners: a role that asks for both lets nobody in.",
                fix=f"If {name} is the right repository: --repository-id {found.repository} --owner-id {found.owner}, "
                "or the same in [github].",
            )
