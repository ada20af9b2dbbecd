"""ECS clusters: dicts in, core models out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.core.cluster import FARGATE, Cluster


class Clusters:
    """What `setup` asks of ECS."""

    def __init__(self, aws: Aws) -> None:
        self._ecs = aws.client("ecs")

    def find(self, name: str) -> Cluster | None:
        """Return the cluster `name`, which may be INACTIVE, or None."""
        with aws_errors("ecs"):
            found = self._ecs.describe_clusters(clusters=[name], include=["TAGS"]).get("clusters", [])
        return _cluster(found[0]) if found else None

    def create(self, name: str, tags: Mapping[str, str]) -> Cluster:
        """Return the cluster, new or (CreateCluster takes a name twice) the one of that name."""
        with aws_errors("ecs"):
            answer = self._ecs.create_cluster(
                clusterName=name,
                capacityProviders=list(FARGATE),
                tags=[{"key": key, "value": value} for key, value in tags.items()],
            )
        return _cluster(answer["cluster"])

    def put_capacity_providers(
        self, name: str, providers: tuple[str, ...], strategy: tuple[Mapping[str, Any], ...]
    ) -> None:
        """Replace the capacity providers and the default strategy."""
        with aws_errors("ecs"):
            self._ecs.put_cluster_capacity_providers(
                cluster=name,
                capacityProviders=list(providers),
                defaultCapacityProviderStrategy=[dict(item) for item in strategy],
            )


def _cluster(raw: Mapping[str, Any]) -> Cluster:
    return Cluster(
        name=raw["clusterName"],
        arn=raw["clusterArn"],
        status=raw["status"],
        capacity_providers=tuple(raw.get("capacityProviders", [])),
        strategy=tuple(raw.get("defaultCapacityProviderStrategy", [])),
        tags={tag["key"]: tag.get("value", "") for tag in raw.get("tags", [])},
    )
