"""A client on this machine."""

from __future__ import annotations

import socket


def knock(address: str, port: int, seconds: float = 1.0) -> str:
    """Return what it sees: the first line of an answer, or the error's name."""
    try:
        with socket.create_connection((address, port), timeout=seconds) as connection:
            connection.settimeout(5)
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return connection.recv(1000).decode().partition("\r\n")[0]
    except OSError as error:
        return type(error).__name__
