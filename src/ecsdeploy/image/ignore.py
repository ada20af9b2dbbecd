"""Which files of the build context reach the builder: `.dockerignore`, read as Docker reads it.

The rules are those of moby/patternmatcher, which BuildKit uses: the last pattern that matches a path or one of its
parents decides, names are case-sensitive, `*` stays inside one name and `**` does not. The matcher in docker-py
differs (it ignores case and misses `**` in parents), and a guard must not believe a file is left out that is sent.
"""

from __future__ import annotations

import os
import posixpath
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ecsdeploy.errors import UsageError

_REGEX_MEANS_ITSELF = frozenset(".+()|{}$")


@dataclass(frozen=True)
class Pattern:
    """One line of an ignore file: a cleaned pattern, and whether it lets files in again (`!`)."""

    text: str
    lets_in: bool
    regex: re.Pattern[str]

    def matches(self, path: str) -> bool:
        """Return whether it matches `path` or one of its parents."""
        names = path.split("/")
        return any(self.regex.fullmatch("/".join(names[:count])) for count in range(len(names), 0, -1))

    def may_match_below(self, folder: str) -> bool:
        """Return whether it could match something inside `folder`."""
        fixed = re.split(r"[*?\[\\]", self.text, maxsplit=1)[0]
        return folder.startswith(fixed) or fixed.startswith(folder + "/")


@dataclass(frozen=True)
class Ignore:
    """An ignore file: what it leaves out, path by path (`/` between names, relative to the context)."""

    patterns: tuple[Pattern, ...] = ()

    def keeps_out(self, path: str) -> bool:
        """Return whether `path` does not reach the builder."""
        out = False
        for pattern in self.patterns:
            if pattern.lets_in == out and pattern.matches(path):
                out = not pattern.lets_in
        return out

    def walk(self, root: Path) -> Iterator[os.DirEntry[str]]:
        """Yield the files, links and folders of `root` that reach the builder, in a fixed order.

        Their `path` begins with `root`. Links are not followed: a builder gets the link, not what it points to.
        """
        yield from self._walk(str(root), "")

    def _walk(self, folder: str, inside: str) -> Iterator[os.DirEntry[str]]:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
        for entry in ordered:
            path = f"{inside}{entry.name}"
            out = self.keeps_out(path)
            if not out:
                yield entry
            if entry.is_dir(follow_symlinks=False) and not (out and self._nothing_below(path)):
                yield from self._walk(entry.path, f"{path}/")

    def _nothing_below(self, folder: str) -> bool:
        return not any(pattern.lets_in and pattern.may_match_below(folder) for pattern in self.patterns)


def ignore_file(context: Path, dockerfile: Path) -> Path | None:
    """Return the file that rules: `NAME.dockerignore` beside the Dockerfile, else `.dockerignore` of the context."""
    own = dockerfile.with_name(dockerfile.name + ".dockerignore")
    shared = context / ".dockerignore"
    return next((path for path in (own, shared) if path.is_file()), None)


def read_ignore(context: Path, dockerfile: Path) -> Ignore:
    """Return the rules for building `dockerfile` in `context`. Raises `UsageError` for an invalid pattern."""
    path = ignore_file(context, dockerfile)
    return parse_ignore(path.read_text("utf-8-sig", errors="replace"), name=path.name) if path else Ignore()


def parse_ignore(text: str, *, name: str = ".dockerignore") -> Ignore:
    """Return the rules in the text of an ignore file. Raises `UsageError` with the line's number."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#") or not line.strip():
            continue
        lets_in = line.strip().startswith("!")
        cleaned = _cleaned(line.strip().removeprefix("!").strip())
        if not cleaned:
            continue
        try:
            found.append(Pattern(cleaned, lets_in, _compiled(cleaned)))
        except (re.error, ValueError) as error:
            raise UsageError(
                f"{name}, line {number}: {line.strip()!r} is not a pattern.",
                why=str(error),
                fix="See https://docs.docker.com/build/concepts/context/#dockerignore-files.",
            ) from error
    return Ignore(tuple(found))


def _cleaned(pattern: str) -> str:
    """Return the pattern as Go's filepath.Clean leaves it, without a leading slash."""
    return posixpath.normpath(pattern).lstrip("/") if pattern else ""


def _compiled(pattern: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        # Python reserves `[[` and `&&` inside a class for a later version; Go takes them literally.
        warnings.simplefilter("ignore", FutureWarning)
        return re.compile(_regex(pattern), re.DOTALL)


def _regex(pattern: str) -> str:
    """Return the regular expression that moby/patternmatcher compiles `pattern` to."""
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        position += 1
        if pattern.startswith("**", position - 1):
            position += 1
            if pattern.startswith("/", position):
                position += 1
            parts.append("(.*/)?" if position < len(pattern) else ".*")
        elif char == "*":
            parts.append("[^/]*")
        elif char == "?":
            parts.append("[^/]")
        elif char == "\\":
            if position == len(pattern):
                raise ValueError("a backslash must be followed by the character that it escapes")
            parts.append(re.escape(pattern[position]))
            position += 1
        else:
            parts.append("\\" + char if char in _REGEX_MEANS_ITSELF else char)
    return "".join(parts)
