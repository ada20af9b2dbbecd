"""Launch types and capacity providers: what requests ask for, and what a cluster has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecsdeploy.sandbox.ecs.api.lookup import invalid
from ecsdeploy.sandbox.ecs.records import Cluster

PROVIDERS = ("FARGATE", "FARGATE_SPOT")

Item = Mapping[str, Any]
Strategy = tuple[Item, ...]

NOT_ASSOCIATED = (
    "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the "
    "cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again."
)
SEVERAL_BASES = (
    "There are multiple capacity providers in the specified capacity provider strategy with a base value greater than "
    "zero. Only one capacity provider can have a base value greater than zero. Specify a valid capacity provider "
    "strategy and try again."
)
SEVERAL_DEFAULT_BASES = (
    "The specified capacity provider strategy contains multiple capacity providers with a base value defined. Only one "
    "capacity provider per strategy can have a base value defined."
)
NO_WEIGHT = (
    "There are no capacity providers in the capacity provider strategy with a weight value greater than zero. Specify "
    "a weight value greater than zero for at least one capacity provider and try again."
)
NO_DEFAULT_WEIGHT = (
    "There are no capacity providers with a weight value greater than zero defined in the default capacity provider "
    "strategy. At least one capacity provider must have a weight value greater than zero specified. Update the "
    "cluster's default capacity provider strategy or specify a valid capacity provider strategy and try again."
)


def read_placement(cluster: Cluster, params: Mapping[str, Any]) -> tuple[str | None, Strategy]:
    """Return launch type and capacity provider strategy of which one is set. Raises InvalidParameterException."""
    launch_type, items = params.get("launchType"), params.get("capacityProviderStrategy")
    if launch_type and items:
        raise invalid(
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again."
        )
    if launch_type == "FARGATE":
        return "FARGATE", ()
    if items:
        return None, read_strategy(cluster, items)
    if launch_type is None and cluster.strategy:
        _check_weights(cluster.strategy, NO_DEFAULT_WEIGHT)
        return None, cluster.strategy
    raise invalid("No Container Instances were found in your cluster.")


def read_strategy(cluster: Cluster, items: Sequence[Item]) -> Strategy:
    """Return a service's or a task's capacity provider strategy in full. Raises InvalidParameterException."""
    if len(items) > 20:
        raise invalid("capacityProviderStrategy can have at most 20 items.")
    full = _in_full(items)
    _check_providers(full, cluster.capacity_providers)
    _check_bases(full, SEVERAL_BASES)
    _check_weights(full, NO_WEIGHT)
    return full


def read_default_strategy(providers: Sequence[str], items: Sequence[Item]) -> Strategy:
    """Return a cluster's default strategy in full; `providers` are its own. Raises InvalidParameterException.

    It may be without a weight: only what relies on it is refused then.
    """
    for name in providers:
        _check_known(name)
    full = _in_full(items)
    _check_providers(full, providers)
    _check_bases(full, SEVERAL_DEFAULT_BASES)
    return full


def _in_full(items: Sequence[Item]) -> Strategy:
    full = tuple({"weight": 0, "base": 0, **item} for item in items)
    if any(not 0 <= item["weight"] <= 1000 or not 0 <= item["base"] <= 100_000 for item in full):
        raise invalid("Weights must be between 0 and 1000, bases between 0 and 100000.")
    return full


def _check_known(name: str) -> None:
    if name not in PROVIDERS:
        raise invalid(
            f"The specified capacity provider '{name}' was not found. Specify a valid name or ARN and try again."
        )


def _check_providers(items: Strategy, of_cluster: Sequence[str]) -> None:
    for item in items:
        _check_known(item["capacityProvider"])
        if item["capacityProvider"] not in of_cluster:
            raise invalid(NOT_ASSOCIATED)


def _check_bases(items: Strategy, words: str) -> None:
    if sum(item["base"] > 0 for item in items) > 1:
        raise invalid(words)


def _check_weights(items: Strategy, words: str) -> None:
    if items and not any(item["weight"] > 0 for item in items):
        raise invalid(words)
