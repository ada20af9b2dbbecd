"""Finds a deployment that was started, and handles AWS no longer letting us read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.rollout.reacting import VISIBLE_SECONDS
from ecsdeploy.core.saying import DEPLOYS, Saying
from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.errors import AwsError, CredentialsError, Failed, PermissionDenied, TimedOut
from ecsdeploy.events import Note
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.runtime import Watcher

POLL_SECONDS = 1.5


@contextmanager
def in_sight(what: str, says: Saying = DEPLOYS) -> Iterator[None]:
    """Raise `TimedOut` if AWS no longer lets us read `what`: ECS continues without this command."""
    try:
        yield
    except (AwsError, CredentialsError, PermissionDenied) as error:
        raise TimedOut(
            f"Lost sight of {what}: ECS continues without this command.",
            why=f"{error.what} {error.why}",
            fix=f"{error.fix}\nThen run `{says.watch}` again: it watches the deployment, or says how it ended.",
        ) from error


def task_definition_of(ecs: Ecs, deployment: ServiceDeployment) -> str:
    """Return the ARN that `deployment` rolls out; "" while ECS does not say; the brief form may leave it out."""
    target = deployment.target_revision
    if not target:
        whole = ecs.deployment(deployment.arn)
        target = whole.target_revision if whole is not None else ""
    revision = ecs.revision(target) if target else None
    return revision.task_definition if revision is not None else ""


def _itself(found: ServiceDeployment | None) -> ServiceDeployment | None:
    return found


def find_deployment(
    run: Watcher, ecs: Ecs, service: str, task_definition: str, known: frozenset[str], *, says: Saying = DEPLOYS
) -> ServiceDeployment:
    """Return the service deployment that rolls out `task_definition` and is not among `known` (ARNs, `ecs-svc/N`).

    ECS shows a new deployment after a moment, so this waits for it. Raises `Failed` if it never appears.
    """
    what = f"the deployment of {short_name(task_definition)}"
    rolled_out: dict[str, str] = {}

    def ours(found: list[ServiceDeployment]) -> ServiceDeployment | None:
        for deployment in found:
            if deployment.arn in known:
                continue
            if not rolled_out.get(deployment.arn):
                rolled_out[deployment.arn] = task_definition_of(ecs, deployment)
            if rolled_out[deployment.arn] == task_definition:
                return deployment
        return None

    deadline = run.clock.monotonic() + VISIBLE_SECONDS
    try:
        with in_sight(what, says):
            return poll(
                lambda: ours(ecs.deployments(service)),
                _itself,
                clock=run.clock,
                every=POLL_SECONDS,
                deadline=deadline,
            )
    except DeadlineReached:
        pass
    with in_sight(what, says):
        ecs.take_older_view(service)
        found = ours(ecs.deployments(service))
    if found is not None:
        run.report(Note(f"ECS lists no service deployment of ours: watching {found.arn} as the service shows it."))
        return found
    raise Failed(
        f"ECS does not show a deployment of {short_name(task_definition)}.",
        why=f"The service was updated {VISIBLE_SECONDS:.0f} s ago.",
        fix=f"Another deployment may have replaced it at once. Run `{says.watch}` again to see where it stands.",
    )
