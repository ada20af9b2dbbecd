"""What nothing runs and no rollback needs: which revisions are deleted, and which are kept.

Of the family, these are kept: what a service or a task runs, the newest, the last N that succeeded, and what does not
carry our tags. Where ECS knows of fewer than N that succeeded (it keeps service deployments for 90 days), the newest
others fill up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from ecsdeploy.core.account import Hidden, ServiceSeen
from ecsdeploy.core.image import StoredImage
from ecsdeploy.core.plan import Plan
from ecsdeploy.core.pruning_images import Known, decide_images
from ecsdeploy.core.remains import RepositorySeen, shares
from ecsdeploy.core.removal import is_going
from ecsdeploy.core.removal.running import deletions, deregistrations, listed, named
from ecsdeploy.core.removal.unwanted import owner
from ecsdeploy.core.step import Ref
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.core.things.outcome import Decision, Question
from ecsdeploy.core.things.service import Awaited


@dataclass(frozen=True, kw_only=True)
class Pruning:
    """What is wanted: the last `keep` that succeeded; `delete` INACTIVE revisions too, and `images`."""

    target: Target
    keep: int
    delete: bool = False
    images: bool = False


@dataclass(frozen=True)
class Elsewhere:
    """Another environment: the ARNs of the revisions that its service runs, and its ACTIVE revisions with those."""

    target: Target
    runs: frozenset[str] = frozenset()
    revisions: tuple[TaskDefinition, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Stock:
    """What there is. `tasks` are those of the family that should run.

    `revisions` are those of the family, oldest first, and what the service runs, whatever its family or status.

    `succeeded` are the ARNs of the task definitions of deployments that succeeded, the last one first. `elsewhere` may
    contain what we lack permission to read. `children` are the digests that a multi-platform image names.
    """

    service: ServiceSeen | None = None
    tasks: tuple[Task, ...] = ()
    revisions: tuple[TaskDefinition, ...] = ()
    succeeded: tuple[str, ...] = ()
    elsewhere: tuple[tuple[Target, Elsewhere | Hidden], ...] = ()
    repository: RepositorySeen | Hidden | None = None
    images: tuple[StoredImage, ...] = ()
    children: Mapping[str, frozenset[str]] = field(default_factory=dict)


def make_pruning(pruning: Pruning, stock: Stock) -> Plan:
    """Return what is deleted and what is kept, and why. Raises the `PermissionDenied` of what has to be known."""
    kept = keeps(pruning, stock)
    decisions = [*_revisions(pruning, stock, kept)]
    if pruning.images:
        decisions += _images(pruning, stock, kept)
    first = next((each for each in decisions if is_going(each)), None)
    question = Question(f"Prune {pruning.target.title} as shown above?", unattended=False)
    asked = (replace(each, questions=(question,)) if each is first else each for each in decisions)
    return Plan(decisions=tuple(asked), awaited=Awaited(until="nothing"))


def keeps(pruning: Pruning, stock: Stock) -> dict[str, str]:
    """Return the ARNs of the kept revisions, each with its first reason."""
    reasons: dict[str, str] = {}

    def stay(arns: Iterable[str], why: str) -> None:
        for arn in arns:
            reasons.setdefault(arn, why)

    for arns, why in _running(pruning, stock):
        stay(arns, why)
    for each in stock.revisions:
        if why := owner(pruning.target, "family", each.tags):
            stay((each.arn,), why)
    ours = [each.arn for each in stock.revisions if each.status == "ACTIVE" and _is_ours(pruning, each)]
    stay(ours[-1:], "it is the newest")
    known = [arn for arn in dict.fromkeys(stock.succeeded) if arn in ours][: pruning.keep]
    stay(known, f"among the last {pruning.keep} that succeeded")
    rest = [arn for arn in reversed(ours) if arn not in known][: pruning.keep - len(known)]
    stay(rest, f"ECS knows of fewer than {pruning.keep} that succeeded, and it is among the newest")
    return reasons


def _is_ours(pruning: Pruning, revision: TaskDefinition) -> bool:
    return revision.family == pruning.target.names.family and not owner(pruning.target, "family", revision.tags)


def _running(pruning: Pruning, stock: Stock) -> Iterator[tuple[Iterable[str], str]]:
    """Yield the revisions that run or are about to. Raises `PermissionDenied` if that cannot be known."""
    if stock.service is not None:
        yield runs_of(stock.service), "the service runs it"
    yield [task.task_definition for task in stock.tasks], "a task runs it"
    for target, there in stock.elsewhere:
        if not isinstance(there, Hidden):
            yield there.runs, f"the environment {target.names.environment} runs it"
        elif shares(pruning.target, target, "family"):
            raise there.error


def runs_of(seen: ServiceSeen) -> frozenset[str]:
    """Return the ARNs of the revisions that a service runs, is moving to, or would roll back to."""
    deployments = (each.task_definition for each in seen.service.deployments)
    return frozenset(filter(None, (seen.service.task_definition, seen.flying_to, *deployments)))


def _revisions(pruning: Pruning, stock: Stock, kept: Mapping[str, str]) -> Iterator[Decision]:
    ref = Ref("task definition", pruning.target.names.family)
    family = [each for each in stock.revisions if each.family == ref.name]
    seen = [each for each in family if pruning.delete or each.status == "ACTIVE"]
    going = [each for each in seen if each.arn not in kept]
    if going:
        active = [each for each in going if each.status == "ACTIVE"]
        steps = (*deregistrations(ref, active), *(deletions(ref, going) if pruning.delete else ()))
        yield Decision(ref=ref, steps=steps, detail=listed(going))
    staying = sorted((each for each in seen if each.arn in kept), key=lambda each: (kept[each.arn], each.revision))
    for why, group in groupby(staying, key=lambda each: kept[each.arn]):
        yield Decision(ref=Ref("task definition", named(list(group))), kept=why)


def _images(pruning: Pruning, stock: Stock, kept: Mapping[str, str]) -> Iterator[Decision]:
    ref, found = Ref("image", pruning.target.names.repository), stock.repository
    if found is None:
        return
    blind = found if isinstance(found, Hidden) else _blind(stock)
    if blind is not None or isinstance(found, Hidden):
        yield Decision(ref=ref, hidden=blind)
        return
    if why := owner(pruning.target, "repository", found.tags):
        yield Decision(ref=ref, kept=why)
        return
    here = [each for each in stock.revisions if each.arn in kept and _matters(each, stock)]
    there = [each for _, other in stock.elsewhere if isinstance(other, Elsewhere) for each in other.revisions]
    known = Known(uri=found.repository.uri, images=stock.images, children=stock.children)
    yield from decide_images(ref, known, _names([*here, *there]), pruning.target.tag_prefix)


def _blind(stock: Stock) -> Hidden | None:
    return next((there for _, there in stock.elsewhere if isinstance(there, Hidden)), None)


def _matters(revision: TaskDefinition, stock: Stock) -> bool:
    """Return whether tasks can still be started from a revision: it is ACTIVE, or a service has it."""
    return revision.status == "ACTIVE" or (stock.service is not None and revision.arn in runs_of(stock.service))


def _names(revisions: Sequence[TaskDefinition]) -> frozenset[str]:
    """Return the images that revisions name, as they name them."""
    return frozenset(
        str(container.get("image", ""))
        for each in revisions
        for container in each.document.get("containerDefinitions", [])
    )
