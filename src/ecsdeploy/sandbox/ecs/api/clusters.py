"""Cluster operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ecsdeploy.sandbox.ecs.api.account_settings import ALLOWED
from ecsdeploy.sandbox.ecs.api.capacity import PROVIDERS, Strategy, read_default_strategy
from ecsdeploy.sandbox.ecs.api.forms import read_tags
from ecsdeploy.sandbox.ecs.api.lookup import (
    DEFAULT_CLUSTER,
    active_cluster,
    check_name,
    cluster_name,
    find_cluster,
    invalid,
    known_cluster,
)
from ecsdeploy.sandbox.ecs.api.paging import page
from ecsdeploy.sandbox.ecs.describe import Answer, describe_cluster
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.ecs.naming import arn, cluster_arn
from ecsdeploy.sandbox.ecs.records import Cluster
from ecsdeploy.sandbox.ecs.world import Draft
from ecsdeploy.sandbox.wire import AwsError, Caller, Operations

ALL = ("TAGS", "SETTINGS", "CONFIGURATIONS")


class ClusterApi:
    """Clusters: a deleted one stays INACTIVE and can be created anew."""

    def __init__(self, engine: EcsEngine) -> None:
        self._engine = engine

    def operations(self) -> Operations:
        """Return the operations by name."""
        return {
            "CreateCluster": self.create,
            "DescribeClusters": self.describe,
            "ListClusters": self.list,
            "UpdateCluster": self.update,
            "UpdateClusterSettings": self.update,
            "PutClusterCapacityProviders": self.put_capacity_providers,
            "DeleteCluster": self.delete,
            "DescribeCapacityProviders": self.describe_capacity_providers,
        }

    def create(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Create a cluster; one that exists is returned as it is, unless it is asked to be another one."""
        name = params.get("clusterName", DEFAULT_CLUSTER)
        check_name(name, "ClusterName")
        _check(params)
        providers = tuple(params.get("capacityProviders", ()))
        strategy = read_default_strategy(providers, params.get("defaultCapacityProviderStrategy", ()))
        tags = read_tags(params)
        insights = self._engine.world.settings.get(("", "containerInsights"), "disabled")

        def write(draft: Draft) -> Answer:
            existing = draft.clusters.get(name)
            if existing is None or existing.status == "INACTIVE":
                existing = Cluster(
                    name=name,
                    settings=tuple(params.get("settings") or ({"name": "containerInsights", "value": insights},)),
                    configuration=params.get("configuration"),
                    service_connect=params.get("serviceConnectDefaults"),
                    capacity_providers=providers,
                    strategy=strategy,
                    tags=tags,
                )
                draft.clusters = {**draft.clusters, name: existing}
            else:
                _check_same(existing, params, strategy)
            return {"cluster": describe_cluster(draft.world, existing, ALL)}

        return self._engine.change(write)

    def describe(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Describe clusters, INACTIVE ones too."""
        world = self._engine.world
        found, failures = [], []
        references = params.get("clusters") or [DEFAULT_CLUSTER]
        if not all(references):
            raise invalid("Clusters can not be blank.")
        if len(references) > 100:
            raise invalid("clusters can have at most 100 items.")
        for reference in references:
            cluster = world.clusters.get(cluster_name(reference))
            if cluster is None:
                failures.append({"arn": cluster_arn(world, cluster_name(reference)), "reason": "MISSING"})
            else:
                found.append(describe_cluster(world, cluster, params.get("include", ())))
        return {"clusters": found, "failures": failures}

    def list(self, params: dict[str, Any], caller: Caller) -> Answer:
        """List the ARNs of active clusters."""
        world = self._engine.world
        arns = sorted(cluster_arn(world, c.name) for c in world.clusters.values() if c.status == "ACTIVE")
        shown, more = page(arns, params)
        return {"clusterArns": shown, **more}

    def update(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Change a cluster's settings, configuration or Service Connect defaults."""
        _check(params)

        def change(cluster: Cluster) -> Cluster:
            settings = {s["name"]: s for s in (*cluster.settings, *params.get("settings", ()))}
            return replace(
                cluster,
                settings=tuple(settings.values()),
                configuration=params.get("configuration", cluster.configuration),
                service_connect=params.get("serviceConnectDefaults", cluster.service_connect),
            )

        return self._change(params["cluster"], change)

    def put_capacity_providers(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Replace a cluster's capacity providers and its default strategy."""
        providers = tuple(params["capacityProviders"])
        strategy = read_default_strategy(providers, params["defaultCapacityProviderStrategy"])
        name = cluster_name(params["cluster"])
        used = {
            item["capacityProvider"]
            for (cluster, _), shard in self._engine.world.shards.items()
            if cluster == name and shard.service is not None and shard.service.status == "ACTIVE"
            for item in shard.service.strategy
        }
        if used - set(providers):
            raise AwsError("ResourceInUseException", "The specified capacity provider is in use and cannot be removed.")
        return self._change(name, lambda c: replace(c, capacity_providers=providers, strategy=strategy))

    def _change(self, reference: str, change: Callable[[Cluster], Cluster]) -> Answer:
        def write(draft: Draft) -> Answer:
            cluster = change(active_cluster(draft, reference))
            draft.clusters = {**draft.clusters, cluster.name: cluster}
            return {"cluster": describe_cluster(draft.world, cluster, ALL)}

        return self._engine.change(write)

    def delete(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Make a cluster INACTIVE that has neither services nor tasks."""

        def write(draft: Draft) -> Answer:
            cluster = known_cluster(draft, params["cluster"])
            for (name, _), shard in draft.world.shards.items():
                if name != cluster.name:
                    continue
                if shard.service is not None and shard.service.status != "INACTIVE":
                    raise AwsError(
                        "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
                    )
                if any(task.last_status != "STOPPED" for task in shard.tasks.values()):
                    raise AwsError(
                        "ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active."
                    )
            gone = replace(cluster, status="INACTIVE", capacity_providers=(), strategy=())
            draft.clusters = {**draft.clusters, cluster.name: gone}
            return {"cluster": describe_cluster(draft.world, gone)}

        return self._engine.change(write)

    def describe_capacity_providers(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Describe FARGATE and FARGATE_SPOT: the sandbox has no others."""
        world = self._engine.world
        if params.get("cluster"):
            find_cluster(world, params["cluster"])
        asked = [name.rpartition("/")[2] for name in params.get("capacityProviders") or PROVIDERS]
        shown, more = page(sorted(set(PROVIDERS).intersection(asked)), params, size=10, limit=10)
        arns = {name: arn(world, f"capacity-provider/{name}") for name in asked}
        return {
            "capacityProviders": [
                {"capacityProviderArn": arns[name], "name": name, "status": "ACTIVE", "tags": [], "type": name}
                for name in shown
            ],
            "failures": [
                {"arn": arns[name], "reason": "MISSING"} for name in dict.fromkeys(asked) if name not in PROVIDERS
            ],
            **more,
        }


def _check_same(existing: Cluster, params: Mapping[str, Any], strategy: Strategy) -> None:
    """Raise InvalidParameterException if CreateCluster asks for another cluster than the one that is there.

    So AWS answers to other capacity providers and another configuration (hashicorp/terraform 24615); tags are not
    compared here.
    """
    settings = {one["name"]: one for one in existing.settings}
    same = (
        set(params.get("capacityProviders", existing.capacity_providers)) == set(existing.capacity_providers)
        and ("defaultCapacityProviderStrategy" not in params or strategy == existing.strategy)
        and params.get("configuration", existing.configuration) == existing.configuration
        and params.get("serviceConnectDefaults", existing.service_connect) == existing.service_connect
        and all(settings.get(one["name"]) == one for one in params.get("settings", ()))
    )
    if not same:
        raise invalid(
            "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."
        )


def _check(params: Mapping[str, Any]) -> None:
    """Raise InvalidParameterException for a setting's value, or if ECS Exec logs to nowhere or not where it says."""
    if any(one.get("value") not in ALLOWED["containerInsights"] for one in params.get("settings", ())):
        raise invalid("Invalid setting 'value'")
    form = (params.get("configuration") or {}).get("executeCommandConfiguration") or {}
    place = form.get("logConfiguration") or {}
    if form.get("logging") != "OVERRIDE":
        if place:
            raise invalid("You must set logging to 'OVERRIDE' when you supply a log configuration.")
    elif not (place.get("cloudWatchLogGroupName") or place.get("s3BucketName")):
        raise invalid(
            "A CloudWatch log group name or S3 bucket name must be specified when overriding the default log "
            "configuration."
        )
