"""The git commit of the source, which names the image that is built from it, and git itself.

A tree that differs from its commit gets a tag of its own, the same for the same content: building it twice is
building it once, and nobody takes it for the commit.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ecsdeploy.errors import Refused
from ecsdeploy.image.process import without_credentials

# Nothing that the repository's own config names is run; `-c` outranks it. The locks belong to the user's git.
_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false")
# What would lead git to another repository than the folder's: a hook's own variables, say, that a command inherits.
_ELSEWHERE = {
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
}
_FIX_NO_COMMIT = "Run it in a git checkout with at least one commit, or name the image yourself with --tag."
_TAG_DIGITS = 12


@dataclass(frozen=True)
class Revision:
    """A state of the source: `commit` (40 hex digits), and what reaches the builder besides or instead of its files.

    `changed` are differences from the commit. `ignored` are files that git ignores and `.dockerignore` does not: build
    output, usually. `content` are hex digits that stand for all that reaches the builder; `source` is the remote.
    """

    commit: str
    changed: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    content: str = ""
    source: str = ""

    @property
    def dirty(self) -> bool:
        """Return whether what is built differs from the commit."""
        return bool(self.changed)

    @property
    def tag(self) -> str:
        """Return the image's tag: the commit, and what distinguishes from it what is built."""
        if self.dirty:
            return f"{self.commit}-dirty-{self.content[:_TAG_DIGITS]}"
        return f"{self.commit}-plus-{self.content[:_TAG_DIGITS]}" if self.ignored else self.commit

    @property
    def short(self) -> str:
        """Return the commit as people read it: 7 digits, marked if what is built differs from it."""
        return self.commit[:7] + ("-dirty" if self.dirty else "")


def head(folder: Path, env: Mapping[str, str]) -> str:
    """Return the commit that is checked out in the repository that `folder` is in; "" if there is none."""
    try:
        return Git(folder, env).lines("rev-parse", "--verify", "HEAD^{commit}")[0]
    except (Refused, OSError):
        return ""


def keeps(context: Path, file: Path, env: Mapping[str, str]) -> bool:
    """Return whether the repository that `context` lies in tracks `file`: then the commit says what is in it."""
    try:
        Git(context, env).run("ls-files", "--error-unmatch", "--", str(file.resolve()))
    except Refused:
        return False
    return True


def normalized_remote(url: str) -> str:
    """Return a remote's address as an https one without user, password or token; "" for a path of this machine."""
    url = url.strip()
    scp = re.fullmatch(r"(?:[^@/\s]+@)?(?P<host>[\w.-]{2,}):(?!/)(?P<path>[^\s]+)", url)
    address = re.fullmatch(
        r"(?:https?|ssh|git|git\+ssh)://(?:[^@/\s]*@)*(?P<host>[\w.-]+)(?::\d+)?/(?P<path>[^\s?#]+).*", url
    )
    found = address or (scp if "://" not in url else None)
    if found is None:
        return ""
    path = found["path"].strip("/").removesuffix(".git")
    return f"https://{found['host']}/{path}"


class Git:
    """git in one folder, asked without locks, prompts or credentials."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self._folder = folder
        self._env = {name: value for name, value in without_credentials(env).items() if name not in _ELSEWHERE} | {
            "LC_ALL": "C",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
        }

    def run(self, *arguments: str) -> bytes:
        """Return what git prints. Raises `Refused` with git's own words."""
        done = self._done(*arguments)
        if done.returncode != 0:
            raise explained(done.stderr.decode(errors="replace").strip(), self._folder)
        return done.stdout

    def says(self, *arguments: str) -> bool | None:
        """Return git's answer to a question of yes or no; None if it cannot tell, or cannot be started."""
        try:
            return {0: True, 1: False}.get(self._done(*arguments).returncode)
        except Refused:
            return None

    def _done(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                [*_GIT, *arguments],
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
        except FileNotFoundError as error:
            raise Refused(
                "The image is named after the git commit, and `git` was not found.",
                why=str(error),
                fix="Install git, or name the image yourself with --tag.",
            ) from error
        except OSError as error:
            raise Refused(
                "The image is named after the git commit, and `git` can't be started.",
                why=f"{error.strerror}.",
                fix="Install git again, or name the image yourself with --tag.",
            ) from error

    def lines(self, *arguments: str) -> list[str]:
        """Return the lines that git prints, at least one. Raises `Refused`."""
        found = self.run(*arguments).decode(errors="surrogateescape").splitlines()
        if not found:
            raise explained("", self._folder)
        return found

    def names(self, *arguments: str) -> list[str]:
        """Return the names that git prints, each ended by a zero byte."""
        return [name for name in self.run(*arguments).decode(errors="surrogateescape").split("\0") if name]

    def remote(self) -> str:
        """Return the address of `origin`, or "" if there is none."""
        try:
            return self.lines("config", "--get", "remote.origin.url")[0]
        except Refused:
            return ""


def explained(said: str, folder: Path) -> Refused:
    """Return the refusal for what git printed."""
    if "dubious ownership" in said:
        return Refused(
            "git does not trust this checkout: it belongs to another user.",
            why=said.splitlines()[0],
            fix=f"If it is yours (say, a CI job in a container): git config --global --add safe.directory {folder}",
        )
    if "not a git repository" in said:
        return Refused(
            f"{folder} is not in a git repository, so the image has no commit to be named after.",
            why=said.splitlines()[0],
            fix=_FIX_NO_COMMIT,
        )
    if "Needed a single revision" in said or "unknown revision" in said:
        return Refused(f"The git repository of {folder} has no commit yet.", why=said, fix=_FIX_NO_COMMIT)
    return Refused(
        "git could not say which commit this is.",
        why=said or "It printed nothing.",
        fix=f"Make `git status` work in {folder}, or name the image yourself with --tag.",
    )
