"""Files that git keeps elsewhere or in another form, when only their stand-in is on disk.

git calls such a checkout clean, so the image would get the commit's tag, and the right one could never have it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ecsdeploy.errors import Refused
from ecsdeploy.image.file_list import listed

FILTERED = (":(attr:filter=lfs)", ":(attr:filter=git-crypt)")
"""Pathspecs of the files whose content git has a program for."""
_LFS = b"version https://git-lfs.github.com/spec/"
_CRYPT = b"\0GITCRYPT\0"
"""How a pointer begins (git-lfs, docs/spec.md), and a file that git-crypt encrypted (its commands.cpp)."""
_LONGEST = 1024
"""Bytes of a pointer (git-lfs, docs/spec.md)."""
_TITLE = "These reach the builder:"


class StandIns(Refused):
    """What would be built is not what the commit has, whatever name the image gets."""


def refuse_stand_ins(root: Path, names: Iterable[str]) -> None:
    """Raise `StandIns` if one of `names`, files in `root` that git filters, is a pointer or is still encrypted."""
    pointers, locked = [], []
    for name in names:
        path = root / name
        if path.is_symlink() or not path.is_file():
            continue
        with path.open("rb") as file:
            beginning = file.read(len(_LFS))
        if beginning == _LFS and path.stat().st_size <= _LONGEST:
            pointers.append(name)
        elif beginning.startswith(_CRYPT):
            locked.append(name)
    if pointers:
        raise StandIns(
            "The build context has pointers of Git LFS in place of the files themselves.",
            why=listed(_TITLE, pointers),
            fix="Fetch them with `git lfs pull` (in GitHub Actions: `lfs: true` for actions/checkout), "
            "or add them to .dockerignore if the image does not need them.",
        )
    if locked:
        raise StandIns(
            "The build context has files that are still encrypted.",
            why=listed(_TITLE, locked),
            fix="Decrypt them with `git-crypt unlock`, or add them to .dockerignore if the image does not need them.",
        )
