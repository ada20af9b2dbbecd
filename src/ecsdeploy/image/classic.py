"""Builds through the Engine's API: for machines without a docker CLI that has BuildKit.

POST /build is the classic builder. It reads the context as a tar file, which is made here by the same rules that
check it, so what was checked is what is sent.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import warnings
from collections import deque
from collections.abc import Generator, Iterator, Mapping
from typing import IO, Any

from ecsdeploy.errors import Failed, Refused
from ecsdeploy.events import BuildLine
from ecsdeploy.image.build_failure import SHOWN_LINES, build_failed
from ecsdeploy.image.engine import Engine
from ecsdeploy.image.ignore import ignore_file
from ecsdeploy.image.request import BuildRequest

_RED = re.compile(r"\x1b\[(?:91|0)m")
_BOOKKEEPING = (" ---> ", "Removing intermediate container ")


def build(request: BuildRequest, engine: Engine) -> Generator[BuildLine, None, str]:
    """Build, yielding what is printed; return the image's id. Raises `Failed`, and `Refused` for build secrets."""
    if request.secrets:
        raise Refused(
            "Build secrets need BuildKit, and no docker CLI with BuildKit was found.",
            why="The Engine's own build call has no secrets; as a build arg they would stay readable in the image.",
            fix="Install Docker's buildx plugin (Debian, Ubuntu: `docker-buildx` or `docker-buildx-plugin`).",
        )
    from docker.credentials.errors import StoreError
    from docker.errors import APIError, DockerException
    from requests.exceptions import RequestException

    try:
        with tempfile.TemporaryFile() as tar:
            answer = _started(request, engine, tar, _write_context(request, tar))
            return (yield from _follow(answer, engine.env))
    except APIError as error:
        raise build_failed(str(error.explanation or error), env=engine.env) from error
    except StoreError as error:
        raise build_failed(f"error getting credentials: {error}", env=engine.env) from error
    except (DockerException, RequestException) as error:
        raise Failed(
            "The connection to the Docker Engine broke during the build.",
            why=str(error),
            fix="Check that the engine runs (`docker info`), then run the same command. Nothing was pushed.",
        ) from error


def _started(request: BuildRequest, engine: Engine, tar: IO[bytes], dockerfile: str) -> Iterator[dict[str, Any]]:
    """Return the answer to POST /build, as it comes."""
    with warnings.catch_warnings():
        # docker-py warns of a credential helper that is missing, and then fails for lack of it.
        warnings.filterwarnings("ignore", category=UserWarning, module=r"docker\.credentials")
        answer: Iterator[dict[str, Any]] = engine.client.build(
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
    return answer


def _follow(answer: Iterator[dict[str, Any]], env: Mapping[str, str]) -> Generator[BuildLine, None, str]:
    image, step, last = "", "", deque[str](maxlen=SHOWN_LINES)
    for part in answer:
        if "error" in part:
            deque(answer, maxlen=0)  # read to the end, or the connection stays open
            raise build_failed(str(part["error"]).strip(), env=env, step=step, output=tuple(last))
        image = part.get("aux", {}).get("ID", image)
        for line in _plain(str(part.get("stream", ""))):
            if line.startswith("Step "):
                step = line.partition(" : ")[2]
                last.clear()
            elif not line.startswith(_BOOKKEEPING):
                last.append(line)
            yield BuildLine(line)
    if not image:
        raise build_failed("The Engine ended the build without an image.", env=env, step=step, output=tuple(last))
    return image


def _plain(said: str) -> list[str]:
    """Return the lines of a piece of output, without the red that the Engine gives to standard error."""
    return [line for line in _RED.sub("", said).splitlines() if line.strip()]


def _write_context(request: BuildRequest, tar: IO[bytes]) -> str:
    """Write the context as a tar file; return the Dockerfile's path in it.

    The Engine applies a `.dockerignore` that it finds in there once more. That hides what has to be sent and must not
    be copied (a Dockerfile from outside the context), and would be wrong where another file rules.
    """
    from docker.utils.build import create_archive

    context = request.context
    paths = [path for path, _ in context.kept()]
    extra: dict[str, str] = {}
    if context.dockerfile.is_relative_to(context.root):
        name = context.dockerfile.relative_to(context.root).as_posix()
        if name not in paths:
            paths.append(name)  # left out of the image by .dockerignore; the builder needs it all the same
    else:
        text = context.dockerfile.read_text("utf-8", errors="surrogateescape")
        name = f".dockerfile.{hashlib.sha256(text.encode(errors='surrogateescape')).hexdigest()[:12]}"
        extra[name] = text
    if extra or ignore_file(context.root, context.dockerfile) != context.root / ".dockerignore":
        extra[".dockerignore"] = "\n".join([".dockerignore", *extra])
    create_archive(files=paths, root=str(context.root), fileobj=tar, extra_files=list(extra.items()))
    return name
