"""The little of HTTP that the sandbox's own parts share."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]


class DropConnection(BaseException):
    """Close the client's connection without an answer. Not an Exception: no handler on the way may answer it."""


@dataclass(frozen=True)
class HttpAnswer:
    """A whole answer; its length is sent with it."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()

    def send(self, start_response: StartResponse) -> list[bytes]:
        """Start the response and return its body, as WSGI wants it."""
        headers = [
            ("Content-Type", self.content_type),
            ("Content-Length", str(len(self.body))),
            *self.headers,
        ]
        start_response(f"{self.status} {HTTPStatus(self.status).phrase}", headers)
        return [self.body]


def json_answer(status: int, value: object) -> HttpAnswer:
    """Return an answer with a JSON body."""
    return HttpAnswer(status, json.dumps(value).encode())


class Until:
    """Chunks that end when `closing` is set, so that a server can stop while a stream is open."""

    def __init__(self, chunks: Iterator[bytes], closing: threading.Event) -> None:
        self._chunks = chunks
        self._closing = closing

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            if self._closing.is_set():
                return
            yield chunk

    def close(self) -> None:
        """Close the source: the client went away, or everything was sent."""
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()


def read_body(environ: Environ) -> bytes:
    """Return the request's body; whoever comes next can read it again."""
    source = environ["wsgi.input"]
    length = str(environ.get("CONTENT_LENGTH") or "")
    if environ.get("wsgi.input_terminated") and not length:
        body: bytes = source.read()
    else:
        body = source.read(int(length)) if length.isdigit() else b""
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    return body


_LOOPBACK = re.compile(r"(?:127(?:\.\d{1,3}){3}|\[::1\]|(?:[a-z0-9-]+\.)*localhost)(?::\d+)?", re.IGNORECASE)
_LOOPBACK_ORIGIN = re.compile(rf"https?://{_LOOPBACK.pattern}", re.IGNORECASE)


def is_local(environ: Environ) -> bool:
    """Say whether a request names this machine, and no web page of another one sent it.

    A page can have its own name resolve to 127.0.0.1 (DNS rebinding): then the Host header gives it away.
    It can also post to 127.0.0.1 outright: then the Origin header does.
    """
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and not _LOOPBACK_ORIGIN.fullmatch(origin):
        return False
    return _LOOPBACK.fullmatch(environ.get("HTTP_HOST", "")) is not None
