"""What reaches the builder, held against the commit: only what the commit has too may get the commit's tag.

git's own view would not do. It calls a file unchanged that it was told not to look at (`skip-worktree`,
`assume-unchanged`, a sparse checkout), and what it ignores does reach the builder. For every other file git's index
is believed: it knows which files were touched since, so that they need not be read here.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ecsdeploy.asked import ask
from ecsdeploy.image.context import BuildContext, workspace_of
from ecsdeploy.image.fingerprint import fingerprint, is_blob
from ecsdeploy.image.ignore import ignore_file
from ecsdeploy.image.revision import Git, Revision, explained, normalized_remote
from ecsdeploy.image.stand_ins import FILTERED, refuse_stand_ins

_SUBMODULE, _LINK = "160000", "120000"


@dataclass(frozen=True)
class Entry:
    """A file in git's index; `watched` says that git looks whether it was changed."""

    mode: str
    oid: str
    watched: bool


@dataclass(frozen=True)
class Tracked:
    """What git keeps below a folder, by path: its index, and which of it git filters on the way to the disk."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    filtered: tuple[str, ...] = ()


def read_revision(
    context: BuildContext, env: Mapping[str, str], *, config: Path | None = None, recipe: str = ""
) -> Revision:
    """Return the state of what `context` sends to a builder, against the commit that is checked out.

    The Dockerfile and its ignore file count although they may not be sent, and so does `config` if git keeps it.
    `recipe` stands for how the image is built otherwise. Raises `Refused`, also for what stands in for a file that was
    not downloaded, and `UsageError` for a folder that cannot be read.
    """
    git = Git(context.root, env)
    beside = Beside.of(context, config)
    commit = ask(lambda: git.lines("rev-parse", "--verify", "HEAD^{commit}")[0])
    root = ask(lambda: Path(git.lines("rev-parse", "--show-toplevel")[0]))
    touched = ask(lambda: git.names(*_DIFF, "--", ".", *beside.pathspecs))
    remote = ask(git.remote)
    tracked = _tracked(git, context.root, env, beside.pathspecs)
    found_commit, top = commit(), root()
    differing = frozenset(os.path.relpath(top / name, context.root) for name in touched())
    sent = _Sent(context, tracked, differing, beside)
    refuse_stand_ins(context.root, (name for name in tracked.filtered if name in sent.files))
    inside, new = sent.beyond_git()
    noticed = _noticed(git, new, beside) if new else frozenset()
    ignored = [*inside, *(name for name in new if name not in noticed)]
    changed = (*sent.changed(), *(name for name in new if name in noticed))
    below = os.path.relpath(context.root, top)
    return Revision(
        commit=found_commit,
        changed=tuple(os.path.normpath(f"{below}/{name}") for name in changed),
        ignored=tuple(os.path.normpath(f"{below}/{name}") for name in sorted(ignored)),
        content=sent.content(recipe),
        source=normalized_remote(remote()),
    )


_DIFF = ("diff", "HEAD", "--name-only", "-z", "--no-ext-diff", "--no-renames", "--ignore-submodules=none")
_NEW = ("ls-files", "--others", "--exclude-standard", "-z")


@dataclass(frozen=True)
class Beside:
    """What decides about the image without being sent, relative to the context.

    `files` are the Dockerfile, the first, and its ignore file. `in_git` are those of the same checkout, and the config.
    """

    files: tuple[str, ...]
    in_git: tuple[str, ...]

    @classmethod
    def of(cls, context: BuildContext, config: Path | None) -> Beside:
        """Return what lies beside `context`. Raises `UsageError` for an ignore file that cannot be used."""
        workspace = workspace_of(context.root)
        ignoring = ignore_file(context.root, context.dockerfile)
        files = [context.dockerfile, *([ignoring] if ignoring else [])]
        here = [each for each in (*files, config) if each is not None and each.is_relative_to(workspace)]
        return cls(*(tuple(os.path.relpath(each, context.root) for each in part) for part in (files, here)))

    @property
    def pathspecs(self) -> tuple[str, ...]:
        """Return what names them to git."""
        return tuple(f":(literal){name}" for name in self.in_git)


def _tracked(git: Git, root: Path, env: Mapping[str, str], more: tuple[str, ...] = (), below: str = "") -> Tracked:
    """Return what git keeps in the folder, submodules that are checked out included."""
    listed = ask(lambda: git.names("ls-files", "-z", "-s", "-v", "--", ".", *more))
    filtered = [f"{below}{name}" for name in git.names("ls-files", "-z", "--", *FILTERED)]
    entries: dict[str, Entry] = {}
    for line in listed():
        about, _, name = line.partition("\t")
        try:
            flag, mode, oid, _ = about.split(" ")
        except ValueError:
            raise explained(f"It printed what is no list of files: {about[:40]!r}", root) from None
        entries[f"{below}{name}"] = Entry(mode, oid, flag.isupper() and flag != "S")
        if mode == _SUBMODULE and os.path.lexists(root / name / ".git"):
            module = _tracked(Git(root / name, env), root / name, env, (), f"{below}{name}/")
            entries |= module.entries
            filtered += module.filtered
    return Tracked(entries, tuple(filtered))


def _noticed(git: Git, new: Sequence[str], beside: Beside) -> frozenset[str]:
    """Return those of the files that git does not keep which it does not ignore either."""
    listed = git.names(*_NEW, "--", ".", *beside.pathspecs)
    # A checkout inside the checkout is listed as `folder/`.
    folders = tuple(name for name in listed if name.endswith("/"))
    elsewhere = frozenset(beside.files) - frozenset(beside.in_git)
    known = elsewhere.union(listed)
    return frozenset(name for name in new if name in known or name.startswith(folders))


@dataclass(frozen=True)
class _Sent:
    """The files that are sent, what git keeps, and what git calls `differing` from the commit (a submodule as one)."""

    context: BuildContext
    tracked: Tracked
    differing: frozenset[str]
    beside: Beside

    @cached_property
    def files(self) -> Mapping[str, os.DirEntry[str]]:
        """Return the files and links that are sent, by their path in the context."""
        return {
            name: entry
            for name, entry in self.context.kept()
            if (entry.is_symlink() or entry.is_file(follow_symlinks=False)) and ".git" not in name.split("/")
        }

    def changed(self) -> Iterator[str]:
        """Yield what is not as the commit has it."""
        yield from (name for name, entry in self.tracked.entries.items() if self._differs(name, entry))
        yield from (name for name in sorted(self.differing - self.tracked.entries.keys()) if self._counts(name))

    def beyond_git(self) -> tuple[list[str], list[str]]:
        """Return the files that git does not keep: those that it must be ignoring in a submodule, and the rest."""
        every = [name for name in dict.fromkeys((*self.files, *self.beside.files)) if name not in self.tracked.entries]
        inside = [name for name in every if self._module_of(name)]
        # Any other new file in a submodule makes all of it differ.
        ignored = [name for name in inside if self._module_of(name) not in self.differing]
        return ignored, [name for name in every if not self._module_of(name)]

    def content(self, recipe: str) -> str:
        """Return 64 hex digits that stand for all that is sent, the Dockerfile, and the recipe."""
        digest = hashlib.sha256(recipe.encode())
        for name in (*self.files, self.beside.files[0]):
            digest.update(f"\0{name}\0{self._identity(name)}".encode(errors="surrogateescape"))
        return digest.hexdigest()

    def _identity(self, name: str) -> str:
        """Return what stands for a file: git's name of it if it is as committed, else that of its content."""
        entry = self.tracked.entries.get(name)
        if entry is not None and self._module_of(name) not in self.differing and self._is_committed(name, entry):
            return f"{entry.mode} {entry.oid}"
        return fingerprint(self.context.root / name)

    def _differs(self, name: str, entry: Entry) -> bool:
        if entry.mode == _SUBMODULE:
            checked_out = os.path.lexists(self.context.root / name / ".git")
            return (name in self.differing or not checked_out) and self._counts(name)
        suspicious = not self._seems_committed(name, entry) and self._counts(name)
        return suspicious and not self._is_committed(name, entry)

    def _is_committed(self, name: str, entry: Entry) -> bool:
        if self._seems_committed(name, entry):
            return True
        path = self.context.root / name
        unseen = not entry.watched and name not in self.differing
        return unseen and os.path.lexists(path) and is_blob(path, entry.mode, entry.oid)

    def _seems_committed(self, name: str, entry: Entry) -> bool:
        """Return whether git says so, and has looked."""
        sent = self.files.get(name)
        as_link = sent is None or entry.mode != _LINK or sent.is_symlink()
        return entry.watched and name not in self.differing and as_link

    def _counts(self, name: str) -> bool:
        beside = (*self.beside.files, *self.beside.in_git)
        return name in self.files or name in beside or not self.context.ignore.keeps_out(name)

    @cached_property
    def _modules(self) -> tuple[str, ...]:
        return tuple(name for name, entry in self.tracked.entries.items() if entry.mode == _SUBMODULE)

    def _module_of(self, name: str) -> str:
        """Return the submodule that a file lies in, or ""."""
        return next((module for module in self._modules if name.startswith(f"{module}/")), "")
