"""The Engine goes away under running tasks, and comes back."""

from __future__ import annotations

import gc
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import APIClient

from ecsdeploy.sandbox.runtime.base import StartTask, StopTask
from ecsdeploy.sandbox.runtime.docker import DockerRuntime
from ecsdeploy.sandbox.runtime.engine import socket_path
from ecsdeploy.sandbox.settings import Settings
from tests.sandbox.runtime.proxy import Proxy
from tests.sandbox.runtime.tiny_registry import TinyRegistry, busybox_layer
from tests.sandbox.runtime.witnesses import ContainerStarted, Recorder, Sink, container, ended, eventually, task

pytestmark = [
    pytest.mark.docker,
    # docker-py leaves a socket that could not be connected to the garbage collector.
    pytest.mark.filterwarnings("ignore:.*unclosed <socket:pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]


class Shaky:
    def __init__(self, registry: TinyRegistry, home: Path, proxy: Proxy) -> None:
        self.proxy = proxy
        self.recorder, self.sink = Recorder(), Sink("/ecs/test")
        self.busybox = registry.add("busybox", busybox_layer(), Env=["PATH=/bin"])
        self.runtime = DockerRuntime(
            Settings(name=f"test-{uuid.uuid4().hex[:8]}", home=home, port=int(registry.host.partition(":")[2])),
            self.recorder,
            logs=self.sink,
            resolve_secret=str,
            registry_auth=lambda image: {"username": "AWS", "password": "password"},
            digest_of=lambda image: None,
        )


@pytest.fixture
def shaky(
    registry: TinyRegistry, client: APIClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shaky]:
    """After `client`, which goes straight to the Engine."""
    proxy = Proxy(tmp_path / "engine.sock", socket_path())
    monkeypatch.setenv("DOCKER_HOST", f"unix://{proxy.path}")
    shaky = Shaky(registry, tmp_path, proxy)
    yield shaky
    proxy.down()
    proxy.up()
    shaky.runtime.close()
    proxy.down()
    gc.collect()


def test_what_happened_meanwhile_is_told_afterwards_and_no_line_is_lost(shaky: Shaky, client: APIClient) -> None:
    script = "i=0; while true; do i=$((i+1)); echo $i; sleep 0.05; done"
    dying, living = (task(container(shaky.busybox, "sh", "-c", script)) for _ in range(2))
    removed = task(container(shaky.busybox, "sleep", "600"))
    for spec in (dying, living, removed):
        shaky.runtime.execute(StartTask(spec))
        shaky.recorder.wait_for(ContainerStarted, spec.arn, "app")
    eventually(lambda: len(shaky.sink.lines(living)) > 5)
    ids = {o.arn: o.runtime_id for o in shaky.recorder.all if hasattr(o, "runtime_id")}

    shaky.proxy.down()
    client.kill(ids[dying.arn])
    client.remove_container(ids[removed.arn], force=True)
    shaky.proxy.up()

    assert ended(shaky.recorder, dying)[-2:] == ["ContainerStopped app 137 None", "TaskStopped"]
    assert ended(shaky.recorder, removed)[-2] == (
        "ContainerStopped app None InternalError: the container was removed from the Docker Engine by someone else"
    )
    before = len(shaky.sink.lines(living))
    eventually(lambda: len(shaky.sink.lines(living)) > before + 5)
    for spec in (dying, living):
        lines = list(shaky.sink.lines(spec))
        assert lines == [str(number + 1) for number in range(len(lines))]
    assert not any(line.startswith("ContainerStopped") for line in shaky.recorder.story(living.arn))


def test_a_task_that_is_started_while_the_engine_is_away_fails_and_says_so(shaky: Shaky) -> None:
    shaky.proxy.down()
    spec = task(container(shaky.busybox, "true"))
    shaky.runtime.execute(StartTask(spec))
    story = ended(shaky.recorder, spec)
    assert story[-2] == "TaskFailed InternalError: the Docker Engine of this machine does not answer"
    shaky.proxy.up()


def test_a_task_that_is_stopped_while_the_engine_is_away_stops_when_it_is_back(shaky: Shaky) -> None:
    spec = task(container(shaky.busybox, "sleep", "600", stopTimeout=2))
    shaky.runtime.execute(StartTask(spec))
    shaky.recorder.wait_for(ContainerStarted, spec.arn, "app")
    shaky.proxy.down()
    shaky.runtime.execute(StopTask(spec.arn))
    shaky.proxy.up()
    assert ended(shaky.recorder, spec)[-2:] == ["ContainerStopped app 137 None", "TaskStopped"]
