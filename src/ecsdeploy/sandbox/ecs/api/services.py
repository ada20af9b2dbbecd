"""Service operations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ecsdeploy.sandbox.ecs.api.capacity import read_placement
from ecsdeploy.sandbox.ecs.api.forms import (
    caller_arn,
    check_exec,
    check_fargate,
    check_token,
    read_network,
    read_platform,
    read_tags,
)
from ecsdeploy.sandbox.ecs.api.lookup import (
    active_cluster,
    check_name,
    cluster_name,
    find_cluster,
    find_service,
    invalid,
    service_key,
    usable_definition,
)
from ecsdeploy.sandbox.ecs.api.paging import page
from ecsdeploy.sandbox.ecs.api.service_form import check_balance, check_supported, configuration
from ecsdeploy.sandbox.ecs.api.service_update import update_service
from ecsdeploy.sandbox.ecs.describe import Answer
from ecsdeploy.sandbox.ecs.describe_service import describe_service
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.ecs.naming import arn, service_arn
from ecsdeploy.sandbox.ecs.service_records import Service
from ecsdeploy.sandbox.ecs.services import REVISION_FIELDS, set_aside, start_deployment
from ecsdeploy.sandbox.ecs.world import Draft, Key
from ecsdeploy.sandbox.wire import Caller, Operations

NOT_IDEMPOTENT = "Creation of service was not idempotent."
KEPT = (*REVISION_FIELDS, "gatewayConnectors", "monitoring")


class ServiceApi:
    """Services: create, change, end, look at."""

    def __init__(self, engine: EcsEngine) -> None:
        self._engine = engine

    def operations(self) -> Operations:
        """Return the operations by name."""
        return {
            "CreateService": self.create,
            "UpdateService": self.update,
            "DeleteService": self.delete,
            "DescribeServices": self.describe,
            "ListServices": self.list,
        }

    def create(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Create a service and start its first deployment; the same request with its clientToken changes nothing."""
        key = (cluster_name(params.get("cluster")), params["serviceName"])
        check_name(key[1], "ServiceName")
        check_token(params, 36)
        active_cluster(self._engine.world, key[0])
        again = self._existing(key, params)
        if again is not None:
            return again
        service = self._new_service(key, params, caller)
        images = [c["image"] for c in service.definition.body["containerDefinitions"]]
        faults = self._engine.faults.take_for_deployment(service.name, images)

        def write(draft: Draft) -> Answer:
            shard = draft.open(key)
            if shard.service is not None and shard.service.status != "INACTIVE":
                raise invalid(NOT_IDEMPOTENT)
            set_aside(draft, key)
            shard.service = replace(service, created_at=draft.now)
            start_deployment(draft, shard, faults)
            return {"service": describe_service(draft.world, shard, tags=True)}

        return self._engine.change(write)

    def _existing(self, key: Key, params: dict[str, Any]) -> Answer | None:
        """Return the service that this very request made before, or None. Raises if another one is there."""
        shard = self._engine.world.shards.get(key)
        if shard is None or shard.service is None or shard.service.status == "INACTIVE":
            return None
        if shard.service.status == "DRAINING":
            raise invalid("Unable to Start a service that is still Draining.")
        token = params.get("clientToken")
        if token is None or shard.service.token != token or shard.service.request != params:
            raise invalid(NOT_IDEMPOTENT)
        return {"service": describe_service(self._engine.world, shard, tags=True)}

    def _new_service(self, key: Key, params: dict[str, Any], caller: Caller) -> Service:
        world = self._engine.world
        check_supported(params)
        if "taskDefinition" not in params:
            raise invalid("TaskDefinition cannot be blank.")
        if "desiredCount" not in params:
            raise invalid("desiredCount is required for services that use the REPLICA scheduling strategy.")
        cluster = active_cluster(world, key[0])
        launch_type, strategy = read_placement(cluster, params)
        definition = usable_definition(world, params["taskDefinition"])
        check_fargate(definition)
        check_exec(definition, params)
        full = configuration(params.get("deploymentConfiguration"))
        rebalancing = params.get("availabilityZoneRebalancing")
        if rebalancing:
            check_balance(rebalancing, full)
        return Service(
            cluster=key[0],
            name=key[1],
            desired=params["desiredCount"],
            definition=definition,
            network=read_network(self._engine, params),
            launch_type=launch_type,
            strategy=strategy,
            platform_version=read_platform(params),
            configuration=full,
            grace=params.get("healthCheckGracePeriodSeconds", 0),
            created_at=0.0,
            created_by=caller_arn(caller),
            tags=read_tags(params),
            managed_tags=params.get("enableECSManagedTags", False),
            propagate=params.get("propagateTags", "NONE"),
            exec_enabled=params.get("enableExecuteCommand", False),
            rebalancing=rebalancing or ("ENABLED" if full["maximumPercent"] > 100 else "DISABLED"),
            token=params.get("clientToken"),
            request=params,
            extras={name: params[name] for name in KEPT if params.get(name)},
        )

    def update(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Change a service; only some changes start a deployment (API reference, UpdateService)."""
        return update_service(self._engine, params)

    def delete(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Delete a service that has no tasks, or any with `force`: DRAINING, then INACTIVE.

        One that was deleted before is answered as it is (users' reports of DRAINING and INACTIVE services).
        """

        def write(draft: Draft) -> Answer:
            cluster = active_cluster(draft, params.get("cluster"))
            key = service_key(cluster.name, params["service"])
            gone = draft.world.shards.get(key)
            if gone is not None and gone.service is not None and gone.service.status != "ACTIVE":
                return {"service": describe_service(draft.world, gone, tags=True)}
            key, service = find_service(draft, cluster.name, params["service"])
            shard = draft.open(key)
            if service.desired > 0 and not params.get("force", False):
                raise invalid("The service cannot be stopped while it is scaled above 0.")
            if any(task.live for task in shard.tasks.values()) and not params.get("force", False):
                raise invalid("The service cannot be stopped while deployments are active.")
            shard.service = replace(service, status="DRAINING", desired=0)
            shard.due = draft.now
            return {"service": describe_service(draft.world, shard, tags=True)}

        return self._engine.change(write)

    def describe(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Describe up to 10 services, deleted ones too; a missing one is a failure, not an error."""
        world = self._engine.world
        cluster = find_cluster(world, params.get("cluster"))
        references = params["services"]
        if not references:
            raise invalid("Services cannot be empty.")
        if len(references) > 10:
            raise invalid("service names can have at most 10 items.")
        found, failures = [], []
        for key in dict.fromkeys(service_key(cluster.name, reference) for reference in references):
            shard = world.shards.get(key)
            if shard is None or shard.service is None:
                failures.append({"arn": arn(world, f"service/{key[1]}"), "reason": "MISSING"})
            else:
                found.append(describe_service(world, shard, tags="TAGS" in params.get("include", ())))
        return {"services": found, "failures": failures}

    def list(self, params: dict[str, Any], caller: Caller) -> Answer:
        """List the ARNs of active services."""
        world = self._engine.world
        cluster = find_cluster(world, params.get("cluster"))
        launch_type = params.get("launchType")
        if params.get("schedulingStrategy", "REPLICA") != "REPLICA" or params.get("resourceManagementType") == "ECS":
            return {"serviceArns": []}
        names = sorted(
            service_arn(world, name, service)
            for (name, service), shard in world.shards.items()
            if name == cluster.name
            and shard.service is not None
            and shard.service.status == "ACTIVE"
            and launch_type in (None, shard.service.launch_type)
        )
        shown, more = page(names, params, size=10)
        return {"serviceArns": shown, **more}
