"""A one-off task: one command in the app's own container, beside the service, run to its end.

Sources: ECS API, RunTask, TaskOverride, Task. The command replaces the image's `CMD`; nothing replaces its entry point.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecsdeploy.core.service import Service
from ecsdeploy.core.service_settings import CAPACITY
from ecsdeploy.core.task import Container, Task
from ecsdeploy.errors import UsageError

LAUNCH_TYPE = "launchType"
PLACEMENT = (CAPACITY, LAUNCH_TYPE, "networkConfiguration", "platformVersion")
"""Parameters of RunTask that a service has too: where its tasks run."""
MOST = 8192
"""How many characters `overrides` may have, those of JSON included (ECS API, RunTask)."""
RUN_BY = "ecsdeploy/run"
"""What started the task, as its `startedBy` says: at most 128 letters, digits, `-`, `_` and `/`."""


@dataclass(frozen=True)
class Ending:
    """How the container ended: its exit code, None if it never ran; `stop_code` and `reason` are ECS's."""

    exit_code: int | None
    stop_code: str
    reason: str

    @property
    def succeeded(self) -> bool:
        """Return whether the command came to its end by itself, and well.

        A program that is stopped may end with exit code 0 too.
        """
        return self.exit_code == 0 and self.stop_code in ("EssentialContainerExited", "")

    @property
    def stopped_by_others(self) -> bool:
        """Return whether something else than the program's own end stopped the task."""
        return self.stop_code not in ("EssentialContainerExited", "")


def in_words(command: Sequence[str]) -> str:
    """Return a command as it is typed into a shell."""
    return shlex.join(command)


def where_it_runs(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the placement in a service's settings, as RunTask takes it: a launch type or capacity providers."""
    found = {key: settings[key] for key in PLACEMENT if settings.get(key)}
    if CAPACITY in found:
        found.pop(LAUNCH_TYPE, None)
    elif LAUNCH_TYPE not in found:
        found[LAUNCH_TYPE] = "FARGATE"
    return found


def beside(service: Service) -> dict[str, Any]:
    """Return where the tasks of a service run."""
    return where_it_runs(service.raw)


def request(
    *,
    cluster: str,
    task_definition: object,
    container: str,
    command: Sequence[str],
    placement: Mapping[str, Any],
    started_by: str,
    tags: Mapping[str, str],
) -> dict[str, Any]:
    """Return the parameters of RunTask, without its client token. Raises `UsageError` if the command is too long."""
    overrides = {"containerOverrides": [{"name": container, "command": list(command)}]}
    _require_room(overrides)
    return {
        "cluster": cluster,
        "taskDefinition": task_definition,
        "count": 1,
        "startedBy": started_by,
        "overrides": overrides,
        "enableECSManagedTags": True,
        "tags": [{"key": key, "value": value} for key, value in tags.items()],
        **placement,
    }


def ending(task: Task, container: str) -> Ending | None:
    """Return how the container of a one-off task ended; None while it runs, or has not started.

    ECS tells exit code and stop code some 15 seconds before the task is STOPPED. One that fails to start has neither
    exit code nor anything to wait for.
    """
    own = _of(task, container)
    code = own.exit_code if own is not None else None
    stopped = task.status == "STOPPED"
    ran = code is not None and (bool(task.stop_code) or stopped)
    if not (ran or stopped or task.stop_code == "TaskFailedToStart"):
        return None
    reason = own.reason if own is not None and own.reason else task.stopped_reason
    return Ending(code, task.stop_code, reason)


def under_way(tasks: Iterable[Task], container: str) -> Task | None:
    """Return the one of several tasks of one command that makes another needless: it runs, or has ended well."""
    ends = [(task, ending(task, container)) for task in tasks]
    running = next((task for task, end in ends if end is None), None)
    return running or next((task for task, end in ends if end is not None and end.succeeded), None)


def named_revision(text: str, family: str) -> str:
    """Return the revision that `7`, `hello:7` or an ARN names. Raises `UsageError`."""
    name, _, number = text.rpartition("/")[2].rpartition(":")
    if number.isascii() and number.isdigit() and name in ("", family):
        return f"{family}:{int(number)}"
    raise UsageError(
        f"--revision {text!r} is not a revision of {family}.",
        why="A revision is its number, or the family and the number.",
        fix=f"For example: --revision {family}:7",
    )


def _of(task: Task, container: str) -> Container | None:
    return next((each for each in task.containers if each.name == container), None)


def _require_room(overrides: Mapping[str, Any]) -> None:
    length = len(json.dumps(overrides, ensure_ascii=False, separators=(",", ":")))
    if length > MOST:
        raise UsageError(
            "The command is too long for ECS.",
            why=f"It makes {length:,} characters of overrides, and RunTask takes {MOST:,}.",
            fix="Put what it does into a script in the image, and run that.",
        )
