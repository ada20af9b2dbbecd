"""Builds the image with the best builder on this machine, and identifies it by its id."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass

from ecsdeploy.asked import ask
from ecsdeploy.errors import Failed
from ecsdeploy.events import BuildLine
from ecsdeploy.image import buildkit, classic
from ecsdeploy.image.buildkit import DockerCli
from ecsdeploy.image.engine import Engine, connect
from ecsdeploy.image.request import BuildRequest


@dataclass(frozen=True)
class LocalImage:
    """An image in the Engine: `id` never moves, the tag that it was built under can. `size` is in bytes."""

    id: str
    size: int


@dataclass(frozen=True)
class Docker:
    """An Engine that answered, and the docker CLI that builds on it with BuildKit; without one, the Engine builds."""

    engine: Engine
    cli: DockerCli | None


def find_docker(env: Mapping[str, str], engine_of: Callable[[Mapping[str, str]], Engine] = connect) -> Docker:
    """Return what builds images here. Raises `Refused` if no Engine answers."""
    engine = ask(lambda: engine_of(env))
    cli = buildkit.find_cli(env, engine)
    return Docker(engine(), cli)


def build(request: BuildRequest, docker: Docker, env: Mapping[str, str]) -> Generator[BuildLine, None, LocalImage]:
    """Build `request`, yielding what the builder prints. Raises `Failed`, `Refused`."""
    if docker.cli is None:
        built = yield from classic.build(request, docker.engine)
    else:
        built = yield from buildkit.build(docker.cli, request, docker.engine, env)
    return _checked(built, request, docker.engine)


def _checked(built: str, request: BuildRequest, engine: Engine) -> LocalImage:
    """Return the image if the Engine has it and Fargate could run it.

    A containerd image store may have a different id than the builder printed; then its new tag names it.
    """
    found = engine.image(built) or engine.image(request.name)
    if found is None:
        raise Failed(
            "The image was built, but the Docker Engine does not have it.",
            why=f"{engine.host} does not have {built}: the docker CLI seems to build on another engine.",
            fix="Point `docker context` and DOCKER_HOST at the same engine, then run the same command.",
        )
    platform = f"{found['Os']}/{found['Architecture']}"
    if platform != request.platform:
        raise Failed(
            f"The image is for {platform}, the task runs on {request.platform}.",
            why="The base image that this machine has is for another platform, and this builder used it anyway.",
            fix=f"Pull it for the right one (`docker pull --platform {request.platform} ...`), "
            "or change `architecture` in [task]. Nothing was pushed.",
        )
    return LocalImage(id=str(found["Id"]), size=int(found.get("Size", 0)))
