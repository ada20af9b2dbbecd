"""Files as a builder gets them: their kind and their content, in digits."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from ecsdeploy.errors import Refused


def fingerprint(path: Path) -> str:
    """Return what stands for a file or a link on disk: its kind, and the SHA-256 of its content or target.

    "" for what has no content, such as a socket. Raises `Refused` for what cannot be read.
    """
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            return f"link {hashlib.sha256(os.fsencode(path.readlink())).hexdigest()}"
        if not stat.S_ISREG(mode):
            return ""
        with path.open("rb") as file:
            return f"{_kind(mode)} {hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        raise _unreadable(path, error) from error


def is_blob(path: Path, mode: str, oid: str) -> bool:
    """Return whether a file or a link is exactly the blob `oid` of git, of that `mode` (`100755`).

    The name of a blob is the SHA-1 or SHA-256 of `blob SIZE`, a zero byte, and the content (gitformat-pack).
    """
    try:
        is_link = path.is_symlink()
        if is_link != (mode == "120000"):
            return False
        content = os.fsencode(path.readlink()) if is_link else path.read_bytes()
        if not is_link and _kind(path.stat().st_mode) != ("program" if mode == "100755" else "file"):
            return False
    except OSError as error:
        raise _unreadable(path, error) from error
    digest = hashlib.new("sha1" if len(oid) == 40 else "sha256", b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest() == oid


def _kind(mode: int) -> str:
    return "program" if mode & stat.S_IXUSR else "file"


def _unreadable(path: Path, error: OSError) -> Refused:
    return Refused(
        f"{path} can't be read, so the image can't be named after it.",
        why=str(error),
        fix="Make it readable, or name it in .dockerignore.",
    )
