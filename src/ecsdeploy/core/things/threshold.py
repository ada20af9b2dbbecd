"""How many tasks may fail before the circuit breaker of ECS ends a deployment, so that it agrees with `give_up_after`.

By itself ECS waits for half of the desired count, at least 3 failures and at most 200 (Developer Guide, "How the Amazon
ECS deployment circuit breaker detects failures"). That fits a deployment of several tasks: those that start together
may fail together in one bad moment. A single task fails one start after the other, each after a longer wait: there the
second failure in a row says what the third would. `give_up_after` is never undercut. A breaker that does not roll back
comes after it: it would end what we are about to roll back.

A threshold is set with the deployment that it is for, and is no difference by itself: the count may change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecsdeploy.changes import Change
from ecsdeploy.config.deployment import Deployment

CONFIGURATION, BREAKER, THRESHOLD = "deploymentConfiguration", "deploymentCircuitBreaker", "thresholdConfiguration"
OWN_RULE: Mapping[str, object] = {"type": "BOUNDED_PERCENT", "value": 50}
"""What ECS does unless told otherwise (API reference, ThresholdConfiguration)."""
SINGLE = 2
"""How often a single task may fail: once may be bad luck."""


@dataclass(frozen=True)
class Threshold:
    """The threshold that a deployment gets: the `configuration` with it, and the change."""

    configuration: Mapping[str, Any]
    change: Change


def fitting(deployment: Deployment, count: int, *, rollback: bool = True) -> Mapping[str, object]:
    """Return the thresholdConfiguration for a deployment of `count` tasks; `rollback` is what the breaker does."""
    own = min(max(-(-count // 2), 3), 200)
    ours = deployment.give_up_after if rollback else deployment.give_up_after + 1
    fits = max(ours, SINGLE if count == 1 else own)
    return OWN_RULE if fits == own or not deployment.give_up else {"type": "COUNT", "value": fits}


def threshold(
    deployment: Deployment,
    count: int,
    configured: Mapping[str, Any],
    shown: Mapping[str, Any] | None,
    *,
    settings: bool,
) -> Threshold | None:
    """Return what to set for a deployment of `count` tasks; None if nothing, or if the config has its own threshold.

    `configured` is the deploymentConfiguration that the config asks for, `shown` the one that the service has, None
    for a new one. Without `settings` only a threshold that was set before is replaced.
    """
    breaker = configured.get(BREAKER) or {}
    if not breaker.get("enable") or THRESHOLD in breaker:
        return None
    before = (shown or {}).get(BREAKER) or {}
    if not settings and not (before.get("enable") and before.get(THRESHOLD)):
        return None
    kept = configured if settings else shown or {}
    rule = fitting(deployment, count, rollback=bool(kept[BREAKER].get("rollback")))
    now = before.get(THRESHOLD) or OWN_RULE
    if all(now.get(key) == value for key, value in rule.items()):
        return None
    change = Change(f"{CONFIGURATION}.{BREAKER}.{THRESHOLD}", _words(now), _words(rule))
    return Threshold({**kept, BREAKER: {**kept[BREAKER], THRESHOLD: dict(rule)}}, change)


def _words(rule: Mapping[str, object]) -> str:
    return f"{rule.get('type')} {rule.get('value')}"
