"""An AWS that is further away: a forwarding port that holds every request up for a while, all of them side by side."""

from __future__ import annotations

import re
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

SIZE = 1 << 20
_TARGET = re.compile(rb"(?:x-amz-target: *[\w.]+\.|Action=)(\w+)", re.IGNORECASE)
_READ = re.compile(r"(Describe|List|Get|BatchGet|BatchCheck|Filter)\w*")


@dataclass
class Distance:
    """`port` leads to the sandbox; `seen` tells when each request arrived (`time.monotonic`) and what it asks for."""

    port: int
    seen: list[tuple[float, str]] = field(default_factory=list)

    def first_write(self, otherwise: float) -> float:
        """Return when the first request arrived that changes something, `otherwise` where none did."""
        return next((at for at, name in self.seen if not _READ.fullmatch(name)), otherwise)


@contextmanager
def distance(endpoint: str, seconds: float) -> Iterator[Distance]:
    """Give a port on the loopback interface behind which `endpoint` is `seconds` away."""
    there = urlsplit(endpoint)
    with socket.create_server(("127.0.0.1", 0)) as door:
        found = Distance(door.getsockname()[1])

        def accept() -> None:
            with suppress(OSError):
                while True:
                    ours, _ = door.accept()
                    theirs = socket.create_connection((there.hostname, there.port))
                    threading.Thread(target=_requests, args=(ours, theirs, seconds, found), daemon=True).start()
                    threading.Thread(target=_answers, args=(theirs, ours), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield found


def _requests(ours: socket.socket, theirs: socket.socket, seconds: float, found: Distance) -> None:
    with suppress(OSError), theirs:
        while data := ours.recv(SIZE):
            arrived = time.monotonic()
            time.sleep(seconds)  # noqa: TID251 - the distance itself
            while select.select([ours], [], [], 0.005)[0] and (more := ours.recv(SIZE)):
                data += more
            if name := _TARGET.search(data):
                found.seen.append((arrived, name[1].decode()))
            theirs.sendall(data)


def _answers(theirs: socket.socket, ours: socket.socket) -> None:
    with suppress(OSError), ours:
        while data := theirs.recv(SIZE):
            ours.sendall(data)
