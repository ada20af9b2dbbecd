"""The cluster: a name, and which capacity its tasks may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FARGATE = ("FARGATE", "FARGATE_SPOT")


@dataclass(frozen=True)
class Cluster:
    """A cluster as DescribeClusters shows it; deleted ones stay visible as INACTIVE for a while.

    `instances` is how many container instances are registered in it.
    """

    name: str
    arn: str
    status: str
    capacity_providers: tuple[str, ...] = ()
    strategy: tuple[Mapping[str, Any], ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    instances: int = 0

    @property
    def is_gone(self) -> bool:
        """Return whether it has to be created again."""
        return self.status == "INACTIVE"


def providers_with_fargate(cluster: Cluster) -> tuple[str, ...]:
    """Return the capacity providers that the cluster has, and Fargate's; PutClusterCapacityProviders replaces all."""
    return (*cluster.capacity_providers, *(name for name in FARGATE if name not in cluster.capacity_providers))
