"""How many tasks run, as a value: a count that is asked for, or the one before."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ecsdeploy.core.service import Service
from ecsdeploy.core.target import Target
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.policy.grants.deploying import COUNT_BEFORE

MOST = 2**31 - 1
"""What UpdateService's desiredCount can be at most: an Integer of the API."""
COUNT = re.compile(r"[0-9]{1,10}")
FALLBACK = 1


@dataclass(frozen=True)
class Restored:
    """The count to go back to, and its source."""

    count: int
    why: str


def remembered(service: Service) -> int | None:
    """Return the count before the service was scaled; None if its tag is not a count."""
    text = service.tags.get(COUNT_BEFORE, "")
    return int(text) if COUNT.fullmatch(text) and 0 < int(text) <= MOST else None


def to_count(target: Target, service: Service, count: int) -> Wanted:
    """Return what is wanted of a service that should run `count` tasks.

    The count before is stored in its tag, unless it is 0: nobody restores to 0. If the config sets
    the count, nothing is stored.
    """
    keeps = target.config.service.count is None and service.desired not in (0, count)
    return _wanted(target, count, {COUNT_BEFORE: str(service.desired)} if keeps else {})


def restored(target: Target, service: Service) -> Restored:
    """Return the count that the service had before it was scaled: the config's own, or what was remembered.

    If nothing is known, a service that runs tasks stays as it is, and one without any gets one.
    """
    configured, before = target.config.service.count, remembered(service)
    if configured is not None:
        return Restored(configured, f"the config's [service] count is {configured}")
    if before is not None:
        return Restored(before, f"before it was scaled, {service.name} ran {before}")
    if service.desired:
        return Restored(service.desired, f"no count of {service.name} is remembered, so it stays as it is")
    return Restored(FALLBACK, f"no count of {service.name} is remembered, so it gets {FALLBACK}")


def to_restored(target: Target, count: int) -> Wanted:
    """Return what is wanted of a service that goes back to `count`: nothing has to be stored then."""
    return _wanted(target, count, {COUNT_BEFORE: None})


def _wanted(target: Target, count: int, tags: dict[str, str | None]) -> Wanted:
    return Wanted(target=target, parts=("service",), settings=False, count=count, service_tags=tags)
