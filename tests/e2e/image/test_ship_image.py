"""What happens when somebody else pushes the same commit at the same time."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ecsdeploy.aws.ecr_images import EcrImages
from ecsdeploy.aws.session import Aws
from ecsdeploy.changes import Resource
from ecsdeploy.config.load import load
from ecsdeploy.core.image import Image, RegistryLogin
from ecsdeploy.errors import EcsdeployError, Failed
from ecsdeploy.events import Event, Warn
from ecsdeploy.image.engine import Engine, connect
from ecsdeploy.runtime import Options, Run
from ecsdeploy.workflow.ship_image import ship_image
from ecsdeploy.workflow.shipped import Shipped
from ecsdeploy.workflow.source import BuildOptions
from tests.support.clocks import FakeClock
from tests.support.world import World, git, open_world

pytestmark = pytest.mark.docker


@dataclass
class Reports:
    """Keeps what is reported."""

    events: list[Event] = field(default_factory=list)

    def __call__(self, *events: Event) -> None:
        self.events += events

    def error(self, error: EcsdeployError) -> None:
        raise error

    def ask(self, question: str, expects: str = "") -> bool | None:
        return None

    def close(self) -> None:
        pass


@dataclass
class Late:
    """The repository, as somebody sees it who looks just before another one pushes, or as one that loses images."""

    images: EcrImages
    looks_in_vain: int = 1
    looked: int = 0

    @property
    def uri(self) -> str:
        return self.images.uri

    def find(self, tag_or_digest: str) -> Image | None:
        self.looked += 1
        return None if self.looked <= self.looks_in_vain else self.images.find(tag_or_digest)

    def login(self) -> RegistryLogin:
        return self.images.login()


@pytest.fixture(name="world")
def _world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with open_world(tmp_path) as world:
        for name, value in world.env.items():
            monkeypatch.setenv(name, value)
        (world.project / "stamp").write_text(uuid.uuid4().hex)
        (world.project / "Dockerfile").write_text("FROM scratch\nCOPY stamp /\n")
        yield world


@pytest.fixture(name="engine")
def _engine(world: World) -> Iterator[Engine]:
    found = connect(os.environ)
    yield found
    for image in found.client.images(name="hello"):
        if any(tag == f"hello:{git(world.project, 'rev-parse', 'HEAD').strip()}" for tag in image["RepoTags"] or ()):
            found.client.remove_image(image["Id"], force=True)
    found.client.close()


def ship(world: World, engine: Engine, *, looks_in_vain: int = 0) -> tuple[Shipped, list[Event]]:
    report = Reports()
    aws = Aws("us-east-1")
    run = Run(
        loaded=load(world.project / "ecsdeploy.toml"),
        aws=aws,
        report=report,
        clock=FakeClock(),
        environ=os.environ,
        options=Options(),
    )
    images = EcrImages(aws, "hello")

    def engine_of(_env: Mapping[str, str]) -> Engine:
        return engine

    repository = Late(images, looks_in_vain)
    shipped = ship_image(run, run.target, BuildOptions(), repository=repository, engine=engine_of)
    return shipped, report.events


def test_the_image_of_who_was_first_is_used(world: World, engine: Engine) -> None:
    commit = world.commit("change")
    theirs = world.push_image(commit)

    shipped, events = ship(world, engine, looks_in_vain=1)

    assert shipped.image.digest == theirs
    assert events[-1] == Warn(f"Somebody pushed {commit} meanwhile: that image is used, not the one just built.")


def test_the_digest_is_the_one_that_ecr_has(world: World, engine: Engine) -> None:
    commit = world.commit("change")
    world.push_image("another")

    shipped, events = ship(world, engine)

    details = world.client("ecr").describe_images(repositoryName="hello", imageIds=[{"imageTag": commit}])
    assert shipped.image.digest == details["imageDetails"][0]["imageDigest"]
    assert (shipped.commit, shipped.dirty) == (commit, False)
    assert events[-1] == Resource("image", f"hello:{commit}", "created", detail=shipped.image.digest)


def test_what_was_pushed_is_looked_for_in_ecr_before_anything_is_deployed(world: World, engine: Engine) -> None:
    world.push_image("another")
    world.commit("change")

    with pytest.raises(Failed, match="The image was pushed, but ECR does not have it") as caught:
        ship(world, engine, looks_in_vain=2)

    assert "DescribeImages does not list sha256:" in caught.value.why
