"""Capacity provider strategies: what a service's tasks run on, when it is not the launch type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from ecsdeploy.core.cluster import Cluster
from ecsdeploy.errors import Refused

Strategy = Iterable[Mapping[str, Any]]
SPOT = "FARGATE_SPOT"


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
    """Raise `Refused` if the cluster lacks a capacity provider that `strategy` names."""
    missing = sorted({str(item.get("capacityProvider", "")) for item in strategy} - set(cluster.capacity_providers))
    if missing:
        raise Refused(
            f"The cluster {cluster.name} has no capacity provider {', '.join(missing)}.",
            why="[service.raw] capacityProviderStrategy names it, and ECS accepts only what the cluster has.",
            fix="Run `ecsdeploy setup`, which gives the cluster FARGATE and FARGATE_SPOT, or correct the name.",
        )


def spot_share(strategy: Strategy, count: int) -> Fraction:
    """Return the part of `count` tasks that FARGATE_SPOT runs, 0 to 1, on average; 0 for the launch type.

    The base comes first and the rest goes by weight, of which one provider alone needs none (ECS API,
    CapacityProviderStrategyItem).
    """
    items = list(strategy)
    on_spot = [item for item in items if item["capacityProvider"] == SPOT]
    weights = _sum(items, "weight")
    by_weight = Fraction(_sum(on_spot, "weight"), weights) if weights else Fraction(bool(items) and on_spot == items)
    if not count:
        return by_weight
    first, first_on_spot = min(count, _sum(items, "base")), min(count, _sum(on_spot, "base"))
    return (first_on_spot + (count - first) * by_weight) / count


def _sum(strategy: Strategy, key: str) -> int:
    return sum(int(item.get(key, 0)) for item in strategy)
