"""Whether a commit is older than the one that runs: by its ancestry, or else by its time.

Two branches that are deployed to one environment have commits of which neither is older, whatever their times say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from ecsdeploy.config.tags import COMMIT, COMMITTED_AT, REF
from ecsdeploy.core.busy import in_words
from ecsdeploy.core.image import commit_in
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.errors import Refused

Relation = Literal["ancestor", "descendant", "diverged", "unknown"]
"""What git says that our commit is to the one that runs; `unknown`: it does not have both, or not all between them."""

Age = Literal["not older", "older", "older by time", "other branch", "unknown"]

_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_DIGITS = 7


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A commit: `id` is "" if not known, `at` when it was made, `ref` the git ref of its CI run ("": not known)."""

    id: str
    at: datetime | None = None
    ref: str = ""

    @property
    def short(self) -> str:
        """Return it as people read it."""
        return self.id[:_DIGITS]

    @property
    def branch(self) -> str:
        """Return the branch or pull request that it was deployed from, "" if not known: a tag is no line of commits."""
        return self.ref if self.ref.startswith(("refs/heads/", "refs/pull/")) else ""

    @property
    def tags(self) -> Mapping[str, str]:
        """Return the tags of a revision that is made from it; what is not known is ""."""
        at = self.at.astimezone(UTC).strftime(_FORMAT) if self.at is not None else ""
        return {COMMIT: self.id, COMMITTED_AT: at, REF: self.ref}


def commit_of(revision: TaskDefinition) -> Commit:
    """Return the commit of a revision: of its tags, or else of its images' tags."""
    tags = revision.tags
    images = [str(each.get("image", "")) for each in revision.document.get("containerDefinitions", [])]
    tagged = (commit_in(image.rpartition(":")[2])[0] for image in images if "@" not in image)
    found = revision.commit or next(filter(None, tagged), "")
    return Commit(id=found, at=_time(tags.get(COMMITTED_AT, "")), ref=tags.get(REF, ""))


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def age(ours: Commit, theirs: Commit, relation: Relation) -> Age:
    """Return whether our commit is older than `theirs`, which runs."""
    if not (ours.id and theirs.id):
        return "unknown"
    if ours.id == theirs.id or relation == "descendant":
        return "not older"
    if relation == "ancestor":
        return "older"
    if ours.at is None or theirs.at is None or ours.at == theirs.at:
        return "not older" if relation == "diverged" else "unknown"
    if ours.at > theirs.at:
        return "not older"
    apart = ours.branch and theirs.branch and ours.branch != theirs.branch
    return "other branch" if relation == "diverged" or apart else "older by time"


def older(target: Target, ours: Commit, theirs: Commit, found: Age) -> Refused:
    """Return the refusal to deploy our commit over `theirs`."""
    env = target.env_option
    why = f"Commit {ours.short} is an ancestor of {theirs.short}."
    if found == "older by time" and ours.at is not None and theirs.at is not None:
        why = f"It was made {in_words(theirs.at - ours.at)} earlier; git here does not have both, to say more."
    return Refused(
        f"Commit {ours.short} is older than {theirs.short}, which {target.names.service} runs or is moving to.",
        why=why,
        fix=f"To go back, use `ecsdeploy rollback{env}`; or deploy it all the same with --allow-older.",
    )


def doubt(target: Target, ours: Commit, theirs: Commit, found: Age) -> str:
    """Return what to say where a commit is deployed although it may be older; "" if there is nothing to say."""
    service = target.names.service
    if found == "other branch":
        return f"Commit {ours.short} is of another branch than {theirs.short}, which {service} runs, and older."
    if found != "unknown":
        return ""
    if not ours.id:
        return f"Cannot tell whether this is older than what {service} runs: its commit is not known."
    if not theirs.id:
        return f"Cannot tell whether {ours.short} is older than what {service} runs: the commit of that is not known."
    return (
        f"Cannot tell whether {ours.short} is older than {theirs.short}, which {service} runs: git here does not have "
        "both, and their times do not say."
    )
