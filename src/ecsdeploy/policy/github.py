"""Which workflows of GitHub may deploy, and what makes such a choice unsafe or useless.

Everything named here ends in a condition that AWS compares character by character. What would let others in, or
nobody, is an error with what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ecsdeploy.policy import PolicyError
from ecsdeploy.policy.arns import GITHUB_ISSUER, Place
from ecsdeploy.policy.issuers import Issuer, issuer_named

_ID = re.compile(r"[1-9][0-9]{0,19}")
_OWNER_AND_NAME = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_WORKFLOW = re.compile(
    r"(?P<repository>[\w.-]+/[\w.-]+)/\.github/workflows/[\w.-]+\.ya?ml@"
    r"(?P<ref>refs/(?:heads|tags)/[^\s:*?\[\\^~]+|[0-9a-f]{40})",
    re.ASCII,
)


class SourceError(PolicyError):
    """Who may deploy is named so that others would be let in, or nobody: `what`, `why`, and what to do (`fix`)."""

    def __init__(self, what: str, *, why: str, fix: str) -> None:
        super().__init__(what.rstrip("."))
        self.what, self.why, self.fix = what, why, fix


@dataclass(frozen=True)
class GitHubSource:
    """Which workflows may deploy: those of one repository, on these branches or tags or bound to these environments.

    `tags` may hold `*`. With `workflows` (`OWNER/REPOSITORY/.github/workflows/FILE@REF`) a job has to run one of these
    reusable workflows as well. `claim_keys` is a customised `sub`: GitHub's `include_claim_keys`, empty by default.
    """

    repository: str
    repository_id: str
    owner_id: str
    branches: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
    issuer: str = GITHUB_ISSUER
    claim_keys: tuple[str, ...] = ()

    @property
    def minted_by(self) -> Issuer:
        """Return who mints the tokens."""
        return issuer_named(self.issuer)

    ci: ClassVar[str] = "github"

    @property
    def who(self) -> str:
        """Return whose jobs may deploy, as the role's description says it."""
        return f"GitHub Actions of {self.repository}"

    def audience(self, place: Place) -> str:
        """Return for whom the tokens are."""
        return place.sts_audience

    @property
    def url(self) -> str:
        """Return where the repository is."""
        return f"{self.minted_by.server}/{self.repository}"

    @property
    def owner(self) -> str:
        """Return the repository's owner."""
        return self.repository.partition("/")[0]

    @property
    def twin_environments(self) -> tuple[str, ...]:
        """Return the environments whose `sub` another environment may have too: those with a colon."""
        return tuple(name for name in self.environments if ":" in name)

    @property
    def exact_tags(self) -> tuple[str, ...]:
        """Return the tags that are names and no patterns."""
        return tuple(tag for tag in self.tags if "*" not in tag)

    @property
    def tag_patterns(self) -> tuple[str, ...]:
        """Return the tags that are patterns."""
        return tuple(tag for tag in self.tags if "*" in tag)


def require_source(source: GitHubSource) -> None:
    """Raise `SourceError` unless `source` names exactly who may deploy."""
    require_names(source)
    for which, number in (("repository", source.repository_id), ("owner", source.owner_id)):
        if not _ID.fullmatch(number):
            raise SourceError(
                f"{number!r} is not an id of GitHub's, which is a number.",
                why=f"The id of the {which} keeps the role closed when somebody reuses its name.",
                fix=f"Ask GitHub: gh api repos/{source.repository} --jq '.id, .owner.id'",
            )


def require_names(source: GitHubSource) -> None:
    """Raise `SourceError` unless all but the ids of `source` names exactly who may deploy."""
    if not _OWNER_AND_NAME.fullmatch(source.repository):
        raise SourceError(
            f"{source.repository!r} is not OWNER/REPOSITORY.",
            why="A wildcard in either would trust repositories of others.",
            fix="Write the repository's owner and name, as GitHub spells them.",
        )
    if not (source.branches or source.environments or source.tags):
        raise SourceError(
            "No branch, no tag and no environment is named: nobody could deploy.",
            why="Each of them becomes a name that the role trusts.",
            fix='Write branches = ["main"] in [github].',
        )
    for found in _faults(source):
        raise found


def _faults(source: GitHubSource) -> Iterator[SourceError]:
    named = (("branch", source.branches), ("environment", source.environments), ("tag", source.tags))
    for kind, names in named:
        for name in names:
            yield from name_faults(kind, name, "github")
    for workflow in source.workflows:
        yield from _of_workflow(workflow)
    if source.twin_environments and not source.minted_by.knows("environment"):
        name = source.twin_environments[0]
        yield SourceError(
            f"The environment {name!r} in [github] has a colon.",
            why=f"GitHub gives {name.replace(':', '%3A')!r} the same sub, and AWS may not know the environment itself.",
            fix="Rename the environment on GitHub, then here.",
        )


def name_faults(kind: str, name: str, table: str) -> Iterator[SourceError]:
    """Yield what is wrong with a branch, a tag or an environment that a table of the config names."""
    shown = f"The {kind} {name!r} in [{table}]"
    if not name or name != name.strip() or not name.isprintable():
        yield SourceError(f"{shown} is not a name.", why="There is no such name.", fix=f"Write the {kind}'s name.")
    if "${" in name:
        yield SourceError(
            f"{shown} has a variable of IAM's, which is no better than a wildcard.",
            why="IAM replaces ${...} with a value of the request.",
            fix=f"Rename the {kind}, then write its new name here.",
        )
    if ":" in name and kind != "environment":
        yield SourceError(f"{shown} has a colon.", why="Git has no such name.", fix=f"Write the {kind}'s name.")
    if "*" in name and kind != "tag":
        yield _pattern(kind, name, shown)
    if "?" in name or (kind == "tag" and re.search(r"[\[\\]", name)):
        yield SourceError(
            f"{shown} has a wildcard that is not *.",
            why="IAM's ? is any character, and brackets mean nothing to it.",
            fix='Name it exactly; a tag may have *, as in "v*".' if kind == "tag" else "Name it exactly.",
        )
    if "%3a" in name.lower():
        yield SourceError(
            f"{shown} holds %3A.",
            why="A colon is written so, and two names would be one.",
            fix=f"Rename the {kind}, then write its new name here.",
        )
    if foreign := next((character for character in name if character > "\xff"), ""):
        yield SourceError(
            f"{shown} has {foreign!r} (U+{ord(foreign):04X}), a character beyond U+00FF.",
            why="IAM accepts no such character in a policy, so the role could not trust it.",
            fix=f"Rename the {kind}, then write its new name here.",
        )


def _pattern(kind: str, name: str, shown: str) -> SourceError:
    if kind == "environment":
        why = "IAM's * is any text: whoever may create an environment of a name that fits could deploy."
        fix = "Name each environment exactly, one entry for each."
    else:
        more = f"{name.replace('*', 'a')}/b"
        why = (
            f"IAM's * goes past slashes: {name} also matches {more}, and whatever is pushed under such a name deploys."
        )
        fix = "Name each branch exactly. For many, use an environment with branch rules, where the CI has environments."
    return SourceError(f"{shown} is a pattern: its wildcard would match more than meant.", why=why, fix=fix)


def _of_workflow(name: str) -> Iterator[SourceError]:
    if not _WORKFLOW.fullmatch(name) or "${" in name or not name.isascii():
        yield SourceError(
            f"The workflow {name!r} in [github] is not OWNER/REPOSITORY/.github/workflows/FILE.yml@REF, exact.",
            why="It is compared with the claim job_workflow_ref, which holds the whole path and ref.",
            fix="REF is refs/heads/BRANCH, refs/tags/TAG or the commit's 40 digits, without wildcards.",
        )
