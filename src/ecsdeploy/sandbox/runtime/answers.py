"""Simulated tasks answer at their own addresses, as a service that listens does: HTTP 200 to whatever is asked.

One thread for all of them. An address that cannot be listened on (a port below 1024 that this user may not have) stays
closed, and so do those of a crowd: a thousand open sockets would be more than most users may have.
"""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress

Key = tuple[str, str]
MOST = 200
"""How many ports are listened on at once."""
REQUEST_SECONDS = 0.5
REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\nConnection: close\r\n\r\nsimulated\n"


class Answers:
    """The ports of running containers, by the task's ARN and the container's name."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._selector = selectors.DefaultSelector()
        self._open: dict[Key, list[socket.socket]] = {}
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self, container: Key, address: str, ports: Iterable[int]) -> None:
        """Listen on the container's ports at its task's address."""
        with self._lock:
            if self._over.is_set():
                return
            for port in ports:
                if sum(map(len, self._open.values())) < MOST and (listening := _listener(address, port)) is not None:
                    self._open.setdefault(container, []).append(listening)
                    self._selector.register(listening, selectors.EVENT_READ)
            if self._open and self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="simulated-answers", daemon=True)
                self._thread.start()

    def close(self, container: Key) -> None:
        """Listen no more for a container."""
        with self._lock:
            for listening in self._open.pop(container, ()):
                self._selector.unregister(listening)
                listening.close()

    def end(self) -> None:
        """Listen no more at all."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        for container in list(self._open):
            self.close(container)
        self._selector.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            for key, _ in self._selector.select(timeout=0.2):
                assert isinstance(key.fileobj, socket.socket)
                with suppress(OSError):  # the task has just ended, or the client is gone
                    _answer(key.fileobj)


def _listener(address: str, port: int) -> socket.socket | None:
    listening = socket.socket()
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # another sandbox may have the same address
        listening.bind((address, port))
        listening.listen()
        listening.setblocking(False)
    except OSError:
        listening.close()
        return None
    return listening


def _answer(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.settimeout(REQUEST_SECONDS)
        with suppress(TimeoutError):
            connection.recv(65536)
        connection.sendall(REPLY)
