"""Who listens to a runtime in tests: what it observed, what it logged."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ecsdeploy.sandbox.runtime.backend import Refused
from ecsdeploy.sandbox.runtime.base import (
    ContainerStarted,
    ContainerStopped,
    HealthChanged,
    Observation,
    TaskFailed,
    TaskReleased,
    TaskSpec,
    TaskStopped,
)

PATIENCE = 60.0


class Recorder:
    """Keeps observations; waits for the one that a test is about."""

    def __init__(self) -> None:
        self.all: list[Observation] = []
        self._changed = threading.Condition()

    def __call__(self, observation: Observation) -> None:
        with self._changed:
            self.all.append(observation)
            self._changed.notify_all()

    def wait(self, what: Callable[[list[Observation]], bool]) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: what(self.all), PATIENCE):
                raise AssertionError("it did not happen; what did:\n" + "\n".join(map(str, self.all)))

    def wait_for(self, kind: type[Observation], arn: str, container: str | None = None) -> Any:
        """Return the first observation of that kind for the task (and container)."""

        def found(everything: list[Observation]) -> list[Observation]:
            return [
                o
                for o in everything
                if isinstance(o, kind) and o.arn == arn and getattr(o, "container", container) == container
            ]

        self.wait(lambda everything: bool(found(everything)))
        return found(self.all)[0]

    def story(self, arn: str) -> list[str]:
        """Return a task's observations in order, without times."""
        return [_line(o) for o in self.all if o.arn == arn]


def _line(observation: Observation) -> str:
    name = type(observation).__name__
    match observation:
        case ContainerStopped(container=container, exit_code=code, reason=reason):
            return f"{name} {container} {code} {reason}"
        case HealthChanged(container=container, status=status):
            return f"{name} {container} {status}"
        case TaskFailed(reason=reason):
            return f"{name} {reason}"
        case _:
            of = getattr(observation, "container", None)
            return f"{name} {of}" if of else name


class WeakRole:
    """An execution role that may do everything but what is asked at the stage `lacks`."""

    def __init__(self) -> None:
        self.lacks = ""

    def before_pull(self, spec: TaskSpec) -> None:
        self._refuse("before the pull")

    def at_pull(self, spec: TaskSpec) -> None:
        self._refuse("at the pull")

    def after_pull(self, spec: TaskSpec) -> None:
        self._refuse("after the pull")

    def _refuse(self, stage: str) -> None:
        if stage == self.lacks:
            raise Refused(f"the role may not, {stage}")


REFUSALS = {
    "before the pull": ["TaskFailed the role may not, before the pull", "TaskStopped"],
    "at the pull": ["PullStarted", "PullStopped", "TaskFailed the role may not, at the pull", "TaskStopped"],
    "after the pull": ["PullStarted", "PullStopped", "TaskFailed the role may not, after the pull", "TaskStopped"],
}
"""Where the role of a task is weak, and the task's story."""


class Sink:
    """A log store of nothing but lists."""

    def __init__(self, *groups: str) -> None:
        self.groups = set(groups)
        self.streams: dict[tuple[str, str], list[tuple[int, str]]] = {}
        self.largest_batch = 0
        self.slowness = 0.0

    def ensure_stream(self, group: str, stream: str, *, create_group: bool) -> None:
        if group not in self.groups and not create_group:
            raise LookupError(group)
        self.groups.add(group)
        self.streams.setdefault((group, stream), [])

    def put(self, group: str, stream: str, events: list[tuple[int, str]]) -> None:
        threading.Event().wait(self.slowness)
        self.largest_batch = max(self.largest_batch, len(events))
        self.streams[group, stream] += events

    def lines(self, spec: TaskSpec, container: str = "app") -> list[str]:
        return [message for _, message in self.streams.get(("/ecs/test", f"ecs/{container}/{spec.id}"), [])]


LOGS: dict[str, Any] = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "/ecs/test", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs"},
}


def container(image: str, *command: str, name: str = "app", **fields: Any) -> dict[str, Any]:
    definition: dict[str, Any] = {"name": name, "image": image, "logConfiguration": LOGS, **fields}
    if command:
        definition["command"] = list(command)
    return definition


def task(*containers: Mapping[str, Any], **fields: Any) -> TaskSpec:
    number = uuid.uuid4().hex
    values: dict[str, Any] = {
        "arn": f"arn:aws:ecs:us-east-1:123456789012:task/test/{number}",
        "id": number,
        "cluster": "test",
        "family": "hello",
        "revision": 1,
        "cpu": 256,
        "memory": 512,
        "address": f"127.64.{random.randrange(256)}.{random.randrange(1, 255)}",
        "private_address": "172.31.0.9",
        "containers": containers,
    }
    return TaskSpec(**{**values, **fields})


def ended(recorder: Recorder, spec: TaskSpec) -> list[str]:
    """Wait for the task's end and return its story."""
    recorder.wait_for(TaskStopped, spec.arn)
    return recorder.story(spec.arn)


def eventually(what: Callable[[], bool]) -> None:
    """Wait until something that nobody tells of is true."""
    deadline = time.monotonic() + PATIENCE
    waiting = threading.Event()
    while not what():
        assert time.monotonic() < deadline
        waiting.wait(0.05)


__all__ = [
    "LOGS",
    "REFUSALS",
    "ContainerStarted",
    "ContainerStopped",
    "HealthChanged",
    "Recorder",
    "Sink",
    "TaskReleased",
    "TaskStopped",
    "WeakRole",
    "container",
    "ended",
    "eventually",
    "task",
]
