"""UpdateService: what changes, and whether that starts a deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ecsdeploy.sandbox.ecs.api.capacity import read_strategy
from ecsdeploy.sandbox.ecs.api.forms import check_exec, check_fargate, read_network, read_platform
from ecsdeploy.sandbox.ecs.api.lookup import active_cluster, find_service, invalid, usable_definition
from ecsdeploy.sandbox.ecs.api.service_form import check_balance, check_supported, configuration
from ecsdeploy.sandbox.ecs.describe import Answer
from ecsdeploy.sandbox.ecs.describe_service import describe_service
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.ecs.records import Network
from ecsdeploy.sandbox.ecs.service_records import Service
from ecsdeploy.sandbox.ecs.services import REVISION_FIELDS, set_desired_count, start_deployment
from ecsdeploy.sandbox.ecs.world import Draft

UNFORCED = (
    "When switching from launch type to capacity provider strategy on an existing service, or making a change to a "
    "capacity provider strategy on a service that is already using one, you must force a new deployment."
)


def update_service(engine: EcsEngine, params: dict[str, Any]) -> Answer:
    """Return the service as it is right after the change."""
    check_supported(params)
    network = read_network(engine, params) if "networkConfiguration" in params else None
    # Asking for the faults spends them, so only a request that will be accepted may ask.
    trial = Draft(engine.world, engine.clock.now(), engine.timing)
    faults: frozenset[str] = frozenset()
    _, wanted, new = _wanted(trial, params, network)
    if new:
        images = [c["image"] for c in wanted.definition.body["containerDefinitions"]]
        faults = engine.faults.take_for_deployment(wanted.name, images)

    def write(draft: Draft) -> Answer:
        before, service, starts = _wanted(draft, params, network)
        key = (service.cluster, service.name)
        shard = draft.open(key)
        shard.service = replace(service, desired=before.desired)
        if service.desired != before.desired:
            set_desired_count(draft, key, service.desired)
        if starts:
            start_deployment(draft, shard, faults)
        shard.due = draft.now
        return {"service": describe_service(draft.world, shard, tags=True)}

    return engine.change(write)


def _wanted(draft: Draft, params: Mapping[str, Any], network: Network | None) -> tuple[Service, Service, bool]:
    """Return the service before and after, and whether that starts a deployment."""
    cluster = active_cluster(draft, params.get("cluster"))
    _, before = find_service(draft, cluster.name, params["service"])
    definition = before.definition
    if "taskDefinition" in params:
        definition = usable_definition(draft, params["taskDefinition"])
        check_fargate(definition)
    check_exec(definition, params, "updated")
    after = replace(
        before,
        desired=params.get("desiredCount", before.desired),
        definition=definition,
        network=network or before.network,
        platform_version=read_platform(params) if "platformVersion" in params else before.platform_version,
        configuration=configuration(params.get("deploymentConfiguration"), before.configuration),
        grace=params.get("healthCheckGracePeriodSeconds", before.grace),
        managed_tags=params.get("enableECSManagedTags", before.managed_tags),
        propagate=params.get("propagateTags", before.propagate),
        exec_enabled=params.get("enableExecuteCommand", before.exec_enabled),
        rebalancing=params.get("availabilityZoneRebalancing", before.rebalancing),
        extras={**before.extras, **{k: params[k] for k in (*REVISION_FIELDS, "monitoring") if k in params}},
    )
    if "capacityProviderStrategy" in params:
        items = params["capacityProviderStrategy"]
        strategy = read_strategy(cluster, items) if items else ()
        if strategy != before.strategy and not params.get("forceNewDeployment"):
            raise invalid(UNFORCED)
        after = replace(after, strategy=strategy, launch_type=None if strategy else "FARGATE")
    check_balance(after.rebalancing, after.configuration)
    return before, after, bool(params.get("forceNewDeployment")) or _differs(before, after)


def _differs(before: Service, after: Service) -> bool:
    return (
        before.definition.arn != after.definition.arn
        or before.network != after.network
        or before.platform_version != after.platform_version
        or any((before.extras.get(k) or []) != (after.extras.get(k) or []) for k in REVISION_FIELDS)
    )
