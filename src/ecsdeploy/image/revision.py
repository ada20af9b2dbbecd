"""The git commit of the source tree, which names the image that is built from it.

A tree that differs from its commit gets a tag of its own, the same for the same content: building it twice is
building it once, and nobody takes it for the commit.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ecsdeploy.errors import Refused
from ecsdeploy.image.process import without_credentials

# Nothing that the repository's own config names is run; `-c` outranks it. The locks belong to the user's git.
_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false")
_FIX_NO_COMMIT = "Run it in a git checkout with at least one commit, or name the image yourself with --tag."


@dataclass(frozen=True)
class Revision:
    """A state of the source: `commit` (40 hex digits), what differs from it, and where it is kept (`source`)."""

    commit: str
    changed: tuple[str, ...] = ()
    change_hash: str = ""
    source: str = ""

    @property
    def dirty(self) -> bool:
        """Return whether the tree differs from the commit."""
        return bool(self.changed)

    @property
    def tag(self) -> str:
        """Return the image's tag: the commit, and what distinguishes a changed tree from it."""
        return f"{self.commit}-dirty-{self.change_hash}" if self.dirty else self.commit

    @property
    def short(self) -> str:
        """Return the commit as people read it: 7 digits, marked if the tree differs."""
        return self.commit[:7] + ("-dirty" if self.dirty else "")


def read_revision(context: Path, env: Mapping[str, str], *, counts: Callable[[str], bool]) -> Revision:
    """Return the state of the repository that `context` lies in.

    Every tracked file of the repository counts. An untracked one counts if it can get into the image: it lies in
    the context and `counts` says yes to its path there (`/` between names). Raises `Refused`.
    """
    git = _Git(context, env)
    root = Path(git.lines("rev-parse", "--show-toplevel")[0])
    commit = git.lines("rev-parse", "--verify", "HEAD^{commit}")[0]
    tracked = git.names("diff", "HEAD", "--name-only", "-z", "--no-ext-diff", "--ignore-submodules=none")
    # Relative to where git runs: the context.
    untracked = [name for name in git.names("ls-files", "--others", "--exclude-standard", "-z") if counts(name)]
    changed = (*tracked, *(_relative(context / name, root) for name in untracked))
    return Revision(
        commit=commit,
        changed=changed,
        change_hash=_change_hash(git, root, [context / name for name in untracked]) if changed else "",
        source=normalized_remote(git.remote()),
    )


def head(folder: Path, env: Mapping[str, str]) -> str:
    """Return the commit that is checked out in the repository that `folder` is in; "" if there is none."""
    try:
        return _Git(folder, env).lines("rev-parse", "--verify", "HEAD^{commit}")[0]
    except (Refused, OSError):
        return ""


def keeps(context: Path, file: Path, env: Mapping[str, str]) -> bool:
    """Return whether the repository that `context` lies in tracks `file`: then the commit says what is in it."""
    try:
        _Git(context, env).run("ls-files", "--error-unmatch", "--", str(file.resolve()))
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


def _change_hash(git: _Git, root: Path, untracked: list[Path]) -> str:
    """Return 12 hex digits that stand for what differs: the same difference gives the same digits."""
    digest = hashlib.sha256(
        git.run("diff", "HEAD", "--binary", "--no-color", "--no-ext-diff", "--no-textconv", "--submodule=diff")
    )
    for path in sorted(untracked):
        try:
            kind, content = _content(path)
        except OSError as error:
            raise Refused(
                f"{path} can't be read, so the image can't be named after it.",
                why=str(error),
                fix="Make it readable, or name it in .gitignore or .dockerignore.",
            ) from error
        digest.update(f"\0{_relative(path, root)}\0{kind}\0{len(content)}\0".encode(errors="surrogateescape") + content)
    return digest.hexdigest()[:12]


def _content(path: Path) -> tuple[str, bytes]:
    """Return what git would keep of a new file: its kind, and the content or a link's target."""
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return "link", os.fsencode(path.readlink())
    if stat.S_ISDIR(mode):  # a checkout inside the checkout: git names the folder alone
        inside = sorted(
            file for file in path.rglob("*") if file.is_file() and ".git" not in file.relative_to(path).parts
        )
        return "folder", b"".join(hashlib.sha256(file.read_bytes()).digest() for file in inside)
    return "program" if mode & stat.S_IXUSR else "file", path.read_bytes()


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


class _Git:
    """git in one folder, asked without locks, prompts or credentials."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self._folder = folder
        self._env = without_credentials(env) | {
            "LC_ALL": "C",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
        }

    def run(self, *arguments: str) -> bytes:
        """Return what git prints. Raises `Refused` with git's own words."""
        try:
            done = subprocess.run(
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
        if done.returncode != 0:
            raise _explained(done.stderr.decode(errors="replace").strip(), self._folder)
        return done.stdout

    def lines(self, *arguments: str) -> list[str]:
        """Return the lines that git prints."""
        return self.run(*arguments).decode(errors="surrogateescape").splitlines()

    def names(self, *arguments: str) -> list[str]:
        """Return the names that git prints, each ended by a zero byte."""
        return [name for name in self.run(*arguments).decode(errors="surrogateescape").split("\0") if name]

    def remote(self) -> str:
        """Return the address of `origin`, or "" if there is none."""
        try:
            return self.lines("config", "--get", "remote.origin.url")[0]
        except (Refused, IndexError):
            return ""


def _explained(said: str, folder: Path) -> Refused:
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
    return Refused("git could not say which commit this is.", why=said or "It printed nothing.", fix=_FIX_NO_COMMIT)
