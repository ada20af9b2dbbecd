"""Which files of the build context reach the builder: `.dockerignore`, read as Docker reads it."""

from __future__ import annotations

import errno
import os
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from ecsdeploy.errors import UsageError
from ecsdeploy.image.patterns import Found, Pattern, compile_pattern, judge

# What Go's unicode.IsSpace takes for a space; Python's str.strip() takes four control characters more.
_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_MANUAL = "See https://docs.docker.com/build/concepts/context/#dockerignore-files."


@dataclass(frozen=True)
class Ignore:
    """An ignore file: what it leaves out, path by path (`/` between names, relative to the context)."""

    patterns: tuple[Pattern, ...] = ()

    def keeps_out(self, path: str) -> bool:
        """Return whether `path` does not reach the builder."""
        names = path.split("/")
        parents = ("/".join(names[:count]) for count in range(1, len(names) + 1))
        return reduce(lambda found, each: judge(self.patterns, each, found), parents, Found()).out

    def walk(self, root: Path) -> Iterator[os.DirEntry[str]]:
        """Yield the files, links and folders of `root` that reach the builder, in a fixed order.

        Their `path` begins with `root`. Links are not followed: a builder gets the link, not what it points to.
        Raises `UsageError` for a folder that cannot be read and is not left out: the builder would fail there too.
        """
        yield from self._walk(str(root), "", Found())

    def _walk(self, folder: str, inside: str, parent: Found) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                ordered = sorted(entries, key=lambda entry: entry.name)
        except PermissionError as error:
            if parent.out:
                return
            raise _unreadable(inside.rstrip("/") or folder, error) from error
        for entry in ordered:
            path = f"{inside}{entry.name}"
            found = judge(self.patterns, path, parent)
            if not found.out:
                yield entry
            if entry.is_dir(follow_symlinks=False) and not (found.out and self._nothing_below(path)):
                yield from self._walk(entry.path, f"{path}/", found)

    def _nothing_below(self, folder: str) -> bool:
        return not any(pattern.lets_in and pattern.may_match_below(folder) for pattern in self.patterns)


def require_readable(path: str, file: str) -> None:
    """Raise `UsageError` unless this user can read `file`, which is `path` in the build context."""
    if not os.access(file, os.R_OK):
        raise _unreadable(path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def _unreadable(path: str, error: OSError) -> UsageError:
    return UsageError(
        f"{path} in the build context cannot be read.",
        why=f"{error.strerror}.",
        fix="Make it readable, or add it to .dockerignore if the image does not need it.",
    )


def ignore_file(context: Path, dockerfile: Path) -> Path | None:
    """Return the file that rules: `NAME.dockerignore` beside the Dockerfile, else `.dockerignore` of the context.

    Raises `UsageError` for a symbolic link: BuildKit does not follow one that leads out of the context, and then leaves
    nothing out (moby/moby#42108).
    """
    own = dockerfile.with_name(dockerfile.name + ".dockerignore")
    shared = context / ".dockerignore"
    found = next((path for path in (own, shared) if path.is_file() or path.is_symlink()), None)
    if found is not None and found.is_symlink():
        raise UsageError(
            f"{found.name} is a symbolic link, which Docker does not always follow.",
            why=f"It points to {found.readlink()}; where Docker does not follow it, nothing is left out of the image.",
            fix="Put a copy of the file there instead of the link.",
        )
    return found


def read_ignore(context: Path, dockerfile: Path) -> Ignore:
    """Return the rules for building `dockerfile` in `context`. Raises `UsageError` for a file that cannot be used."""
    path = ignore_file(context, dockerfile)
    if path is None:
        return Ignore()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(path.name, error) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise UsageError(
            f"{path.name} is not UTF-8 text, so Docker does not read what you see in it.",
            why="PowerShell's `>` and `>>` write UTF-16, for one.",
            fix="Save it as UTF-8.",
        )
    return parse_ignore(text, name=path.name)


def parse_ignore(text: str, *, name: str = ".dockerignore") -> Ignore:
    """Return the rules in the text of an ignore file. Raises `UsageError` with the line's number."""
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        pattern = line.strip(_SPACES)
        if line.startswith("#") or not pattern:
            continue
        lets_in = pattern.startswith("!")
        try:
            cleaned = _cleaned(pattern.removeprefix("!").strip(_SPACES) if lets_in else pattern)
            found.append(compile_pattern(cleaned, lets_in=lets_in))
        except ValueError as error:
            raise UsageError(
                f"{name}, line {number}: {pattern!r} is not a pattern.", why=f"{error}.", fix=_MANUAL
            ) from error
    return Ignore(tuple(found))


def _cleaned(pattern: str) -> str:
    """Return the pattern as Go's filepath.Clean leaves it, without a leading slash. Raises `ValueError` for none."""
    if not pattern:
        raise ValueError("nothing follows the !")
    cleaned = posixpath.normpath(pattern)
    return cleaned.lstrip("/") or cleaned
