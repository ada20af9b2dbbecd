"""Why a deployment in flight is not interrupted, and what to do instead."""

from __future__ import annotations

from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.errors import Busy


def busy(service: str, flying: ServiceDeployment, to: str) -> Busy:
    """Return the refusal to interrupt `flying`, a deployment of the task definition `to` ("" if not known)."""
    of = f"{flying.id} of {short_name(to)}" if to else flying.id
    if "ROLLBACK" in flying.status or flying.status == "STOP_REQUESTED":
        return Busy(
            f"{service} is being rolled back.",
            why=f"{of} failed or was stopped, and is {flying.status}.",
            fix="Wait until ECS has finished, then run the same command again.",
        )
    stop = f"aws ecs stop-service-deployment --service-deployment-arn {flying.arn}"
    return Busy(
        f"Another deployment of {service} is in flight.",
        why=f"{of} is {flying.status}.",
        # An ECS that keeps no service deployments gives only an id, and has no call that stops one.
        fix="Wait for it, then run the same command again"
        + (f"; or stop it, which rolls it back: `{stop}`." if flying.arn.startswith("arn:") else "."),
    )
