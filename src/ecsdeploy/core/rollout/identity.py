"""By which id a deployment's tasks are known: `startedBy` is that of an entry of `service.deployments` (ECS API, Task).

Two deployments may roll out the same revision, as after a restart, so the revision alone does not tell.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import timedelta

from ecsdeploy.core.service import Deployment, Service, ServiceDeployment

SLACK = timedelta(seconds=30)
"""How far the entry of the service and the service deployment, which are made for one update, may be apart."""


def of_newest(service: Service | None, revision: str, known: Container[str] = ()) -> str:
    """Return the id of the newest deployment if it is of `revision`, and not among the older ones that are `known`.

    "" if it is not: an answer may show the service as it was a moment ago.
    """
    newest = service.primary if service is not None else None
    if newest is None or newest.task_definition != revision or newest.id in known:
        return ""
    return newest.id


def of_deployment(service: Service, deployment: ServiceDeployment, revision: str) -> str:
    """Return the id of the entry of `revision` that was made with `deployment`; "" unless there is exactly one."""
    found = [each for each in service.deployments if each.task_definition == revision and _belongs(each, deployment)]
    return found[0].id if len(found) == 1 else ""


def _belongs(entry: Deployment, deployment: ServiceDeployment) -> bool:
    if entry.created_at is None or deployment.created_at is None:
        return True
    over = deployment.finished_at
    return entry.created_at >= deployment.created_at - SLACK and (over is None or entry.created_at <= over)
