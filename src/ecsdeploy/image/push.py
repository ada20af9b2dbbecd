"""Pushes an image through the Engine's API.

The login travels in the request's header (POST /images/{name}/push) and nowhere else: not in an argument, not in
the user's docker config.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any

from ecsdeploy.clock import Clock
from ecsdeploy.core.image import Image, RegistryLogin, is_digest
from ecsdeploy.errors import Failed
from ecsdeploy.events import Event, LayerProgress, Note
from ecsdeploy.image.build import LocalImage
from ecsdeploy.image.engine import Engine
from ecsdeploy.image.push_failure import TokenExpired, Transient, push_failed

RETRY_SECONDS = (1.0, 4.0)  # the Engine itself tries each layer five times


def push(
    image: LocalImage, repository: str, tag: str, *, login: Callable[[], RegistryLogin], engine: Engine, clock: Clock
) -> Generator[Event, None, Image]:
    """Push `image` as `repository:tag`, yielding progress; return it with its digest.

    `login` is asked again when a token expired meanwhile. Raises `Failed`, `PermissionDenied`, `TagTaken`.
    """
    name = f"{repository}:{tag}"
    before = engine.image(name)
    try:
        engine.client.tag(image.id, repository, tag)
        digest = yield from _persistently(repository, tag, login, engine, clock)
        _require_same(image, repository, digest, engine)
    finally:
        if before is None:
            engine.forget(name)  # it was needed only for the push
        elif before["Id"] != image.id:
            engine.client.tag(before["Id"], repository, tag)
    return Image(repository=repository, digest=digest, tag=tag)


def _persistently(
    repository: str, tag: str, login: Callable[[], RegistryLogin], engine: Engine, clock: Clock
) -> Generator[Event, None, str]:
    """Push until it is done, or fails permanently."""
    waits = iter(RETRY_SECONDS)
    renewed = False
    while True:
        try:
            return (yield from _once(repository, tag, login(), engine))
        except TokenExpired:
            if renewed:
                raise
            renewed = True
            yield Note("The registry's token has expired: getting a new one.")
        except Transient as error:
            wait = next(waits, None)
            if wait is None:
                raise
            yield Note(f"{error.why} Trying again in {wait:.0f} s.")
            clock.sleep(wait)


def _once(repository: str, tag: str, login: RegistryLogin, engine: Engine) -> Generator[Event, None, str]:
    from docker.errors import APIError, DockerException
    from requests.exceptions import RequestException

    auth = {"username": login.username, "password": login.password}
    try:
        answer = engine.client.push(repository, tag=tag, stream=True, decode=True, auth_config=auth)
        return (yield from _follow(answer, repository, tag))
    except APIError as error:
        raise push_failed(str(error.explanation or error), repository, tag) from error
    except (DockerException, RequestException) as error:
        raise Failed(
            "The connection to the Docker Engine broke during the push.",
            why=str(error),
            fix="Check that the engine runs (`docker info`), then run the same command: uploaded layers are kept.",
        ) from error


def _follow(answer: Iterable[Mapping[str, Any]], repository: str, tag: str) -> Generator[Event, None, str]:
    digest = ""
    for part in answer:
        if "error" in part or "errorDetail" in part:
            deque(answer, maxlen=0)  # read to the end, or the connection stays open
            said = part.get("errorDetail", {}).get("message") or part.get("error", "")
            raise push_failed(str(said), repository, tag)
        digest = str((part.get("aux") or {}).get("Digest", digest))
        if "id" in part and "status" in part:
            detail = part.get("progressDetail") or {}
            yield LayerProgress(part["id"], part["status"], detail.get("current"), detail.get("total"))
    if not is_digest(digest):
        raise Failed(
            f"The push to {repository} ended without a digest.",
            why="The Docker Engine's answer has none.",
            fix="Run the same command again; if that does not help, restart the engine.",
        )
    return digest


def _require_same(image: LocalImage, repository: str, digest: str, engine: Engine) -> None:
    """Raise `Failed` unless the pushed manifest is that of `image`: somebody may move a local tag meanwhile."""
    found = engine.image(image.id) or {}
    digests: list[str] = found.get("RepoDigests") or []
    if f"{repository}@{digest}" not in digests:
        raise Failed(
            "The image that was pushed is not the one that was built.",
            why=f"{digest} was pushed; {image.id} has {', '.join(digests) or 'no digest'}.",
            fix="Something else on this machine uses the same tag at the same time. Build again with another --tag.",
        )
