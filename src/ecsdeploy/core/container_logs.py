"""Where each container's log goes, as its task definition says: only what awslogs sends can be read afterwards.

Source: ECS API, LogConfiguration (`awslogs-group`, `awslogs-region`, `awslogs-stream-prefix`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ecsdeploy.config.names import Names
from ecsdeploy.config.raw import merge
from ecsdeploy.core.target import Target

AWSLOGS = "awslogs"
CONTAINERS = "containerDefinitions"
HOW_TO_HAVE_GROUP = 'Create it, or set awslogs-create-group = "true" beside its name.'
"""What to do about a log group that [task.raw] names and that is missing."""

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
"""What the driver takes for true (moby, daemon/logger/awslogs, which asks Go's strconv.ParseBool)."""


@dataclass(frozen=True)
class ContainerLog:
    """Where one container logs. With another driver than awslogs, the rest means nothing.

    `creates`: ECS makes the group if it is missing.
    """

    container: str
    driver: str
    group: str = ""
    region: str = ""
    prefix: str = ""
    creates: bool = False

    @property
    def in_cloudwatch(self) -> bool:
        """Return whether CloudWatch Logs has it."""
        return self.driver == AWSLOGS and bool(self.group and self.prefix)

    @property
    def instead(self) -> str:
        """Return in words where it goes if CloudWatch Logs does not have it."""
        goes = "has no log" if not self.driver or self.driver == AWSLOGS else f"logs to {self.driver}"
        return f"{self.container} {goes}: there is nothing of it to read in CloudWatch Logs"

    def stream(self, task: str) -> str:
        """Return the log stream of a task's container; `task` is the task's id."""
        return f"{self.prefix}/{self.container}/{task}"


@dataclass(frozen=True)
class Streams:
    """Streams of one log group whose names begin alike. `containers` are those to show, none named: all."""

    region: str
    group: str
    prefix: str
    containers: frozenset[str] = frozenset()


def with_log(container: Mapping[str, Any], names: Names, region: str) -> dict[str, Any]:
    """Return a container definition, logging where the service's own container does unless it says otherwise.

    A log that is not kept cannot explain a failure.
    """
    logs = {
        "logDriver": AWSLOGS,
        "options": {
            "awslogs-group": names.log_group,
            "awslogs-region": region,
            "awslogs-stream-prefix": names.container,
        },
    }
    own = container.get("logConfiguration", {})
    elsewhere = own.get("logDriver", AWSLOGS) != AWSLOGS
    return {**container, "logConfiguration": own if elsewhere else merge(logs, own)}


def configured(target: Target) -> dict[str, ContainerLog]:
    """Return where each container logs once the config is deployed, by its name."""
    own = {CONTAINERS: [{"name": target.names.container}]}
    merged = merge(own, {CONTAINERS: target.config.task.raw.get(CONTAINERS, [])})
    return logs_of({CONTAINERS: [with_log(each, target.names, target.region) for each in merged[CONTAINERS]]})


def logs_of(definition: Mapping[str, Any]) -> dict[str, ContainerLog]:
    """Return where each container of a task definition logs, by its name."""
    return {each["name"]: _log(each) for each in definition.get(CONTAINERS, [])}


def creates_group(options: Mapping[str, Any]) -> bool:
    """Return whether these options of awslogs have ECS make the log group if it is missing."""
    return str(options.get("awslogs-create-group", "")) in _TRUE


def needed_groups(target: Target) -> set[tuple[str, str]]:
    """Return (Region, log group) of the groups that must be there before a task starts, besides the app's own."""
    logs = configured(target).values()
    needed = {(log.region, log.group) for log in logs if log.in_cloudwatch and not log.creates}
    return needed - {(target.region, target.names.log_group)}


def streams_of(logs: Iterable[ContainerLog], *, container: str = "", task: str = "", own: str = "") -> list[Streams]:
    """Return which streams to read, at most one entry for each group and prefix.

    `container` and `task` (an id or its beginning) narrow that. `own` is the app's own log group: there, what begins
    with the prefix is the service's, also containers that the config does not name any more.
    """
    places: dict[tuple[str, str, str], list[str]] = {}
    for log in logs:
        if log.in_cloudwatch:
            places.setdefault((log.region, log.group, log.prefix), []).append(log.container)
    known = any(container in containers for containers in places.values())
    found = []
    for (region, group, prefix), containers in places.items():
        if known and container not in containers:
            continue
        only = container or (containers[0] if len(containers) == 1 else "")
        # The task comes after the container, so it can narrow the prefix only if that is known.
        begins = f"{prefix}/{only}/{task}" if only else f"{prefix}/"
        shown = frozenset() if group == own else frozenset([only] if only else containers)
        found.append(Streams(region, group, begins, shown))
    return found


def _log(container: Mapping[str, Any]) -> ContainerLog:
    logging = container.get("logConfiguration") or {}
    options = logging.get("options") or {}
    return ContainerLog(
        container=container["name"],
        driver=str(logging.get("logDriver", "")),
        group=str(options.get("awslogs-group", "")),
        region=str(options.get("awslogs-region", "")),
        prefix=str(options.get("awslogs-stream-prefix", "")),
        creates=creates_group(options),
    )
