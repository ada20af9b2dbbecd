"""`ecsdeploy history`: what was deployed, by whom, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from ecsdeploy.asked import ask
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.config.tags import ACTOR, RUN
from ecsdeploy.core.history import past
from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import TaskDefinition, short_name
from ecsdeploy.errors import PermissionDenied
from ecsdeploy.events import Fact, Note, Snapshot
from ecsdeploy.facts import PastDeployment
from ecsdeploy.runtime import Run

LARGEST = 100
"""As many as one ListServiceDeployments gives (ECS API, maxResults)."""
AT_ONCE = 10
"""How many revisions are read in parallel: ECS allows a sustained 20 reads a second."""
OLDER_VIEW = "This ECS keeps no service deployments: only what the service itself still lists is shown."


def show_history(run: Run, target: Target, *, limit: int) -> None:
    """Report the newest `limit` deployments of the service, the newest first.

    ECS keeps them for 90 days (Developer Guide, "View service history"). Raises `PermissionDenied`, `WrongAccount`.
    """
    run.aws.require_account(target.config.account)
    ecs, name = Ecs(run.aws, target.names.cluster), target.names.service
    listed = ask(lambda: ecs.deployments(name, limit=limit))
    service = ecs.service(name)
    if service is None or service.status == "INACTIVE":
        found: Iterable[Fact] = (Note(_nothing(run, target)),)
    else:
        found = _told(ecs, listed()[:limit])
    run.report(Snapshot(run.clock.now(), tuple(found)))


def _nothing(run: Run, target: Target) -> str:
    names = run.loaded.environments
    if names and run.loaded.environment is None:
        return f"Nothing is deployed without an environment: name one with --env ({', '.join(names)})."
    return f"Nothing is deployed yet: there is no service {target}. `ecsdeploy deploy` creates it."


def _told(ecs: Ecs, listed: Sequence[ServiceDeployment]) -> Iterator[Fact]:
    if not listed:
        yield Note("ECS shows no deployment of this service: it keeps them for 90 days.")
    whole = ecs.described(listed)
    of = ecs.task_definitions_of([each.target_revision for each in whole])
    revisions, hidden = _revisions(ecs, list(dict.fromkeys(filter(None, of.values()))))
    for each, verdict in zip(whole, past(whole), strict=True):
        yield _told_of(each, verdict, of.get(each.target_revision, ""), revisions)
    if hidden is not None:
        yield Note(f"Who deployed, and what, could not be read: {hidden.what}")
    if ecs.has_older_view:
        yield Note(OLDER_VIEW)


def _revisions(ecs: Ecs, arns: Sequence[str]) -> tuple[dict[str, TaskDefinition], PermissionDenied | None]:
    """Return the revisions that ECS still has, and the error that hides them."""
    found: dict[str, TaskDefinition] = {}
    for start in range(0, len(arns), AT_ONCE):
        asked = [ask(partial(ecs.task_definition, arn)) for arn in arns[start : start + AT_ONCE]]
        try:
            found |= {each.arn: each for answer in asked if (each := answer()) is not None}
        except PermissionDenied as error:
            return found, error
    return found, None


def _told_of(
    each: ServiceDeployment, verdict: str, arn: str, revisions: Mapping[str, TaskDefinition]
) -> PastDeployment:
    revision = revisions.get(arn)
    tags = revision.tags if revision is not None else {}
    took = each.finished_at - each.created_at if each.finished_at and each.created_at else None
    return PastDeployment(
        deployment=each.arn,
        verdict=verdict,
        status=each.status,
        reason=each.rollback_reason or each.reason,
        revision=short_name(arn),
        commit=revision.commit if revision is not None else "",
        actor=tags.get(ACTOR, ""),
        run_url=tags.get(RUN, ""),
        created_at=each.created_at,
        finished_at=each.finished_at,
        seconds=took.total_seconds() if took is not None else None,
    )
