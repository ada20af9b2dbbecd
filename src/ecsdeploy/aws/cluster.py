"""ECS clusters: dicts in, core models out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.core.cluster import Cluster


class Clusters:
    """What `setup` asks of ECS."""

    def __init__(self, aws: Aws) -> None:
        self._ecs = aws.client("ecs")

    def find(self, name: str) -> Cluster | None:
        """Return the cluster `name`, which may be INACTIVE, or None."""
        with aws_errors("ecs"):
            found = self._ecs.describe_clusters(clusters=[name], include=["TAGS"]).get("clusters", [])
        return _cluster(found[0]) if found else None


def _cluster(raw: Mapping[str, Any]) -> Cluster:
    return Cluster(
        name=raw["clusterName"],
        arn=raw["clusterArn"],
        status=raw["status"],
        capacity_providers=tuple(raw.get("capacityProviders", [])),
        strategy=tuple(raw.get("defaultCapacityProviderStrategy", [])),
        tags={tag["key"]: tag.get("value", "") for tag in raw.get("tags", [])},
        instances=raw.get("registeredContainerInstancesCount", 0),
    )
