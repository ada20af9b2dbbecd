"""Capacity provider strategies: what a service's tasks run on, when it is not the launch type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ecsdeploy.core.cluster import Cluster
from ecsdeploy.errors import Refused

Strategy = Iterable[Mapping[str, Any]]


def strategy_text(strategy: Strategy) -> str | None:
    """Return a strategy in words, the same for every way to write it; None for the launch type.

    Weight and base default to 0 (ECS API, CapacityProviderStrategyItem); ECS answers them filled in.
    """
    items = sorted(
        (str(item["capacityProvider"]), int(item.get("weight", 0)), int(item.get("base", 0))) for item in strategy
    )
    return (
        ", ".join(f"{name} (weight {weight}{f', base {base}' if base else ''})" for name, weight, base in items) or None
    )


def require_providers(cluster: Cluster, strategy: Strategy) -> None:
    """Raise `Refused` where the cluster lacks a capacity provider that `strategy` names."""
    missing = sorted({str(item.get("capacityProvider", "")) for item in strategy} - set(cluster.capacity_providers))
    if missing:
        raise Refused(
            f"The cluster {cluster.name} has no capacity provider {', '.join(missing)}.",
            why="[service.raw] capacityProviderStrategy names it, and ECS takes only what the cluster has.",
            fix="Run `ecsdeploy setup`, which gives the cluster FARGATE and FARGATE_SPOT, or correct the name.",
        )
