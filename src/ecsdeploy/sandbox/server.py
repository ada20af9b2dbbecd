"""The HTTP server: cheroot on a loopback address, with enough threads for many clients that poll.

cheroot hands request bodies on as they come (an image layer is never held in memory), keeps connections open, and
answers `Expect: 100-continue`. What is added here: more threads when nearly all are busy (a live tail keeps one for
as long as it lasts), and connections that are closed without an answer when a fault asks for it.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from contextlib import suppress
from typing import Any

from cheroot import wsgi

from ecsdeploy.sandbox.http import DropConnection, WsgiApp

_log = logging.getLogger(__name__)

THREADS = 16
MOST_THREADS = 400
_GROWTH = 16
_SPARE = 3


class NotLoopbackError(ValueError):
    """The sandbox listens on the loopback interface and nowhere else."""


class _Gateway(wsgi.Gateway_10):
    def respond(self) -> None:
        try:
            super().respond()
        except DropConnection:
            # Shut down, so that the client sees the end at once; marked as sent, so that nothing is written to it.
            self.req.sent_headers = True
            self.req.close_connection = True
            self.req.chunked_write = False
            with suppress(OSError):
                self.req.conn.socket.shutdown(socket.SHUT_RDWR)


class _Server(wsgi.Server):
    def __init__(self, address: tuple[str, int], app: WsgiApp) -> None:
        super().__init__(
            address, app, numthreads=THREADS, max=MOST_THREADS, request_queue_size=256, timeout=30, shutdown_timeout=2
        )
        self.gateway = _Gateway
        self.keep_alive_conn_limit = 10_000
        self.expiration_interval = 0.2

    def process_conn(self, conn: Any) -> None:
        """Give a connection to a thread, once there is something to read."""
        if conn.last_used is None:
            # cheroot gives new connections to a thread at once, which then waits for a client that may say nothing.
            self.put_conn(conn)
            return
        if self.requests.idle < _SPARE:
            self.requests.grow(_GROWTH)
        super().process_conn(conn)

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        _log.log(level, "%s", msg, exc_info=traceback)


class Server:
    """Listens from `bind` on; answers from `serve` on, in threads of its own."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        if not ipaddress.ip_address(host).is_loopback:
            raise NotLoopbackError(f"{host} is not a loopback address: the sandbox listens on nothing else")
        self._host = host
        self._app: WsgiApp | None = None
        self._server = _Server((host, 0), self._answer)
        self._thread: threading.Thread | None = None

    def bind(self, port: int) -> int:
        """Take `port` (0: any free one) and return it. Raises `OSError` where it is taken."""
        self._server.bind_addr = (self._host, port)
        self._server.prepare()
        return int(self._server.bind_addr[1])

    def serve(self, app: WsgiApp) -> None:
        """Answer with `app`, in the background."""
        self._app = app
        self._thread = threading.Thread(target=self._server.serve, name="sandbox-http", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close every connection and the socket; return when all threads are gone."""
        self._server.stop()
        if self._thread is not None:
            self._thread.join()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Any:
        assert self._app is not None
        return self._app(environ, start_response)
