"""Which of two commits is older, as far as the checkout knows, and when one was made.

A CI job often has a shallow clone, in which most commits are missing: then git knows only what it has. Nothing is
fetched to find out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from ecsdeploy.core.older import Relation
from ecsdeploy.errors import Refused
from ecsdeploy.image.revision import Git

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Lineage:
    """The commits of the repository that `folder` is in; each question is asked once."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        # A partial clone would fetch what it lacks (git 2.44 and later can be told not to).
        self._git = Git(folder, {**env, "GIT_NO_LAZY_FETCH": "1"})
        self._times: dict[str, datetime | None] = {}
        self._relations: dict[tuple[str, str], Relation] = {}

    def time(self, commit: str) -> datetime | None:
        """Return when `commit` was committed, in UTC; None if it is not there."""
        if commit not in self._times:
            self._times[commit] = self._time(commit)
        return self._times[commit]

    def relation(self, ours: str, theirs: str) -> Relation:
        """Return what `ours` is to `theirs`; `unknown` if one of them is not there, or the clone is too shallow."""
        if (ours, theirs) not in self._relations:
            self._relations[ours, theirs] = self._relation(ours, theirs)
        return self._relations[ours, theirs]

    def _time(self, commit: str) -> datetime | None:
        if not _COMMIT.fullmatch(commit):
            return None
        try:
            # What git prints first is `commit HASH`; `log` would obey the user's own settings.
            _, seconds, *_ = self._git.lines("rev-list", "--max-count=1", "--format=%ct", commit, "--")
            return datetime.fromtimestamp(int(seconds), UTC)
        except (Refused, ValueError, OverflowError, OSError):
            return None

    def _relation(self, ours: str, theirs: str) -> Relation:
        if not (_COMMIT.fullmatch(ours) and _COMMIT.fullmatch(theirs)):
            return "unknown"
        follows = self._git.says("merge-base", "--is-ancestor", theirs, ours)
        if follows is None:
            return "unknown"
        if follows:
            return "descendant"
        if self._git.says("merge-base", "--is-ancestor", ours, theirs):
            return "ancestor"
        # Where history is cut off, git says "no" of an ancestor beyond the cut.
        return "diverged" if self._is_whole() else "unknown"

    def _is_whole(self) -> bool:
        try:
            return self._git.lines("rev-parse", "--is-shallow-repository") == ["false"]
        except Refused:
            return False
