"""Finds the Docker Engine that the user's own `docker` command talks to."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ecsdeploy.errors import Refused
from ecsdeploy.hidden import is_key
from ecsdeploy.image.process import without_keys

if TYPE_CHECKING:
    from docker import APIClient

DEFAULT_HOST = "unix:///var/run/docker.sock"
ANSWER_SECONDS = 10


@dataclass(frozen=True)
class Engine:
    """A Docker Engine that answered. `env` is what leads the docker CLI to the same one."""

    client: APIClient
    host: str
    env: Mapping[str, str]

    def image(self, reference: str) -> Mapping[str, Any] | None:
        """Return the Engine's data of an image (GET /images/{name}/json), or None if it has no such image."""
        from docker.errors import ImageNotFound

        try:
            found: Mapping[str, Any] = self.client.inspect_image(reference)  # type: ignore[no-untyped-call]
        except ImageNotFound:
            return None
        return found

    def forget(self, reference: str) -> None:
        """Remove a tag, or an image without one; what it was built from stays, and so does an image in use."""
        from docker.errors import APIError

        with suppress(APIError):  # somebody else removed it, or runs it
            self.client.remove_image(reference, noprune=True)


def connect(env: Mapping[str, str]) -> Engine:
    """Return the Engine that DOCKER_HOST, the docker context or the default socket names.

    Raises `Refused` with what was tried and what to do.
    """
    from docker import APIClient
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    host, settings = _address(env)
    if host.startswith("ssh://"):
        raise _over_ssh(host)
    try:
        _knock(host)
        # A credential helper that docker-py starts inherits this process's environment: empty, a key is none.
        no_keys = {name: "" for name in env if is_key(name)}
        client = APIClient(version="auto", timeout=ANSWER_SECONDS, credstore_env=no_keys, **settings)
        client.ping()
    except (DockerException, RequestException, OSError, ValueError) as error:
        raise _unreachable(host, error, env) from error
    except (AttributeError, LookupError, TypeError) as error:
        # docker-py takes the user's file apart without looking at what it holds.
        raise Refused(
            "Docker's configuration cannot be read.",
            why=f"docker-py fails on it: {type(error).__name__}: {error}.",
            fix="Correct config.json in ~/.docker, or in the folder that DOCKER_CONFIG names.",
        ) from error
    # A build step or a large layer may be silent for minutes. docker-py's None means: wait.
    client.timeout = cast(int, None)
    return Engine(client, host, without_keys(env))


def _knock(host: str) -> None:
    """Raise `OSError` if nobody listens on a Unix socket: docker-py would leave the one that failed open."""
    if host.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as knocking:
            knocking.settimeout(ANSWER_SECONDS)
            knocking.connect(host.removeprefix("unix://"))


def _address(env: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the address to show and docker-py's settings, chosen as the docker CLI chooses."""
    from docker.context import ContextAPI
    from docker.errors import ContextException, DockerException
    from docker.utils import kwargs_from_env

    if env.get("DOCKER_HOST"):
        try:
            return env["DOCKER_HOST"], dict(kwargs_from_env(environment=dict(env)))
        except DockerException as error:
            raise _unreachable(env["DOCKER_HOST"], error, env) from error
    try:
        settings = dict(ContextAPI.kwargs_from_context(environment=dict(env)))
    except (ContextException, OSError, KeyError, ValueError) as error:
        raise _unreachable("the current docker context", error, env) from error
    if not settings and env.get("DOCKER_CONTEXT", "default") != "default":
        raise _unreachable(f"docker context {env['DOCKER_CONTEXT']}", LookupError("there is no such context"), env)
    host = str(settings.get("base_url", DEFAULT_HOST)).replace("http+unix://", "unix://")
    return host, settings


def _unreachable(host: str, error: Exception, env: Mapping[str, str]) -> Refused:
    said = _root_cause(error)
    return Refused(
        f"No Docker Engine answers at {host}.",
        why=f"{said}.".replace("..", "."),
        fix=_advice(host, said, env),
    )


def _over_ssh(host: str) -> Refused:
    return Refused(
        f"A Docker Engine over ssh ({host}) is not supported.",
        why="Images are pushed through the Engine's API, for which docker-py would need a whole ssh client of its own.",
        fix=f"Forward its socket: `ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock {host}`, then "
        "`export DOCKER_HOST=unix:///tmp/docker.sock`.",
    )


def _advice(host: str, said: str, env: Mapping[str, str]) -> str:
    if "Permission denied" in said:
        return "Give this user access: `sudo usermod -aG docker $USER`, then log in again. Or run a rootless engine."
    rootless = Path(env.get("XDG_RUNTIME_DIR", "/nonexistent")) / "docker.sock"
    if host == DEFAULT_HOST and rootless.exists():
        return f"A rootless engine seems to be at: export DOCKER_HOST=unix://{rootless}"
    if "DOCKER_HOST" in env:
        return "Correct or unset DOCKER_HOST, or start the engine that it names."
    return (
        "Start it (`sudo systemctl start docker`, Docker Desktop, `colima start`), or install Docker. "
        "To deploy an image that is already in ECR, no engine is needed: `ecsdeploy deploy --image TAG`."
    )


def _root_cause(error: BaseException) -> str:
    """Return the operating system's message, which docker-py wraps three times."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.strerror:
            return str(seen.strerror)
        inner = next((arg for arg in seen.args if isinstance(arg, BaseException)), None)
        inner = inner or next(
            (part for arg in seen.args if isinstance(arg, tuple) for part in arg if isinstance(part, BaseException)),
            None,
        )
        seen = inner or getattr(seen, "reason", None) or seen.__cause__ or seen.__context__
        if not isinstance(seen, BaseException):
            break
    return str(error)
