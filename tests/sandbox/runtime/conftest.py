from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from docker import APIClient

from ecsdeploy.sandbox.runtime.base import SecretError, StartTask, TaskSpec
from ecsdeploy.sandbox.runtime.docker import DockerRuntime
from ecsdeploy.sandbox.runtime.engine import connect
from ecsdeploy.sandbox.settings import Settings
from tests.sandbox.runtime.tiny_registry import TinyRegistry, busybox_layer, pause_layer
from tests.sandbox.runtime.witnesses import Recorder, Sink, WeakRole


@dataclass
class Stage:
    """A Docker runtime, those who watch it, and the images that its tasks run."""

    settings: Settings
    runtime: DockerRuntime
    recorder: Recorder
    role: WeakRole
    sink: Sink
    registry: TinyRegistry
    client: APIClient
    busybox: str
    bare: str
    """An image of one program that ignores every signal but SIGKILL: no shell, nothing else."""

    def start(self, *specs: TaskSpec) -> None:
        for spec in specs:
            self.runtime.execute(StartTask(spec))


def secret(reference: str) -> str:
    if reference == "/hello/token":
        return "s3cret"
    raise SecretError(
        "execution resource retrieval failed: unable to retrieve secrets from ssm: "
        f"service call has been retried 1 time(s): invalid ssm parameters: {reference}"
    )


@pytest.fixture
def registry() -> Iterator[TinyRegistry]:
    registry = TinyRegistry(credentials=("AWS", "password"))
    yield registry
    registry.close()


@pytest.fixture
def client() -> Iterator[APIClient]:
    client = connect()
    yield client
    client.close()


@pytest.fixture
def stage(registry: TinyRegistry, client: APIClient, tmp_path: Path) -> Iterator[Stage]:
    settings = Settings(name=f"test-{uuid.uuid4().hex[:8]}", home=tmp_path, port=int(registry.host.partition(":")[2]))
    recorder, role, sink = Recorder(), WeakRole(), Sink("/ecs/test")
    runtime = DockerRuntime(
        settings,
        recorder,
        logs=sink,
        resolve_secret=secret,
        registry_auth=lambda image: {"username": "AWS", "password": "password"},
        digest_of=lambda image: None,
        role=role,
    )
    busybox = registry.add("busybox", busybox_layer(), Env=["PATH=/bin"])
    bare = registry.add("bare", pause_layer(), Entrypoint=["/pause"])
    yield Stage(settings, runtime, recorder, role, sink, registry, client, busybox, bare)
    runtime.close()


@pytest.fixture
def remains(client: APIClient) -> Callable[[str], list[str]]:
    """What is left in the Engine of the sandbox of that name."""

    def look(name: str) -> list[str]:
        filters = {"label": f"ecsdeploy.sandbox={name}"}
        return [
            *[found["Id"] for found in client.containers(all=True, filters=filters)],
            *[found["Name"] for found in client.networks(filters=filters)],
            *[found["Name"] for found in client.volumes(filters=filters)["Volumes"] or []],
            *[found["Id"] for found in client.images(filters=filters)],
        ]

    return look
