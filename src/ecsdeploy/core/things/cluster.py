"""The cluster. Several services may share one, so it is used as it is; only Fargate must be among its capacity."""

from __future__ import annotations

from ecsdeploy.changes import Change
from ecsdeploy.core.account import Account, Hidden, needed
from ecsdeploy.core.capacity import require_providers
from ecsdeploy.core.cluster import FARGATE, Cluster, providers_with_fargate
from ecsdeploy.core.service_settings import CAPACITY
from ecsdeploy.core.step import Answer, Ref, Repeat, Step, answers, update
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.core.wanted import Wanted


def decide(wanted: Wanted, account: Account, upkeep: Upkeep) -> Decision:
    """Return what to do about the cluster. Raises `Refused`, `PermissionDenied`."""
    ref = Ref("cluster", wanted.target.names.cluster)
    if isinstance(account.cluster, Hidden) and account.service is not None and not upkeep.reconcile:
        return Decision(ref=ref, hidden=account.cluster)  # what a running service needs is there
    found = needed(account.cluster)
    if found is None and account.service is not None:
        return Decision(ref=ref, quiet=True)  # a service is in it, so it was not read
    if found is None or found.is_gone:
        return Decision(ref=ref, steps=(_creation(wanted, ref),))
    if "service" in wanted.parts and (strategy := wanted.target.config.service.raw.get(CAPACITY)):
        require_providers(found, strategy)
    providers = providers_with_fargate(found)
    if providers == found.capacity_providers or not upkeep.reconcile:
        return Decision(ref=ref, quiet=not upkeep.reconcile)
    return Decision(ref=ref, steps=(_put_providers(found, providers, ref),))


def _creation(wanted: Wanted, ref: Ref) -> Step:
    """Return the creation: CreateCluster accepts the same name twice, but not with other capacity providers."""
    return Step(
        about=ref,
        action="created",
        call="ecs:CreateCluster",
        parameters={
            "clusterName": ref.name,
            "capacityProviders": list(FARGATE),
            "tags": [{"key": key, "value": value} for key, value in wanted.target.tags.items()],
        },
        detail="with FARGATE and FARGATE_SPOT",
        gives={"arn": "cluster.clusterArn"},
        # In a new account, ECS may still be making its service-linked role.
        repeat=Repeat(
            passes=(Answer("InvalidParameterException", ("service linked role",)),),
            taken=(Answer("InvalidParameterException", ("idempotent request",)),),
        ),
    )


def _put_providers(found: Cluster, providers: tuple[str, ...], ref: Ref) -> Step:
    parameters = {
        "cluster": ref.name,
        "capacityProviders": list(providers),
        "defaultCapacityProviderStrategy": [dict(item) for item in found.strategy],
    }
    changes = (Change("capacityProviders", list(found.capacity_providers), list(providers)),)
    repeat = Repeat(passes=answers("UpdateInProgressException", "ResourceInUseException"))
    return update(ref, "ecs:PutClusterCapacityProviders", parameters, changes, repeat=repeat)
