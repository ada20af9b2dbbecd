"""Where sandboxes keep what they know of themselves, and whether one of a name is up.

Each has a folder of its own, readable by its user alone. While it runs it holds a lock on a file there: the kernel
lets go of that lock however the process ends, so whether it is held says more than any process id can.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


class BadNameError(ValueError):
    """A sandbox cannot have that name; the text says which it can."""


class StillUpError(Exception):
    """A sandbox of that name runs."""


@dataclass(frozen=True)
class State:
    """A running sandbox, as other processes need to know it. `started` is seconds since the epoch."""

    name: str
    port: int
    pid: int
    token: str
    runtime: str
    speed: float
    account: str
    region: str
    started: float
    enforce_iam: bool = False

    def endpoint(self) -> str:
        """Return the address that AWS clients are pointed at."""
        return f"http://127.0.0.1:{self.port}"


def state_root(environ: Mapping[str, str]) -> Path:
    """Return the folder of all of a user's sandboxes."""
    base = environ.get("XDG_STATE_HOME") or os.path.join(environ.get("HOME") or str(Path.home()), ".local", "state")
    return Path(base) / "ecsdeploy" / "sandbox"


def home_of(name: str, environ: Mapping[str, str]) -> Path:
    """Return the folder of the sandbox of that name. Raises `BadNameError`."""
    if not NAME.fullmatch(name):
        raise BadNameError(f"{name!r} cannot name a sandbox: use up to 40 letters a-z, digits and hyphens")
    return state_root(environ) / name


class Hold:
    """The lock by which a running sandbox is known; held until `release` or the end of the process."""

    def __init__(self, home: Path) -> None:
        """Take the lock. Raises `StillUpError` where another process holds it."""
        self._home = home
        self._file: IO[bytes] = self._take()
        while not self._is_in_the_folder():
            # Whoever held it before took the folder away with it.
            self._file.close()
            self._file = self._take()

    def clear(self) -> None:
        """Remove what an earlier sandbox left in the folder."""
        for path in self._home.iterdir():
            if path.name in ("lock", "sandbox.log"):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        remove_remains(self._home)

    def publish(self, state: State) -> None:
        """Write the state file, whole or not at all."""
        draft = self._home / "state.json.new"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(state), file)
        draft.replace(self._home / "state.json")

    def release(self, *, remove: bool = False) -> None:
        """Let go; with `remove`, the folder goes too."""
        if remove:
            self._remove()
        self._file.close()

    def _take(self) -> IO[bytes]:
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._home.chmod(0o700)
        file = (self._home / "lock").open("wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise StillUpError(self._home.name) from None
        return file

    def _is_in_the_folder(self) -> bool:
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(self._file.fileno()), (self._home / "lock").stat())
        return False

    def _remove(self) -> None:
        # At once, by its name: whoever waits for the lock to go must not meet half a folder.
        going = self._home.with_name(f".{self._home.name}.{os.getpid()}")
        with suppress(OSError):
            self._home.rename(going)
        shutil.rmtree(going, ignore_errors=True)
        shutil.rmtree(self._home, ignore_errors=True)


def remove_remains(home: Path) -> None:
    """Remove what is left of folders whose removal was cut short."""
    for path in home.parent.glob(f".{home.name}.*"):
        shutil.rmtree(path, ignore_errors=True)


def is_up(home: Path) -> bool:
    """Say whether a process holds the folder's lock."""
    with suppress(FileNotFoundError, NotADirectoryError), (home / "lock").open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def read_state(home: Path) -> State | None:
    """Return the running sandbox of that folder, or None where none runs or it has not come up yet."""
    if not is_up(home):
        return None
    with suppress(FileNotFoundError, ValueError, TypeError):
        return State(**json.loads((home / "state.json").read_text()))
    return None


def all_homes(environ: Mapping[str, str]) -> list[Path]:
    """Return the folders of all sandboxes, in the order of their names."""
    root = state_root(environ)
    return sorted(path for path in root.iterdir() if NAME.fullmatch(path.name)) if root.is_dir() else []
