"""Sends requests to a running service over HTTP, again and again, while something else happens to it."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from urllib.parse import urlsplit

from ecsdeploy.clock import Clock
from ecsdeploy.core.chaos import Sample
from ecsdeploy.errors import UsageError

EVERY_SECONDS = 0.25
TIMEOUT_SECONDS = 2.0
KEPT = 50_000
SILENCE_SECONDS = 0.3
"""How long a connection that nothing was said on yet is watched for its end."""
CLOSED = "ConnectionClosed: it was closed at once"


def checked_url(url: str) -> str:
    """Return `url` if it can be probed. Raises `UsageError`."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"{url!r} is not a URL to probe.", fix="Give one such as http://203.0.113.7:3000/healthz.")
    if parts.username is not None:
        raise UsageError(
            "The URL to probe has a user or a password in it, which would be printed.",
            fix="Probe a path that needs none, such as a health check.",
        )
    return url


def ask(url: str, timeout: float = TIMEOUT_SECONDS) -> str:
    """Return "" if `url` answers with a status below 400, else what went wrong."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=timeout)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", path, headers={"Host": parts.netloc.rsplit("@", 1)[-1], "Connection": "close"})
            answer = connection.getresponse()  # its body may never end: server-sent events
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        # What a program says that speaks no HTTP is in the error, line ends included.
        return f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")
    return "" if answer.status < 400 else f"HTTP {answer.status}"


def find(url: str, timeout: float) -> str:
    """Return "" if a program listens at `url`, whatever it speaks and answers, else what went wrong."""
    problem = ask(url, timeout)
    return _knock(url, timeout) if problem and not problem.startswith("HTTP ") else ""


def _knock(url: str, timeout: float) -> str:
    """Return "" if a program takes a connection at `url`, else what went wrong.

    Docker's own port mapping takes every connection; if nothing listens behind it, it closes that at once. A program
    that speaks something else than HTTP waits for the client, or begins to speak.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), timeout) as connection:
            connection.settimeout(SILENCE_SECONDS)
            try:
                return "" if connection.recv(1) else CLOSED
            except TimeoutError:
                return ""
    except OSError as error:
        return f"{type(error).__name__}: {error}"


class Prober(AbstractContextManager["Prober"]):
    """Requests in the background, four a second, from entering to leaving."""

    def __init__(self, url: str, clock: Clock, *, ask: Callable[[str], str] = ask) -> None:
        self._url = checked_url(url)
        self._clock = clock
        self._ask = ask
        self._over = threading.Event()
        self._began = clock.monotonic()
        self._thread = threading.Thread(target=self._run, name="probe", daemon=True)
        self.samples: list[Sample] = []

    def __enter__(self) -> Prober:
        self._began = self._clock.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(TIMEOUT_SECONDS + EVERY_SECONDS)

    def _run(self) -> None:
        while not self._over.is_set() and len(self.samples) < KEPT:
            asked = self._clock.monotonic()
            problem = self._ask(self._url)
            took = self._clock.monotonic() - asked
            self.samples.append(Sample(at=asked - self._began, seconds=took, problem=problem))
            self._clock.sleep(max(0.0, EVERY_SECONDS - took))
