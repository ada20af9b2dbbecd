"""The Docker Engine of this machine: docker-py for calls, an own socket for what streams.

A stream asks in HTTP/1.0, so that the Engine sends bare bytes until it closes (no chunks to be unwrapped at ten
thousand lines a second), and it can be cut from another thread at any moment.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from docker import APIClient

SOCKET = "/var/run/docker.sock"
_CHUNK = 64 * 1024
_CALL_SECONDS = 120


class EngineError(Exception):
    """The Engine refused: its HTTP status and its own words."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def socket_path() -> str:
    """Return where the Engine listens: `DOCKER_HOST` where it names a Unix socket, the usual place otherwise."""
    host = os.environ.get("DOCKER_HOST", "")
    return host.removeprefix("unix://") if host.startswith("unix://") else SOCKET


def connect() -> APIClient:
    """Return a client for the Engine of this machine.

    Raises `OSError` where nobody listens, `docker.errors.DockerException` where whoever does is no Engine.
    """
    # docker-py leaves a socket that could not be connected to the garbage collector, so that is tried before.
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.connect(socket_path())
    from docker import APIClient

    return APIClient(base_url=f"unix://{socket_path()}", version="auto", timeout=_CALL_SECONDS, max_pool_size=32)


class Stream:
    """One request whose answer has no known end. Raises `OSError` and `EngineError` when it is opened."""

    def __init__(
        self, version: str, method: str, path: str, query: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._start = b""
        try:
            self._socket.settimeout(_CALL_SECONDS)
            self._socket.connect(socket_path())
            lines = [f"{method} /v{version}{quote(path)}?{urlencode(query)} HTTP/1.0", "Host: docker"]
            lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
            self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
            self._read_head()
        except BaseException:
            self._socket.close()
            raise

    def chunks(self, *, seconds: float | None = None) -> Iterator[bytes]:
        """Yield what arrives until the end; an empty chunk whenever nothing came for `seconds`."""
        self._socket.settimeout(seconds)
        try:
            if self._start:
                yield self._start
            while True:
                try:
                    chunk = self._socket.recv(_CHUNK)
                except TimeoutError:
                    yield b""
                    continue
                if not chunk:
                    return
                yield chunk
        finally:
            self._socket.close()

    def messages(self) -> Iterator[dict[str, Any]]:
        """Yield the JSON objects that arrive, one a line."""
        rest = b""
        for chunk in self.chunks():
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if line.strip():
                    yield json.loads(line)

    def cut(self) -> None:
        """End the stream from any thread: whoever reads it sees its end."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the socket back where nobody read the stream."""
        self._socket.close()

    def _read_head(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = self._socket.recv(_CHUNK)
            if not chunk:
                raise ConnectionError("the Docker Engine closed the connection")
            head += chunk
        head, _, self._start = head.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        if status >= 400:
            body = self._start + b"".join(self.chunks(seconds=_CALL_SECONDS))
            raise EngineError(status, _message(body))


def _message(body: bytes) -> str:
    """Return what the Engine says; of a pull that failed it may say so twice, each time on a line."""
    try:
        return str(json.loads(body.strip().split(b"\n")[0])["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace").strip()


def explanation(error: OSError) -> str:
    """Return what the Engine said, without the client's own words and its inner addresses; or that it is away."""
    from requests.exceptions import Timeout

    said = getattr(error, "explanation", None)
    if said:
        return re.sub(r" on endpoint \S+ \([0-9a-f]+\)", "", str(said))
    late = isinstance(error, (Timeout, TimeoutError))
    return f"the Docker Engine of this machine does not answer{' in time' if late else ''}"
