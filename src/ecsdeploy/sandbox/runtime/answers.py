"""Simulated tasks answer at their own addresses, as a service that listens does: HTTP 200 to whatever is asked.

One thread for all of them. An address that cannot be listened on (a port below 1024 that this user may not have) stays
closed, and so do those of a crowd: a thousand open sockets would be more than most users may have.
What a task's security groups do not let in is not heard: the client tries in vain, as on AWS.
"""

from __future__ import annotations

import selectors
import socket
import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from ecsdeploy.sandbox.firewall.groups import INTERNET, Opening, admits_internet
from ecsdeploy.sandbox.firewall.sockets import deafen, drops, hear
from ecsdeploy.sandbox.firewall.tables import Dropped

Key = tuple[str, str]
MOST = 200
"""How many ports are listened on at once."""
REQUEST_SECONDS = 0.5
REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\nConnection: close\r\n\r\nsimulated\n"


@dataclass
class _Ear:
    """One listening socket; `deaf_since` is how much it had dropped when it was made deaf, None while it hears."""

    port: int
    listening: socket.socket
    deaf_since: int | None = None

    def admit(self, *, heard: bool) -> int:
        """Hear, or be deaf; return how much was dropped while it was deaf."""
        lost = self.lost()
        if heard:
            hear(self.listening)
            self.deaf_since = None
        else:
            self.deaf_since = drops(self.listening)
            deafen(self.listening)
        return lost

    def lost(self) -> int:
        return 0 if self.deaf_since is None else drops(self.listening) - self.deaf_since


class Answers:
    """The ports of running containers, by the task's ARN and the container's name. Everybody is heard by default."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._selector = selectors.DefaultSelector()
        self._open: dict[Key, list[_Ear]] = {}
        self._admitted: dict[str, frozenset[Opening]] = {}
        self._dropped: dict[str, Dropped] = {}
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self, container: Key, address: str, ports: Iterable[int]) -> None:
        """Listen on the container's ports at its task's address."""
        with self._lock:
            if self._over.is_set():
                return
            for port in ports:
                if sum(map(len, self._open.values())) < MOST and (listening := _listener(address, port)) is not None:
                    self._begin(container, _Ear(port, listening))
            if self._open and self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="simulated-answers", daemon=True)
                self._thread.start()

    def close(self, container: Key) -> None:
        """Listen no more for a container."""
        with self._lock:
            for ear in self._open.pop(container, ()):
                self._count(container[0], ear.port, ear.lost())
                self._selector.unregister(ear.listening)
                ear.listening.close()

    def admit(self, task: str, found: frozenset[Opening]) -> None:
        """Hear at a task's ports what its security groups let in, and nothing else."""
        with self._lock:
            self._admitted[task] = found
            for ear in self._ears(task):
                self._apply(task, ear)

    def dropped(self, task: str) -> Dropped:
        """Return how many packets were not heard that would have begun a connection."""
        with self._lock:
            now = Counter({(("tcp", ear.port), INTERNET): ear.lost() for ear in self._ears(task)})
            return self._dropped.get(task, Counter()) + now

    def forget(self, task: str) -> None:
        """Nothing more is asked about a task."""
        with self._lock:
            self._admitted.pop(task, None)
            self._dropped.pop(task, None)

    def end(self) -> None:
        """Listen no more at all."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        for container in list(self._open):
            self.close(container)
        self._selector.close()

    def _begin(self, container: Key, ear: _Ear) -> None:
        try:
            self._apply(container[0], ear)
        except OSError:  # this system can't drop: then it refuses
            ear.listening.close()
            return
        self._open.setdefault(container, []).append(ear)
        self._selector.register(ear.listening, selectors.EVENT_READ)

    def _ears(self, task: str) -> list[_Ear]:
        return [ear for (arn, _), ears in self._open.items() if arn == task for ear in ears]

    def _apply(self, task: str, ear: _Ear) -> None:
        if (found := self._admitted.get(task)) is not None:
            self._count(task, ear.port, ear.admit(heard=admits_internet(found, "tcp", ear.port)))

    def _count(self, task: str, port: int, lost: int) -> None:
        if lost:
            self._dropped.setdefault(task, Counter())[("tcp", port), INTERNET] += lost

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
