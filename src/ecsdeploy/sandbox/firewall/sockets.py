"""Listening sockets that are deaf: whoever connects hears nothing, as behind a security group, and tries in vain.

A refusal or a connection that is accepted and then closed would both be something else than AWS. A filter on the socket
(socket(7), SO_ATTACH_FILTER) drops each packet that would begin a connection; connections that exist go on.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from ecsdeploy.sandbox.firewall.tables import Port

# asm-generic/socket.h
_SO_ATTACH_FILTER, _SO_DETACH_FILTER, _SO_MEMINFO = 26, 27, 55
_MEMINFO = struct.Struct("9I")  # linux/sock_diag.h: the last one is SK_MEMINFO_DROPS
_TAKE_NOTHING = struct.pack("HBBI", 0x06, 0, 0, 0)  # linux/filter.h: BPF_RET | BPF_K, 0 bytes of the packet
_PIDFD_GETFD = 438
_LISTENS = {"tcp": "0A", "udp": "07"}  # as /proc/net has it: TCP_LISTEN, and TCP_CLOSE for unconnected UDP
_PROXIES = ("docker-proxy", "dockerd")


def deafen(listening: socket.socket) -> None:
    """Let the socket take no packet from now on. Raises `OSError` where the system has no such filter."""
    program = ctypes.create_string_buffer(_TAKE_NOTHING, len(_TAKE_NOTHING))
    listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(program)))


def hear(listening: socket.socket) -> None:
    """Let the socket take packets again, or still."""
    with contextlib.suppress(FileNotFoundError):  # it had no filter
        listening.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)


def drops(listening: socket.socket) -> int:
    """Return how many packets the socket has dropped since it was made. Raises `OSError`."""
    found = listening.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
    return int(_MEMINFO.unpack(found)[8])


def proxies(address: str, ports: Iterable[Port]) -> Iterator[tuple[Port, socket.socket]]:
    """Yield the sockets on which the Engine's own proxy listens for a task's published ports, each only for a moment.

    The Engine may have no proxy; then there is none. Raises `OSError` for one that can't be had.
    A socket that is held would keep its port taken after the task has ended.
    """
    inodes = {inode: port for port in ports for inode in _listening(address, *port)}
    for inode, port in inodes.items():
        yield from ((port, found) for found in _held_by_a_proxy(inode, port))


def _listening(address: str, protocol: str, port: int) -> list[str]:
    wanted = f"{int.from_bytes(socket.inet_aton(address), 'little'):08X}:{port:04X}"
    lines = Path(f"/proc/net/{protocol}").read_text().splitlines()[1:]
    rows = [line.split() for line in lines]
    return [row[9] for row in rows if row[1] == wanted and row[3] == _LISTENS[protocol]]


def _held_by_a_proxy(inode: str, port: Port) -> Iterator[socket.socket]:
    for process in _processes():
        for entry in process.joinpath("fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                if os.readlink(entry) == f"socket:[{inode}]":
                    with _copied(int(process.name), int(entry.name)) as found:
                        yield found
                    return
    raise PermissionError(f"the sandbox cannot see the {_PROXIES[0]} that listens at port {port[1]}")


def _processes() -> Iterator[Path]:
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with contextlib.suppress(OSError):
                if process.joinpath("comm").read_text().strip() in _PROXIES:
                    yield process


def _copied(process: int, number: int) -> socket.socket:
    handle = os.pidfd_open(process)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        copy = libc.syscall(_PIDFD_GETFD, handle, number, 0)
    finally:
        os.close(handle)
    if copy < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), f"/proc/{process}/fd/{number}")
    return socket.socket(fileno=copy)
