"""The journal's words for a write: what is being done, what was started, what is done."""

from __future__ import annotations

from collections.abc import Sequence

from ecsdeploy.changes import Action
from ecsdeploy.core.step import Ref, Step

_DOING = {
    "created": "setting up",
    "updated": "updating",
    "deregistered": "deregistering",
    "deleted": "deleting",
    "ran": "running",
}


def doing(action: Action, ref: Ref) -> str:
    """Return what is being done to a resource."""
    return f"{_DOING[action]} {ref}"


def partly(action: Action, ref: Ref, steps: Sequence[Step]) -> str:
    """Return what was done of something that takes several writes; `steps` are those done."""
    if action != "updated":
        return f"began {doing(action, ref)}"
    paths = dict.fromkeys(change.path for step in steps for change in step.changes)
    return f"changed {', '.join(paths) or 'a part'} of the {ref}"


def did(action: Action, ref: Ref, name: str) -> str:
    """Return what was done; `name` is what the resource is called now."""
    if ref.kind == "task definition" and action == "created":
        return f"registered {name}"
    return f"{action} the service {name}" if ref.kind == "service" else f"{action} {ref.kind} {name}"
