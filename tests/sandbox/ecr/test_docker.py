"""The registry as a real Docker Engine and its command line see it."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import docker
import pytest
from docker.errors import APIError, NotFound

from ecsdeploy.sandbox.ecr.store import EcrStore

pytestmark = pytest.mark.docker


class Served(Protocol):
    host: str
    store: EcrStore

    def create(self, name: str, **params: Any) -> None: ...


@pytest.fixture
def engine() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    yield client
    client.close()


class Box:
    """Tiny images under names of this test's registry, removed afterwards."""

    def __init__(self, engine: docker.DockerClient, served: Served) -> None:
        self.engine = engine
        self.served = served
        self.auth = dict(zip(("username", "password"), served.store.credentials(), strict=True))
        self._made: list[str] = []

    def build(self, name: str, tag: str, *contents: bytes) -> str:
        """Make an image of one layer from some files."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for at, content in enumerate(contents or (uuid.uuid4().bytes,)):
                entry = tarfile.TarInfo(f"file{at}")
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        reference = f"{self.served.host}/{name}"
        self.engine.api.import_image_from_data(packed.getvalue(), repository=reference, tag=tag)
        self._made.append(str(self.engine.images.get(f"{reference}:{tag}").id))
        return reference

    def push(self, reference: str, tag: str) -> tuple[str | None, str | None]:
        """Return the digest that the engine reports, or the error."""
        digest = error = None
        for line in self.engine.api.push(reference, tag=tag, auth_config=self.auth, stream=True, decode=True):
            digest = line.get("aux", {}).get("Digest", digest)
            error = line.get("error", error)
        return digest, error

    def remove(self) -> None:
        for made in self._made:
            try:
                self.engine.images.remove(made, force=True)
            except NotFound:
                continue


@pytest.fixture
def box(engine: docker.DockerClient, served: Served) -> Iterator[Box]:
    box = Box(engine, served)
    yield box
    box.remove()


def test_an_image_is_pushed_and_pulled_by_digest(box: Box, served: Served) -> None:
    served.create("team/hello")
    reference = box.build("team/hello", "v1", os.urandom(3_000_000), b"small")
    digest, error = box.push(reference, "v1")
    assert error is None
    assert digest == served.store.digest_of(f"{reference}:v1")
    box.engine.images.remove(f"{reference}:v1", force=True)
    image = box.engine.images.pull(f"{reference}@{digest}", auth_config=box.auth)
    assert image.attrs["RepoDigests"] == [f"{reference}@{digest}"]
    box.engine.images.remove(str(image.id), force=True)
    with served.store.repository("team/hello") as repository:
        pushed = repository.images[str(digest)]
        assert pushed.pulled is not None
        assert repository.size(pushed) > 3_000_000


def test_the_engine_shows_what_ecr_refuses(box: Box, served: Served) -> None:
    served.create("locked", imageTagMutability="IMMUTABLE")
    reference = box.build("locked", "v1")
    assert box.push(reference, "v1")[1] is None
    box.build("locked", "v1")
    assert box.push(reference, "v1")[1] == (
        "tag invalid: The image tag 'v1' already exists in the 'locked' repository and cannot be overwritten "
        "because the tag is immutable."
    )
    missing = box.build("missing", "v1")
    assert box.push(missing, "v1")[1] == (
        "name unknown: The repository with name 'missing' does not exist in the registry with id '123456789012'"
    )
    with pytest.raises(NotFound, match=r"manifest unknown: Requested image not found"):
        box.engine.images.pull(reference, tag="none", auth_config=box.auth)
    with pytest.raises(APIError, match=r"no basic auth credentials"):
        box.engine.images.pull(reference, tag="v1", auth_config={})


def test_layers_that_are_there_are_not_pushed_again(box: Box, served: Served) -> None:
    served.create("hello")
    content = os.urandom(500_000)
    reference = box.build("hello", "v1", content)
    first, _ = box.push(reference, "v1")
    box.engine.images.get(f"{reference}:v1").tag(reference, "v2")
    lines = list(box.engine.api.push(reference, tag="v2", auth_config=box.auth, stream=True, decode=True))
    assert "Layer already exists" in [line.get("status") for line in lines]
    assert served.store.digest_of(f"{reference}:v2") == first
    box.engine.images.remove(f"{reference}:v2", force=True)


def test_the_command_line_logs_in_with_a_good_password_only(served: Served, tmp_path: Path) -> None:
    command = shutil.which("docker")
    if command is None:
        pytest.skip("no docker command line")
    user, password = served.store.credentials()

    def login(password: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [command, "--config", str(tmp_path / "config"), "login", "-u", user, "--password-stdin", served.host],
            input=password,
            capture_output=True,
            text=True,
            check=False,
        )

    assert login(password).stdout.strip().endswith("Login Succeeded")
    wrong = login("wrong")
    assert wrong.returncode == 1
    assert "400 Bad Request" in wrong.stderr
