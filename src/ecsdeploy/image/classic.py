"""Builds through the Engine's API: for machines without a docker CLI that has BuildKit.

POST /build is the classic builder. It reads the context as a tar file, which is made here by the same rules that
guard it, so what was checked is what is sent.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import deque
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, Any

from ecsdeploy.errors import Failed, Refused
from ecsdeploy.events import BuildLine
from ecsdeploy.image.build_failure import SHOWN_LINES, build_failed
from ecsdeploy.image.engine import Engine
from ecsdeploy.image.request import BuildRequest


def build(request: BuildRequest, engine: Engine) -> Generator[BuildLine, None, str]:
    """Build, yielding what is printed; return the image's id. Raises `Failed`, and `Refused` for build secrets."""
    if request.secrets:
        raise Refused(
            "Build secrets need BuildKit, and no docker CLI with BuildKit was found.",
            why="The Engine's own build call has no secrets; as a build arg they would stay readable in the image.",
            fix="Install Docker's buildx plugin (Debian, Ubuntu: `docker-buildx` or `docker-buildx-plugin`).",
        )
    from docker.errors import APIError, DockerException
    from requests.exceptions import RequestException

    try:
        with tempfile.TemporaryFile() as tar:
            dockerfile = _write_context(request, tar)
            answer = engine.client.build(
                fileobj=tar,
                custom_context=True,
                dockerfile=dockerfile,
                tag=request.name,
                target=request.target,
                buildargs=dict(request.args),
                labels=dict(request.labels),
                platform=request.platform,
                rm=True,
                forcerm=True,
                decode=True,
            )
            return (yield from _follow(answer))
    except APIError as error:
        raise build_failed(str(error.explanation or error)) from error
    except (DockerException, RequestException) as error:
        raise Failed(
            "The connection to the Docker Engine broke during the build.",
            why=str(error),
            fix="Check that the engine runs (`docker info`), then run the same command. Nothing was pushed.",
        ) from error


def _follow(answer: Iterator[dict[str, Any]]) -> Generator[BuildLine, None, str]:
    image, step, last = "", "", deque[str](maxlen=SHOWN_LINES)
    for part in answer:
        if "error" in part:
            raise build_failed(_last_line(part["error"]), step=step, output=tuple(last))
        image = part.get("aux", {}).get("ID", image)
        for line in str(part.get("stream", "")).splitlines():
            if not line.strip():
                continue
            if line.startswith("Step "):
                step = line.partition(" : ")[2]
                last.clear()
            else:
                last.append(line)
            yield BuildLine(line)
    if not image:
        raise build_failed("The Engine ended the build without an image.", step=step, output=tuple(last))
    return image


def _last_line(error: str) -> str:
    return error.strip()


def _write_context(request: BuildRequest, tar: IO[bytes]) -> str:
    """Write the context as a tar file; return the Dockerfile's path in it."""
    from docker.utils.build import create_archive

    context = request.context
    paths = [path for path, _ in context.kept()]
    extra: list[tuple[str, str]] = []
    if context.dockerfile.is_relative_to(context.root):
        name = context.dockerfile.relative_to(context.root).as_posix()
        if name not in paths:
            paths.append(name)  # left out of the image by .dockerignore; the builder needs it all the same
    else:
        text = _text(context.dockerfile)
        name = f".dockerfile.{hashlib.sha256(text.encode()).hexdigest()[:12]}"
        extra = [(name, text)]
    create_archive(files=paths, root=str(context.root), fileobj=tar, extra_files=extra)
    return name


def _text(path: Path) -> str:
    return path.read_text("utf-8", errors="surrogateescape")
