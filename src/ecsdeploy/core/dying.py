"""Whether the tasks of a deployment that succeeded keep ending: the circuit breaker does not look any more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from ecsdeploy.core.diagnose import failures
from ecsdeploy.core.service import Service
from ecsdeploy.core.task import Task

OFTEN = 2
"""One task may end for a reason of its own; as long as all run, it takes two to say that the revision is broken."""
_STARTED = re.compile(r"has started \d+ tasks?\b")


def restarted(service: Service, since: datetime | None) -> bool:
    """Return whether ECS has started tasks after `since`, as the service's events say: then tasks may have ended."""
    return since is not None and any(event.at > since and _STARTED.search(event.message) for event in service.events)


def failed_since(stopped: Iterable[Task], task_definition: str, since: datetime) -> list[Task]:
    """Return the revision's tasks that failed after `since`, newest first."""
    return [
        task
        for task in failures(stopped)
        if task.task_definition == task_definition and (ended := task.stopped_at or task.stopping_at) and ended > since
    ]


def is_broken(service: Service, failed: Sequence[Task]) -> bool:
    """Return whether the tasks that failed prove that the revision of `service` is broken."""
    return len(failed) >= OFTEN or (bool(failed) and service.running < service.desired)
