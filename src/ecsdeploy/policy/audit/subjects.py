"""What a `sub` in a trust policy lets in: GitHub's two forms, exact or as a pattern.

Sources: GitHub, "OpenID Connect reference"; IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ecsdeploy.policy.audit.finding import Finding

_WILD = re.compile(r"[*?]|\$\{")
_PLACE = re.compile(r"repo:(?P<owner>[^/]*)(?:/(?P<name>[^:]*)(?::(?P<context>.*))?)?", re.DOTALL)
_IMMUTABLE = re.compile(r"repo:[^/@*?:]+@[0-9]+/[^/@*?:]+@[0-9]+:.+", re.DOTALL)
_OF_A_TAG = re.compile(r"(?<=:)repo:[^/:*?]+/[^/:*?]+:ref:refs/tags/[^:]*$")
"""The end of a customised sub that is a tag, or a pattern of tags, of one repository."""
EXACT = "Name each branch, tag and environment exactly, under StringEquals: `ecsdeploy bootstrap-oidc` writes it so."


@dataclass(frozen=True)
class Bounds:
    """What else the statement requires of a token: which claims are compared with exact values."""

    repository: bool = False
    ref: bool = False
    environment: bool = False
    ids_known: bool = True
    """Whether IAM is documented to compare ids of this issuer's tokens at all."""

    @property
    def context(self) -> bool:
        """Return whether one ref or one environment is required besides `sub`."""
        return self.ref or self.environment


def judge_subject(value: str, *, pattern: bool, bounds: Bounds, repository: str) -> Iterator[Finding]:
    """Yield what is wrong with one accepted `sub`; `pattern` says that `*` and `?` in it are wildcards.

    `repository` is the repository that is meant, spelled as GitHub spells it, or "" if that is not known.
    """
    if not pattern and re.search(r"[*?]", value):
        yield Finding(
            "literal-wildcard",
            "problem",
            f"StringEquals compares sub with {value!r}, character by character.",
            "A * is no wildcard there: no token has that sub, and nobody gets in by it.",
            EXACT,
        )
        return
    if not value.startswith("repo:"):
        yield from _customised(value, bounds)
        return
    found = _PLACE.fullmatch(value)
    owner, name, context = (found[part] for part in ("owner", "name", "context")) if found else ("", None, None)
    yield from _where(value, owner, name, bounds)
    yield from _which(value, context, bounds)
    yield from _spelling(owner, name or "", repository)
    if name is not None and not (bounds.repository or _IMMUTABLE.fullmatch(value)) and not _WILD.search(owner + name):
        yield Finding(
            "no-ids",
            "warning" if bounds.ids_known else "note",
            f"The sub {value!r} names a repository, and nothing requires its id.",
            "Whoever registers the name after a rename, a transfer or a deletion gets the role.",
            "Require repository_id and repository_owner_id too: run `ecsdeploy bootstrap-oidc --repair`.",
        )


def _customised(value: str, bounds: Bounds) -> Iterator[Finding]:
    if _WILD.search(_OF_A_TAG.sub("", value)):
        yield _open("wildcard-owner", value, "It matches the tokens of repositories that it does not name.", bounds)
    elif re.match(r"repository_id:[0-9]+(:|$)", value) is None:
        yield Finding(
            "customised-sub",
            "note" if bounds.repository else "warning",
            f"The sub {value!r} is not GitHub's default form.",
            "Whose tokens have it depends on the organisation's template, which a policy does not show.",
            "Compare it with `gh api repos/OWNER/REPOSITORY/actions/oidc/customization/sub`, and require "
            "repository_id too.",
        )


def _where(value: str, owner: str, name: str | None, bounds: Bounds) -> Iterator[Finding]:
    plain_owner, _, owner_id = owner.partition("@")
    plain_name, _, name_id = (name or "").partition("@")
    if _WILD.search(plain_owner) or name is None:
        yield _open("wildcard-owner", value, "Others can register an owner's name that it matches.", bounds)
    elif re.fullmatch(r"[*?]+", plain_name):
        yield _open("whole-owner", value, f"It lets every repository of {plain_owner} in, new ones too.", bounds)
    elif _WILD.search(plain_name):
        yield _open("wildcard-repository", value, "It lets other repositories in whose names begin alike.", bounds)
    elif _WILD.search(owner_id + name_id):
        yield _open("wildcard-id", value, "It is open to whoever registers the name again: the id may be any.", bounds)


def _open(rule: str, value: str, why: str, bounds: Bounds) -> Finding:
    if bounds.repository:
        why = "The id that is required as well is all that keeps other repositories out."
    return Finding(
        rule,
        "warning" if bounds.repository else "problem",
        f"The sub {value!r} has a wildcard in the owner or the repository.",
        why,
        EXACT,
    )


def _which(value: str, context: str | None, bounds: Bounds) -> Iterator[Finding]:
    kind, _, rest = ("*" if context is None else context).partition(":")
    if context is None and not _WILD.search(value):
        yield Finding(
            "incomplete-sub",
            "problem",
            f"The sub {value!r} ends with the repository.",
            "A token's sub goes on with a branch, a tag or an environment: nobody gets in by it.",
            EXACT,
        )
    elif kind == "pull_request":
        yield Finding(
            "pull-request",
            "problem",
            f"The sub {value!r} lets pull requests deploy.",
            "Code that nobody has reviewed runs with the role.",
            "Trust a branch or an environment instead.",
        )
    elif _WILD.search(kind) or (kind != "ref" and _WILD.search(rest)):
        if not bounds.context:
            yield _any_ref(value)
    elif kind == "environment":
        yield from _environment(rest, bounds)
    elif rest.startswith("refs/tags/"):
        yield Finding(
            "tag-refs",
            "note",
            f"The sub {value!r} trusts a tag.",
            "Whoever may write to the repository may create a tag, if no ruleset says otherwise.",
            "Protect these tags by a ruleset of the repository.",
        )
    elif _WILD.search(rest) and not bounds.context:
        yield _branches(value) if re.match(r"refs/heads/[^*?$]", rest) else _any_ref(value)


def _any_ref(value: str) -> Finding:
    return Finding(
        "any-ref",
        "problem",
        f"The sub {value!r} matches more than one branch, tag, pull request or environment.",
        "Whoever can push a branch of that name, or open a pull request, can deploy.",
        EXACT,
    )


def _branches(value: str) -> Finding:
    return Finding(
        "branch-pattern",
        "warning",
        f"The sub {value!r} trusts every branch of that name.",
        "Whoever may write to the repository may create one, if no ruleset says otherwise.",
        "Name each branch exactly, or protect these branches by a ruleset of the repository.",
    )


def _environment(name: str, bounds: Bounds) -> Iterator[Finding]:
    if "%3a" in name.lower() and not bounds.environment:
        yield Finding(
            "environment-colon",
            "note",
            f"The environment {name!r} has an encoded colon.",
            "GitHub writes ':' as %3A, so an environment whose name holds %3A itself has the same sub.",
            "See that the repository has no environment of the other name.",
        )
    if not bounds.ref:
        yield Finding(
            "environment-rules",
            "note",
            f"The environment {name!r} decides who deploys, and no policy shows its protection rules.",
            "Without rules, every branch of the repository may use it.",
            "Restrict its deployment branches in the repository's settings, under Environments.",
        )


def _spelling(owner: str, name: str, repository: str) -> Iterator[Finding]:
    written = f"{owner.partition('@')[0]}/{name.partition('@')[0]}"
    if repository and written != repository and written.lower() == repository.lower():
        yield Finding(
            "case",
            "problem",
            f"The sub names {written}, and GitHub calls the repository {repository}.",
            "IAM compares by case: no token has that sub, and nobody gets in by it.",
            f"Write {repository}.",
        )
