"""The one step of a workflow that deploys: whose action it is, and at which commit.

An action is named by its repository and pinned by its commit: a tag can be moved by whoever owns the repository, a
commit by nobody. The actions of others are pinned here, and kept up to date with those of this repository's workflows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ecsdeploy.errors import UsageError

CHECKOUT_ACTION = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"

_PINNED = re.compile(r"(?P<repository>[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+)@(?P<commit>[0-9a-f]{40})")
_IN_FILE = re.compile(rf"^ +uses: (?P<action>{_PINNED.pattern})(?: # (?P<version>[\w. -]+))?$", re.MULTILINE)
_VERSION = re.compile(r"[A-Za-z0-9_. -]*")
_STEP = re.compile(r"^ +- id: deploy\b.*\n(?P<rest>(?:.*\n)?)", re.MULTILINE)


@dataclass(frozen=True)
class Action:
    """An action: `uses` is what a step names it by, `version` what a comment says of that commit ("": nothing)."""

    uses: str
    version: str = ""

    def __str__(self) -> str:
        """Return what stands behind `uses:`."""
        return self.uses + (f" # {self.version}" if self.version else "")


def named(text: str) -> Action:
    """Return the action that an option names: OWNER/REPOSITORY@COMMIT, and ` # VERSION` or not. Raises `UsageError`."""
    uses, _, version = text.partition(" # ")
    action = pinned(uses, version) if _VERSION.fullmatch(version) else None
    if action is None:
        raise UsageError(
            f"--action {text!r} names no action at a commit.",
            why="A tag or a branch can be moved to other code; a commit, 40 digits, cannot.",
            fix="Write --action OWNER/REPOSITORY@COMMIT, with the repository that has ecsdeploy's action.yml.",
        )
    return action


def pinned(text: str, version: str = "") -> Action | None:
    """Return the action that `text` names, None if that is not an action at a commit."""
    return Action(text, version) if _PINNED.fullmatch(text) else None


def used_by(workflow: str) -> Action | None:
    """Return the action that the deploying step of a workflow's text uses, None if there is no such step."""
    for step in _STEP.finditer(workflow):
        if found := _IN_FILE.match(step["rest"]):
            return Action(found["action"], found["version"] or "")
    return None
