"""What comes after the writes of a plan: watching what they started to its verdict."""

from __future__ import annotations

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.saying import DEPLOYS, Saying
from ecsdeploy.core.service import Service, ServiceDeployment
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.core.things.service import Awaited
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.events import Note, Warn
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.apply import Applied
from ecsdeploy.workflow.await_count import await_count
from ecsdeploy.workflow.outcome import report_verdict
from ecsdeploy.workflow.rollout import Watch
from ecsdeploy.workflow.sight import find_deployment

GOES_ON = "ECS goes on without us: `{}` watches it again, `aws ecs stop-service-deployment` rolls it back."


def watch(
    run: Run, target: Target, awaited: Awaited, applied: Applied, *, timeout: int, says: Saying = DEPLOYS
) -> Verdict:
    """Return how what was started ended, after at most `timeout` seconds; it has been reported, as `says` has it."""
    ecs, revision = Ecs(run.aws, target.names.cluster), applied.task_definition
    seen = awaited.seen
    service = applied.service or (seen.service if seen is not None else None)
    if awaited.until in ("rollout", "flight"):
        run.journal.doing, run.journal.resume = "watching the deployment", GOES_ON.format(says.watch)
    if awaited.until == "rollout":
        known = seen.known if seen is not None else frozenset[str]()
        ours = find_deployment(run, ecs, target.names.service, revision, known, says=says)
        return _rollout(run, target, ecs, ours, revision, service, timeout=timeout, says=says)
    assert seen is not None
    assert service is not None
    if awaited.until == "flight":
        assert seen.in_flight is not None
        run.report(Note(f"A deployment of {short_name(revision)} is in flight already: watching it."))
        return _rollout(run, target, ecs, seen.in_flight, revision, service, timeout=timeout, says=says)
    if awaited.until == "count":
        if applied.service is None:
            counts = f"{service.running} of {service.desired} tasks"
            run.report(Warn(f"Nothing differs, but {service.name} runs {counts}: waiting for the others."))
        return await_count(run, target, ecs, service, revision, timeout=timeout, says=says)
    verdict = Verdict(kind="succeeded" if service.desired else "empty", reason="unchanged", deployment=seen.last)
    report_verdict(run, target, ecs, verdict, task_definition=revision, says=says, unchanged=True)
    return verdict


def _rollout(  # noqa: PLR0917 - one deployment, and whose it is
    run: Run,
    target: Target,
    ecs: Ecs,
    ours: ServiceDeployment,
    revision: str,
    service: Service | None,
    *,
    timeout: int,
    says: Saying,
) -> Verdict:
    watched = Watch(
        run=run,
        ecs=ecs,
        target=target,
        task_definition=revision,
        deployment=ours,
        started_by=_started_by(service, revision),
        says=says,
    )
    verdict = watched.until_verdict(timeout)
    report_verdict(run, target, ecs, verdict, task_definition=revision, says=says)
    return verdict


def _started_by(service: Service | None, revision: str) -> str:
    """Return the id that the tasks of the newest deployment carry, if that is the one of `revision`."""
    primary = service.primary if service is not None else None
    return primary.id if primary is not None and primary.task_definition == revision else ""
