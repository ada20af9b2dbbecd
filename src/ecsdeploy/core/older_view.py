"""A deployment as `service.deployments` shows it, for an ECS that keeps no service deployments.

Their history goes back to October 2024, and an emulator may not know them. The older view says as much of one
deployment, by its id (`ecs-svc/N`): done, failed, or replaced (ECS API, Deployment.rolloutState).
"""

from __future__ import annotations

from ecsdeploy.core.service import Deployment, Service, ServiceDeployment


def listed(service: Service) -> list[ServiceDeployment]:
    """Return the service's deployments, newest first, each with the task definition as its target revision."""
    found = [rollout(service, each.id) for each in service.deployments]
    return sorted(filter(None, found), key=lambda d: d.created_at.timestamp() if d.created_at else 0.0, reverse=True)


def rollout(service: Service, deployment: str, *, failed: str = "") -> ServiceDeployment | None:
    """Return the deployment of that id, or None if the service has none in progress.

    `failed` is why it was seen to fail before: ECS forgets it once the rollback is under way.
    """
    primary = service.primary
    if primary is None:
        return None
    mine = next((each for each in service.deployments if each.id == deployment), None)
    shown = mine or primary
    return ServiceDeployment(
        arn=deployment,
        status=_status(service, primary, mine, failed=bool(failed)),
        reason=failed or shown.rollout_reason,
        target_revision=mine.task_definition if mine is not None else "",
        created_at=mine.created_at if mine is not None else None,
        requested=mine.desired if mine is primary else service.desired,
        running=mine.running if mine is not None else 0,
        pending=mine.pending if mine is not None else 0,
        failures=mine.failed if mine is not None else 0,
    )


def _status(service: Service, primary: Deployment, mine: Deployment | None, *, failed: bool) -> str:
    if mine is primary:
        if primary.rollout_state:
            return {"COMPLETED": "SUCCESSFUL", "FAILED": "STOPPED"}.get(primary.rollout_state, "IN_PROGRESS")
        # Without a state, ours is over when it is the only one and every task that is desired runs in it.
        alone = len(service.deployments) == 1 and primary.running == primary.desired and not primary.pending
        return "SUCCESSFUL" if alone else "IN_PROGRESS"
    failed = failed or (mine is not None and mine.rollout_state == "FAILED")
    if failed or "rolling back" in primary.rollout_reason:
        ends = {"COMPLETED": "ROLLBACK_SUCCESSFUL", "FAILED": "ROLLBACK_FAILED"}
        return ends.get(primary.rollout_state, "ROLLBACK_IN_PROGRESS")
    return "STOPPED"  # another one is PRIMARY: it replaced ours
