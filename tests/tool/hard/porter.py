"""Lets the calls of one run through one at a time, each when the race says so."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

WAITS = "waits"


class Porter:
    """Stands between a run's threads and the race's `door`.

    While at least one call waits and none is under way, it writes a line `waits`; when the race answers `g` it writes
    the name of the call that it lets through: the first of those that wait, by name and not by who came first, so
    that the order does not hang on how fast which thread was.
    """

    def __init__(self, door: socket.socket) -> None:
        self._door = door
        self._turn = threading.Condition()
        self._waiting: list[str] = []
        self._called: str | None = None
        self._under_way = False
        self._closed = False
        threading.Thread(target=self._serve, name="porter", daemon=True).start()

    def let_through(self, name: str, make: Callable[[], Any]) -> Any:
        """Return what `make` does, called when it is this call's turn, while no other is under way."""
        with self._turn:
            self._waiting.append(name)
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._closed or self._called == name)
            assert not self._closed, "the race is over"
            self._waiting.remove(name)
            self._called = None
        try:
            return make()
        finally:
            with self._turn:
                self._under_way = False
                self._turn.notify_all()

    @property
    def waiting(self) -> list[str]:
        """Return the calls that wait."""
        with self._turn:
            return sorted(self._waiting)

    def _serve(self) -> None:
        while not self._closed:
            with self._turn:
                self._turn.wait_for(lambda: self._waiting and not self._under_way)
            gone = not self._opens()
            with self._turn:
                self._closed = gone or not self._call()
                self._turn.notify_all()

    def _opens(self) -> bool:
        """Wait until the race lets a call through; return whether it does."""
        try:
            self._door.sendall(f"{WAITS}\n".encode())
            return self._door.recv(1) == b"g"
        except OSError:
            return False

    def _call(self) -> bool:
        """Say whose turn it is; return whether the race still listens."""
        name = min(self._waiting)
        try:
            self._door.sendall(f"{name}\n".encode())
        except OSError:
            return False
        self._called, self._under_way = name, True
        return True
