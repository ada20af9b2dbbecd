"""Failures on demand: what tasks of the next deployment suffer, and what API calls answer instead of the truth.

Whoever starts a deployment asks once (`take_for_deployment`) and keeps the answer for all tasks of that deployment;
the dispatcher asks once per request (`take_api`). Nothing is broken until somebody asks for it by name.
"""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

ApiFaultKind = Literal[
    "throttle", "server-error", "unavailable", "slow", "lost-answer", "drop", "expired-token", "access-denied"
]

TASK_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "crash": "the essential container exits with 1 soon after it started",
        "exit-zero": "the essential container exits with 0, which a service must never do",
        "oom": "the container is killed for using more memory than it has",
        "unhealthy": "the container's health check never passes",
        "deaf": "the program listens on 127.0.0.1 only: nobody can reach it",
        "slow-start": "the container takes a minute longer to start",
        "start-error": "the entry point does not exist in the image",
        "arch-mismatch": "the image has no variant for the task's processor architecture",
        "exec-format": "the program in the image is for another processor architecture",
        "pull-error": "the image's tag or digest is not in the repository",
        "pull-denied": "the execution role may not pull the image",
        "repository-missing": "the image's repository does not exist, or the registry wants a password",
        "pull-rate-limit": "the registry refuses the pull: too many requests",
        "network-error": "the task has no route to the registry",
        "layer-blocked": "the task reaches the registry, but not the bucket with the image's layers",
        "disk-full": "the image does not fit on the task's ephemeral storage",
        "secret-missing": "a secret that the task definition names does not exist",
        "secret-denied": "the execution role may not read a secret",
        "env-file-missing": "the file with environment variables cannot be read from S3",
        "efs-error": "the EFS file system cannot be mounted",
        "log-group-missing": "the log group does not exist",
        "logs-unreachable": "the task has no route to CloudWatch Logs",
        "role-missing": "ECS cannot assume the execution role",
        "platform-error": "Fargate itself cannot start the container",
        "no-capacity": "Fargate has no capacity at this time",
        "quota-reached": "the account runs as many vCPUs on Fargate as it may",
        "size-quota": "the task is larger than the account may run",
        "eni-error": "the network interface cannot be created",
        "spot-interruption": "running tasks are taken back, as Fargate Spot does",
        "host-failure": "the machine under running tasks fails, or is taken away for maintenance",
    }
)
"""What a task can suffer -> what happens then."""

API_FAULTS: Mapping[ApiFaultKind, str] = MappingProxyType(
    {
        "throttle": "the call is refused: rate exceeded",
        "server-error": "the call is answered with HTTP 500",
        "unavailable": "the call is answered with HTTP 503",
        "slow": "the call is answered late",
        "lost-answer": "the call is acted upon, and the connection is closed without an answer",
        "drop": "the connection is closed before the call is acted upon",
        "expired-token": "the call is refused: the security token has expired",
        "access-denied": "the call is refused: the caller is not authorized",
    }
)
"""What an API call can suffer -> what happens then."""

SCAN_FAULTS: Mapping[str, str] = MappingProxyType(
    {"vulnerable": "the scan of the image finds one vulnerability that is HIGH, and two that are MEDIUM"}
)
"""What a scan can find -> what it says then."""

SLOW_SECONDS = 5.0


class UnknownFaultError(ValueError):
    """No fault has that name, or it does not go with what else was asked; the text says which there are."""


@dataclass(frozen=True)
class ApiFault:
    """What one API call shall suffer; `seconds` is how long a slow answer is held back."""

    kind: ApiFaultKind
    seconds: float = 0.0


@dataclass(frozen=True)
class _Broken:
    name: str
    count: int | None
    tag: str | None = None
    operation: str | None = None

    def once_less(self) -> _Broken | None:
        if self.count is None:
            return self
        return _Broken(self.name, self.count - 1, self.tag, self.operation) if self.count > 1 else None


class Faults:
    """The faults that wait to happen; safe to use from any thread.

    `tags_of` tells the tags of an image reference that is pinned to a digest, so that a fault which is bound to a
    tag is found in digest-pinned task definitions too.
    """

    def __init__(self, tags_of: Callable[[str], Collection[str]] = lambda image: ()) -> None:
        self._tags_of = tags_of
        self._lock = threading.Lock()
        self._tasks: list[_Broken] = []
        self._calls: list[_Broken] = []
        self._scans: list[_Broken] = []

    def break_next_deployment(self, name: str, *, tag: str | None = None, count: int | None = None) -> None:
        """Let the tasks of the next deployment (or next `count`) suffer `name`.

        With `tag`, every deployment and every task of an image with that tag does, until healed or `count` times.
        Raises `UnknownFaultError`.
        """
        if name not in TASK_FAULTS:
            raise UnknownFaultError(_unknown(name))
        with self._lock:
            self._tasks.append(_Broken(name, count if tag or count else 1, tag))

    def break_api(self, kind: str, operation: str | None = None, count: int = 1) -> None:
        """Let the next `count` calls of `operation` suffer `kind`.

        `operation` is a name (`UpdateService`), a service with a name (`ecs:UpdateService`, `ecs:*`) or None for
        every call. Raises `UnknownFaultError`.
        """
        if kind not in API_FAULTS:
            raise UnknownFaultError(_unknown(kind))
        with self._lock:
            self._calls.append(_Broken(kind, count, operation=operation))

    def break_scan(self, name: str, *, tag: str | None = None, count: int | None = None) -> None:
        """Let the scan of the next image (or next `count`), or of every image with `tag`, find what `name` says."""
        with self._lock:
            self._scans.append(_Broken(name, count if tag or count else 1, tag))

    def take_scan(self, tags: Collection[str]) -> bool:
        """Return whether the scan of an image with these tags finds something; called once per image."""
        with self._lock:
            taken = next((each for each in self._scans if each.tag is None or each.tag in tags), None)
            self._scans = _used(self._scans, {id(taken)})
        return taken is not None

    def take_for_deployment(self, service: str, images: Sequence[str]) -> frozenset[str]:
        """Return what the tasks of a new deployment of `service` suffer; called once per deployment."""
        return self._take_tasks(images, lambda broken: broken.tag is None)

    def for_image(self, images: Sequence[str]) -> frozenset[str]:
        """Return what a task outside a service suffers for the tags of its images; called once per task."""
        return self._take_tasks(images, lambda broken: False)

    def take_api(self, service: str, operation: str) -> ApiFault | None:
        """Return what this call of `operation` suffers, the oldest request first, or None."""
        with self._lock:
            for broken in self._calls:
                if _covers(broken.operation, service, operation):
                    self._calls = _used(self._calls, {id(broken)})
                    kind = next(kind for kind in API_FAULTS if kind == broken.name)
                    return ApiFault(kind, SLOW_SECONDS if kind == "slow" else 0.0)
        return None

    def list(self) -> list[dict[str, Any]]:
        """Return what waits to happen: `fault`, and where they apply `tag`, `operation`, `left`."""
        with self._lock:
            waiting = [*self._tasks, *self._calls, *self._scans]
        return [
            {
                "fault": broken.name,
                **({"tag": broken.tag} if broken.tag else {}),
                **({"operation": broken.operation} if broken.operation else {}),
                **({"left": broken.count} if broken.count is not None else {}),
            }
            for broken in waiting
        ]

    def heal(self) -> int:
        """Forget every fault that has not happened yet; return how many there were."""
        with self._lock:
            number = len(self._tasks) + len(self._calls) + len(self._scans)
            self._tasks, self._calls, self._scans = [], [], []
        return number

    def _take_tasks(self, images: Sequence[str], unbound: Callable[[_Broken], bool]) -> frozenset[str]:
        with self._lock:
            bound = any(broken.tag for broken in self._tasks)
        # The tags are asked for outside the lock: they come from another store with a lock of its own.
        tags = {tag for image in images for tag in self._tags(image)} if bound else set()
        with self._lock:
            taken = [b for b in self._tasks if unbound(b) or (b.tag is not None and b.tag in tags)]
            self._tasks = _used(self._tasks, {id(broken) for broken in taken})
        return frozenset(broken.name for broken in taken)

    def _tags(self, image: str) -> set[str]:
        name = image.partition("@")[0]
        _, separator, tag = name.rpartition(":")
        return {*self._tags_of(image), *([tag] if separator and "/" not in tag else [])}


def _used(waiting: Sequence[_Broken], taken: Collection[int]) -> list[_Broken]:
    left = [broken.once_less() if id(broken) in taken else broken for broken in waiting]
    return [broken for broken in left if broken is not None]


def _covers(wanted: str | None, service: str, operation: str) -> bool:
    if wanted is None or wanted == "*":
        return True
    prefix, separator, name = wanted.rpartition(":")
    return (not separator or prefix == service) and name in ("*", operation)


def _unknown(name: str) -> str:
    known = [*TASK_FAULTS, *API_FAULTS, *SCAN_FAULTS]
    near = difflib.get_close_matches(name, known, n=1)
    return f"no fault is called {name!r}; " + (
        f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
    )
