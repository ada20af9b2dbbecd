"""Everything that a service stands on, in the order in which it can be made."""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.core.cluster import Cluster
from ecsdeploy.core.network import Network, Subnet
from ecsdeploy.core.upkeep import FILL, Upkeep
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.ensure.cluster import ensure_cluster
from ecsdeploy.workflow.ensure.log_group import ensure_log_group
from ecsdeploy.workflow.ensure.network import resolve_network
from ecsdeploy.workflow.ensure.repository import ensure_repository
from ecsdeploy.workflow.ensure.service_linked_role import ensure_service_linked_role
from ecsdeploy.workflow.ensure.settling import wait_until_settled
from ecsdeploy.workflow.ensure.task_roles import TaskRoles, ensure_task_roles

__all__ = ["Foundation", "ensure_foundation", "ensure_repository", "resolve_network", "settle"]


@dataclass(frozen=True)
class Foundation:
    """What a service needs besides its image."""

    roles: TaskRoles
    cluster: Cluster
    network: Network


def ensure_foundation(run: Run, upkeep: Upkeep = FILL, subnets: tuple[Subnet, ...] = ()) -> Foundation:
    """Return what a service stands on; `upkeep` FILL only makes what is missing.

    `subnets` are those that were found before, if they were. Call `settle` before a service is created.
    Raises `PermissionDenied` where something is missing and may not be made.
    """
    roles = ensure_task_roles(run, upkeep)
    if upkeep.reconcile:
        ensure_service_linked_role(run, upkeep)
    cluster = ensure_cluster(run, upkeep)
    ensure_log_group(run, upkeep)
    return Foundation(roles, cluster, resolve_network(run, upkeep, subnets))


def settle(run: Run, foundation: Foundation) -> None:
    """Return when new roles can be relied on: at once, unless this run made or changed one in the last seconds."""
    wait_until_settled(run, (foundation.roles.execution, foundation.roles.task))
