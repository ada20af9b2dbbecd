"""The engine with its own thread, on the machine's clock."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from ecsdeploy.sandbox.clock import SystemClock
from ecsdeploy.sandbox.ecs.api import operations
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.runtime.base import (
    Command,
    ContainerStarted,
    ContainerStopped,
    Observe,
    ReleaseTask,
    StartTask,
    StopTask,
    TaskReleased,
    TaskStopped,
)
from ecsdeploy.sandbox.settings import Settings
from tests.sandbox.ecs.small_ecs import CALLER, NoFaults, definition, network


class AtOnce:
    """A runtime in which everything happens at once; `reached` tells how many tasks have been started."""

    def __init__(self, observe: Observe) -> None:
        self._observe = observe
        self._started = 0
        self.reached = {number: threading.Event() for number in range(1, 9)}
        self.closed = False

    def execute(self, command: Command) -> None:
        match command:
            case StartTask(spec):
                self._observe(ContainerStarted(spec.arn, "web", 0.0))
                self._started += 1
                self.reached[self._started].set()
            case StopTask(arn):
                self._observe(ContainerStopped(arn, "web", 143, None, 0.0))
                self._observe(TaskStopped(arn, 0.0))
            case ReleaseTask(arn):
                self._observe(TaskReleased(arn, 0.0))

    def resolve_image(self, image: str) -> str | None:
        raise RuntimeError("no registry")

    def close(self) -> None:
        self.closed = True


def test_the_thread_starts_and_replaces_tasks_until_it_is_stopped() -> None:
    made: list[AtOnce] = []

    def runtime(observe: Observe) -> AtOnce:
        made.append(AtOnce(observe))
        return made[0]

    engine = EcsEngine(
        Settings(name="thread", home=Path("nowhere"), speed=1000),
        SystemClock(),
        runtime,
        NoFaults(),
        lambda image: None,
    )
    table = operations(engine)

    def call(operation: str, **params: Any) -> Any:
        return table[operation](params, CALLER)

    engine.start()
    try:
        call("CreateCluster", clusterName="c")
        call("RegisterTaskDefinition", **definition("web", [{"name": "web", "image": "app:1"}]))
        call(
            "CreateService",
            cluster="c",
            serviceName="s",
            taskDefinition="web",
            desiredCount=2,
            launchType="FARGATE",
            networkConfiguration=network(),
        )
        assert made[0].reached[2].wait(20)
        task = call("ListTasks", cluster="c")["taskArns"][0]
        call("StopTask", cluster="c", task=task)
        assert made[0].reached[3].wait(20)
    finally:
        engine.stop()
    assert made[0].closed


def test_a_change_that_is_refused_leaves_the_world_as_it_was() -> None:
    engine = EcsEngine(Settings(name="x", home=Path("nowhere")), SystemClock(), AtOnce, NoFaults(), lambda image: None)
    before = engine.world

    def refuse(draft: object) -> None:
        raise KeyError("no")

    with pytest.raises(KeyError):
        engine.change(refuse)
    assert engine.world is before
    engine.change(lambda draft: None)
