"""One HTTP request and its answer, within a time: what `[smoke]` is judged by.

Redirects are not followed, proxies are not used, and certificates are verified: the answer is that of the address.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ecsdeploy.core.smoke import Answer, Check, NoAnswer

LARGEST_BODY = 1 << 20
"""Bytes of an answer that are read."""
AGENT = "ecsdeploy"


def exchange(check: Check, url: str) -> Answer | NoAnswer:
    """Return what is answered to `check` at `url`, or why nothing was, after at most `check.within` seconds."""
    sending = _Sending(check, url)
    limit = threading.Timer(check.within, sending.cut)
    limit.daemon = True
    limit.start()
    try:
        return sending.answer()
    finally:
        limit.cancel()
        sending.connection.close()


@dataclass
class _Sending:
    """A request on its way; `cut` ends it from another thread, whatever it waits for."""

    check: Check
    url: str
    connection: http.client.HTTPConnection = field(init=False)
    connected: socket.socket | None = None
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self.connection = kind(parts.hostname or "", parts.port, timeout=self.check.within)

    def cut(self) -> None:
        """End it."""
        self.over.set()
        connected = self.connected or self.connection.sock  # the latter during the handshake of TLS
        if connected is not None:
            with suppress(OSError):
                # Past TLS: its own shutdown would make the reading thread read what is encrypted.
                socket.socket.shutdown(connected, socket.SHUT_RDWR)

    def answer(self) -> Answer | NoAnswer:
        """Send it; return what comes."""
        try:
            self.connection.connect()
            self.connected = self.connection.sock  # the connection forgets it once the answer begins
        except OSError as error:
            if self.connection.sock is None:
                return _not_connected(error, self.check.within)
            return self._failed(error)  # somebody took the connection, and did not agree on TLS
        try:
            return self._answer() if not self.over.is_set() else self._late()
        except (OSError, http.client.HTTPException, ValueError) as error:
            return self._failed(error)

    def _failed(self, error: Exception) -> NoAnswer:
        return self._late() if self.over.is_set() or isinstance(error, TimeoutError) else _no_answer(error)

    def _answer(self) -> Answer | NoAnswer:
        check, base = self.check, urlsplit(self.url).path
        given = {name.lower() for name in check.headers}
        headers = {**({} if "user-agent" in given else {"User-Agent": AGENT}), "Connection": "close", **check.headers}
        body = check.body.encode() if check.body is not None else None
        self.connection.request(check.method, base + check.path, body=body, headers=headers)
        response = self.connection.getresponse()
        content = response.read(LARGEST_BODY + 1)
        if self.over.is_set():  # an answer without a length seems to end where it was cut
            return self._late()
        return Answer(
            status=response.status,
            body=content[:LARGEST_BODY],
            location=response.headers.get("Location", ""),
            whole=len(content) <= LARGEST_BODY,
        )

    def _late(self) -> NoAnswer:
        return NoAnswer(f"did not answer within {self.check.within:g} s", reached=True)


def _not_connected(error: OSError, seconds: float) -> NoAnswer:
    """Return what a failed connection says: a refusal comes from the service's side, silence may be the way there."""
    if isinstance(error, ConnectionError):
        return _no_answer(error)
    if isinstance(error, TimeoutError):
        return NoAnswer(f"took no connection within {seconds:g} s", reached=False)
    words = _told(error) if isinstance(error, socket.gaierror) else f"cannot be reached: {error.strerror or error}"
    return NoAnswer(words, reached=False)


def _no_answer(error: Exception) -> NoAnswer:
    return NoAnswer(_told(error), reached=True)


def _told(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a certificate that is not valid: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"did not agree on TLS: {error.reason or error}"
    if isinstance(error, http.client.RemoteDisconnected | ConnectionResetError | BrokenPipeError):
        return "closed the connection without an answer"
    if isinstance(error, ConnectionRefusedError):
        return "refused the connection"
    if isinstance(error, socket.gaierror):
        return f"was not found: {error.strerror}"
    # What a program says that speaks no HTTP is in the error, line ends included.
    words = " ".join(str(getattr(error, "strerror", None) or error).split())
    return f"did not answer in HTTP ({type(error).__name__}: {words[:200]})"
