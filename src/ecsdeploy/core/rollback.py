"""What to go back to: the named revision, or the last older one whose deployment succeeded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ecsdeploy.ago import ago
from ecsdeploy.core.account import ServiceSeen
from ecsdeploy.core.image import is_digest
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import TaskDefinition, revision_of, short_name
from ecsdeploy.errors import Refused, UsageError

NUMBER = re.compile(r"[0-9]{1,18}")
COMMIT = re.compile(r"[0-9a-f]{7,40}")
SHORTEST = 7
"""The minimum digits of a commit; a plain revision number has fewer, or it could be either."""
SHOWN = 10


@dataclass(frozen=True)
class Asked:
    """What `--to` names: a revision (`family:number`), a commit or its beginning, or an image's digest."""

    kind: Literal["revision", "commit", "digest"]
    text: str

    @property
    def is_whole(self) -> bool:
        """Return whether the first match is enough: nothing else can be meant."""
        return self.kind != "commit" or len(self.text) == 40

    def fits(self, revision: TaskDefinition) -> bool:
        """Return whether a revision is meant."""
        match self.kind:
            case "revision":
                return short_name(revision.arn) == self.text
            case "commit":
                return revision.commit.startswith(self.text)
            case "digest":
                containers = revision.document.get("containerDefinitions", [])
                return any(str(each.get("image", "")).endswith(f"@{self.text}") for each in containers)


@dataclass(frozen=True)
class Success:
    """A deployment that succeeded: the ARN of what it rolled out, and when it was done."""

    task_definition: str
    at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Goal:
    """The revision to go back to; `at` is when a deployment of it last succeeded, None if ECS remembers none.

    `lost` is an image of it that is in ECR no longer.
    """

    revision: TaskDefinition
    at: datetime | None = None
    lost: str = ""


def parse_to(text: str, family: str) -> Asked:
    """Return what the value of `--to` means. Raises `UsageError`."""
    short = short_name(text) if text.startswith("arn:") else text
    named, colon, number = short.rpartition(":")
    if colon and NUMBER.fullmatch(number) and not is_digest(short):
        if named != family:
            raise UsageError(
                f"--to {text!r} names the family {named!r}.",
                why=f"The service's own is {family!r}.",
                fix=f"For example: --to {family}:{int(number)}",
            )
        return Asked("revision", f"{family}:{int(number)}")
    if NUMBER.fullmatch(short) and len(short) < SHORTEST:
        return Asked("revision", f"{family}:{int(short)}")
    if is_digest(short):
        return Asked("digest", short)
    if COMMIT.fullmatch(short.lower()):
        return Asked("commit", short.lower())
    raise UsageError(
        f"--to {text!r} is not a revision, commit or digest.",
        why=f"A commit needs at least {SHORTEST} hexadecimal digits, a digest all 64 after `sha256:`.",
        fix=f"For example: --to {family}:7, --to 7, --to 3f2c1ab, --to sha256:...",
    )


def the_one(asked: Asked, family: str, looked_at: Sequence[TaskDefinition]) -> TaskDefinition:
    """Return the newest revision that is meant, of those in `looked_at`, newest first.

    Raises `Refused` if there is none, `UsageError` if the beginning of a commit matches several commits.
    """
    found = [each for each in looked_at if asked.fits(each)]
    if not found:
        which = f"{short_name(looked_at[-1].arn)} to {short_name(looked_at[0].arn)}" if looked_at else "there are none"
        what = "has that image" if asked.kind == "digest" else "was registered from that commit"
        raise Refused(
            f"There is no revision to go back to for {asked.text}.",
            why=f"None of the newest {len(looked_at)} ACTIVE revisions of {family} {what} ({which}).",
            fix=f"Name the revision itself, such as --to {family}:7.",
        )
    if asked.kind == "commit" and len({each.commit for each in found}) > 1:
        lines = [f"  {short_name(each.arn)}: commit {each.commit}" for each in found[:SHOWN]]
        raise UsageError(
            f"--to {asked.text} matches {len({each.commit for each in found})} commits.",
            why="\n".join(["These revisions were registered from them:", *lines]),
            fix="Give more digits of the commit, or the revision.",
        )
    return found[0]


def older(successes: Iterable[Success], than: str) -> Success | None:
    """Return the last success of a revision that is older than `than` (an ARN), of the same family.

    Older by its number: what was rolled back from is newer than what runs now, and is not gone forward to again.
    `successes` come newest first, and are read no further than needed.
    """
    family, number = revision_of(than)
    for each in successes:
        its_family, its_number = revision_of(each.task_definition)
        if its_family == family and its_number < number:
            return each
    return None


def came_back(seen: ServiceSeen, target_of_last: str) -> bool:
    """Return whether ECS has already rolled back itself: its newest deployment, of a newer revision, failed.

    `target_of_last` is the ARN that this one rolled out, "" if not known.
    """
    last, runs = seen.last, seen.service.task_definition
    if last is None or last.status != "ROLLBACK_SUCCESSFUL" or target_of_last in ("", runs):
        return False
    (family, number), (its_family, its_number) = revision_of(runs), revision_of(target_of_last)
    return family == its_family and number < its_number


def require_usable(target: Target, goal: Goal) -> None:
    """Raise `Refused` unless tasks can be started from the revision."""
    revision = goal.revision
    others = f"Choose another with `ecsdeploy rollback{target.env_option} --to`"
    if revision.status != "ACTIVE":
        raise Refused(
            f"{short_name(revision.arn)} is {revision.status}: it can no longer be deployed.",
            why="Somebody deregistered it, which cannot be undone.",
            fix=f"{others}, or deploy its commit again.",
        )
    if goal.lost:
        raise Refused(
            f"The image of {short_name(revision.arn)} is no longer in ECR: its tasks could not start.",
            why=f"{goal.lost} was deleted, or expired by the lifecycle policy ([image] keep).",
            fix=f"{others}, or deploy its commit again, which builds the image.",
        )


def missing(asked: Asked) -> Refused:
    """Return the refusal of a revision that ECS does not have."""
    return Refused(
        f"There is no revision {asked.text}.",
        why="It was never registered, or has been deleted.",
        fix="Name one that exists, or a commit.",
    )


def nothing_older(target: Target, runs: str, successes: Iterable[Success]) -> Refused:
    """Return the refusal if no older revision succeeded; it names a newer one, if there is one."""
    other = next((each.task_definition for each in successes if each.task_definition != runs), "")
    command = f"ecsdeploy rollback{target.env_option} --to"
    return Refused(
        f"There is nothing to go back to: no revision older than {short_name(runs)} is known to have run well.",
        why="ECS remembers a service's deployments for 90 days.",
        fix=f"To go to the newer {short_name(other)}: `{command} {revision_of(other)[1]}`."
        if other
        else f"If you know of a revision: `{command} REVISION`.",
    )


def told(revision: TaskDefinition, at: datetime | None, now: datetime) -> str:
    """Return a revision in words: `hello:6 (commit 3f2c1ab, deployed 2 h ago)`."""
    facts = [f"commit {revision.commit[:SHORTEST]}"] if revision.commit else []
    facts += [f"deployed {ago(at, now)}"] if at is not None else []
    return f"{short_name(revision.arn)} ({', '.join(facts)})" if facts else short_name(revision.arn)
