"""How deployments ended that were not watched: the verdict on each, from what ECS keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.verdict import judge

Past = Literal["succeeded", "rolled-back", "failed", "superseded", "stopped", "in-flight"]
"""How a deployment ended, or that it has not yet."""


def past(deployments: Sequence[ServiceDeployment]) -> list[Past]:
    """Return the verdict on each of a service's deployments, which are given newest first."""
    return [verdict(each, deployments[n - 1] if n else None) for n, each in enumerate(deployments)]


def verdict(now: ServiceDeployment, newer: ServiceDeployment | None) -> Past:
    """Return the verdict on one deployment; `newer` is the one that came after it.

    ECS's word is taken for a success: ECS does not keep its number of tasks, so none counts as empty.
    """
    if now.ongoing:
        return "in-flight"
    if now.status == "SUCCESSFUL":
        return "succeeded"
    found = judge(now, newer=newer is not None and _ended_by(newer, now))
    match found.kind if found is not None else "failed":
        case "rolled-back" | "superseded" | "stopped" as kind:
            return kind
        case _:
            return "failed"


def _ended_by(newer: ServiceDeployment, old: ServiceDeployment) -> bool:
    """Return whether `newer` began before `old` was over: one that failed was over before the next deployment."""
    if old.threshold and old.failures >= old.threshold:
        return False
    return not (old.finished_at and newer.created_at) or newer.created_at <= old.finished_at
