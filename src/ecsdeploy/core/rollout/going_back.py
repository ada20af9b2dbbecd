"""What a service goes back to, and whether that serves again."""

from __future__ import annotations

from math import ceil
from typing import Any

from ecsdeploy.core.rollout.attention import is_explained
from ecsdeploy.core.rollout.seen import Seen
from ecsdeploy.core.service import Deployment
from ecsdeploy.core.task_definition import short_name

LISTED_SECONDS = 4.0
"""How long a newer deployment that replaced ours may take to be listed."""


def back_to(seen: Seen) -> str | None:
    """Return the task definition that still serves; None if the service never had another."""
    others = [each for each in _others(seen) if each.task_definition]
    if others:
        return max(others, key=lambda each: each.running).task_definition
    now = seen.deployment
    return "" if seen.service is None or now.source_revisions or now.rollback_revision else None


def has_gone_back(seen: Seen) -> bool:
    """Return whether ECS has accepted the rollback, and the old tasks are seen to serve."""
    if not (seen.rolls_back and (seen.leaves_a_rollback or seen.is_replaced)):
        return False
    if seen.turns.asked_to_stop or seen.service is None or not is_explained(seen):
        return False
    ended = seen.deployment.status == "STOPPED" and not seen.is_replaced
    if ended and (seen.newer is not None or may_be_replaced(seen)):
        return False
    tried = seen.stop.at if seen.stop is not None else 0.0
    since = tried if seen.turns.rolling_back is None else seen.turns.rolling_back
    return seen.asked.shown >= since and sum(each.running for each in _others(seen)) >= _enough(seen)


def serves(seen: Seen) -> str:
    """Return what serves, and how many of its tasks run."""
    serving, service = max(_others(seen), key=lambda each: each.running), seen.service
    desired = service.desired if service is not None else serving.desired
    return f"{short_name(serving.task_definition)}, {serving.running} of {desired} tasks run"


def _others(seen: Seen) -> list[Deployment]:
    """Return the service's other deployments: what it would go back to is among them."""
    of_service = seen.service.deployments if seen.service is not None else ()
    if seen.aim.started_by:
        return [each for each in of_service if each.id != seen.aim.started_by]
    return [each for each in of_service if each.task_definition != seen.aim.task_definition]


def _enough(seen: Seen) -> int:
    """Return how many tasks have to run: as many as the service says at least, and one in any case.

    All of them, if it is waited until the rollback is over.
    """
    service = seen.service
    if service is None or not seen.leaves_a_rollback:
        return service.desired if service is not None else 1
    rules: Any = service.raw.get("deploymentConfiguration") or {}
    percent = rules.get("minimumHealthyPercent")
    return max(1, ceil(service.desired * (100 if percent is None else percent) / 100))


def may_be_replaced(seen: Seen) -> bool:
    """Return whether what replaced ours may not be listed yet; not if ours failed, or was asked to stop."""
    now = seen.deployment
    explained = seen.turns.asked_to_stop or seen.is_replaced or (now.threshold and now.failures >= now.threshold)
    return not explained and seen.at - (seen.turns.stopped or 0.0) < LISTED_SECONDS
