"""Who holds a TCP port of the loopback interface."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_LISTENING = "0A"


def holder_of(port: int, proc: Path = Path("/proc")) -> str | None:
    """Return the process that listens on `port`, such as `nginx (pid 812)`, or None where it cannot be told.

    Linux only; another user's process cannot be seen without privileges.
    """
    inodes = _listening(port, proc)
    if not inodes:
        return None
    sockets = {f"socket:[{inode}]" for inode in inodes}
    for process in proc.glob("[0-9]*"):
        with suppress(OSError):
            if any(_target(descriptor) in sockets for descriptor in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return None


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except OSError:
        return ""


def _listening(port: int, proc: Path) -> set[str]:
    inodes = set()
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (proc / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(fields[9])
    return inodes
