"""The cluster. Several services may share one, so it is used as it is; only Fargate must be among its capacity."""

from __future__ import annotations

from ecsdeploy.aws.cluster import Clusters
from ecsdeploy.core.cluster import Cluster, providers_with_fargate
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.errors import TimedOut
from ecsdeploy.events import Change
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.ensure.place import tags_of
from ecsdeploy.workflow.ensure.retry import retry
from ecsdeploy.workflow.ensure.service_linked_role import ensure_service_linked_role
from ecsdeploy.workflow.ensure.telling import created, doing, making, unchanged, updated

KIND = "cluster"
READY_SECONDS = 120.0


def ensure_cluster(run: Run, upkeep: Upkeep) -> Cluster:
    """Return the cluster, created where there is none or only a deleted one."""
    clusters, name = Clusters(run.aws), run.names.cluster
    found = clusters.find(name)
    if found is None or found.is_gone:
        with making(run, upkeep, KIND, name):
            if not upkeep.reconcile:  # `setup` looks at it in any case
                ensure_service_linked_role(run, upkeep)
            made = _created(run, clusters, name)
            created(run, KIND, name, "with FARGATE and FARGATE_SPOT")
            return _active(run, clusters, made)
    found = _active(run, clusters, found)
    wanted = providers_with_fargate(found)
    if wanted == found.capacity_providers or not upkeep.reconcile:
        unchanged(run, upkeep, KIND, name)
        return found
    with doing(run, f"updating {KIND} {name}"):
        retry(
            run,
            lambda: clusters.put_capacity_providers(name, wanted, found.strategy),
            codes=("UpdateInProgressException", "ResourceInUseException"),
        )
    updated(run, KIND, name, (Change("capacityProviders", list(found.capacity_providers), list(wanted)),))
    return found


def _created(run: Run, clusters: Clusters, name: str) -> Cluster:
    """Create the cluster; in a new account, ECS may still be making its service-linked role."""
    return retry(
        run,
        lambda: clusters.create(name, tags_of(run)),
        codes=("InvalidParameterException",),
        when=lambda error: "service linked role" in error.message.lower(),
    )


def _active(run: Run, clusters: Clusters, made: Cluster) -> Cluster:
    """Wait until the cluster takes services: with capacity providers it may first be PROVISIONING."""
    if made.status != "PROVISIONING":
        return made

    def judge(found: Cluster | None) -> Cluster | None:
        return found if found and found.status == "ACTIVE" else None

    deadline = run.clock.monotonic() + READY_SECONDS
    try:
        return poll(lambda: clusters.find(made.name), judge, clock=run.clock, every=2.0, deadline=deadline)
    except DeadlineReached:
        raise TimedOut(
            f"The cluster {made.name} is not ACTIVE after {READY_SECONDS:.0f} s.",
            why="ECS is still making it.",
            fix="Run the same command again in a minute.",
        ) from None
