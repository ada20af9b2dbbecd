"""A service's settings as ECS has them, compared with the config.

ECS shows a setting in one of three places: on the service, on its PRIMARY deployment, or on the service revision alone
(botocore's ecs model: Service, Deployment, ServiceRevision). It fills in what was not said, and answers lists in an
order of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.changes import Change
from ecsdeploy.core.capacity import strategy_text
from ecsdeploy.core.service import Service, ServiceRevision

CAPACITY = "capacityProviderStrategy"
IN_REVISION_ALONE = frozenset({"gatewayConnectors", "monitoring"})
"""Parameters of CreateService that neither a Service nor a Deployment has."""
ABSENT_MEANS: Mapping[str, object] = {
    "deploymentConfiguration.strategy": "ROLLING",
    "deploymentConfiguration.deploymentCircuitBreaker.resetOnHealthyTask": True,
    "platformVersion": "LATEST",
}
"""The values if ECS answers nothing (ECS API, the defaults of CreateService); switches are off, numbers 0."""


def current(service: Service, revision: ServiceRevision | None, key: str) -> Any:
    """Return a setting as ECS has it, or None."""
    if key in service.raw:
        return service.raw[key]
    shown = _on_primary(service, key)
    return shown if shown is not None or revision is None else revision.raw.get(key)


def is_hidden(service: Service, key: str) -> bool:
    """Return whether only the service revision can show this setting."""
    return key in IN_REVISION_ALONE and key not in service.raw and _on_primary(service, key) is None


def running_revision(service: Service) -> str:
    """Return the ARN of the service revision that runs; "" if ECS does not say, or several run."""
    listed: Any = service.raw.get("currentServiceRevisions", ())
    arns = [str(item["arn"]) for item in listed if item.get("arn")]
    return arns[0] if len(arns) == 1 else ""


def differences(path: str, before: Any, after: Any) -> list[Change]:
    """Return what of `after` differs in `before`: what ECS adds is not a difference."""
    if path == CAPACITY:
        before, after = strategy_text(before or ()), strategy_text(after)
    if isinstance(after, Mapping) and isinstance(before, Mapping | None):
        found = before or {}
        return [c for key, value in after.items() for c in differences(f"{path}.{key}", found.get(key), value)]
    if isinstance(after, list) and isinstance(before, list) and all(isinstance(i, str) for i in after + before):
        return [] if sorted(after) == sorted(before) else [Change(path, in_words(before), in_words(after))]
    if _are_tables(before) and _are_tables(after) and len(before) == len(after):
        return _between_tables(path, before, after)
    if before is None and (not after or ABSENT_MEANS.get(path) == after):
        return []
    return [] if before == after else [Change(path, before, after)]


def in_words(value: Any) -> Any:
    """Return a list of names as one text; anything else as it is."""
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _between_tables(path: str, before: list[Any], after: list[Any]) -> list[Change]:
    """Compare lists of tables, whose order does not matter; if they differ, in their own order."""
    rest = list(before)
    for item in after:
        twin = next((other for other in rest if not differences(path, other, item)), None)
        if twin is None:
            pairs = enumerate(zip(before, after, strict=True))
            return [c for number, (old, new) in pairs for c in differences(f"{path}.{number}", old, new)]
        rest.remove(twin)
    return []


def _on_primary(service: Service, key: str) -> Any:
    """Return a setting as the PRIMARY deployment has it: Service Connect, volumes and VPC Lattice are there."""
    deployments: Any = service.raw.get("deployments", ())
    return next((item.get(key) for item in deployments if item.get("status") == "PRIMARY"), None)


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)
