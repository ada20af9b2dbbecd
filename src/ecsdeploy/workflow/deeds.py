"""What the journal says of a write: what is being done, what was begun, what is done."""

from __future__ import annotations

from ecsdeploy.core.step import Ref
from ecsdeploy.events import Action

_DOING = {"created": "setting up", "updated": "updating", "deregistered": "deregistering", "deleted": "deleting"}


def doing(action: Action, ref: Ref) -> str:
    """Return what is being done to a resource."""
    return f"{_DOING[action]} {ref}"


def began(action: Action, ref: Ref) -> str:
    """Return what was done of something that takes several writes."""
    return f"began {doing(action, ref)}"


def did(action: Action, ref: Ref, name: str) -> str:
    """Return what was done; `name` is what the resource is called now."""
    if ref.kind == "task definition" and action == "created":
        return f"registered {name}"
    return f"{action} the service {name}" if ref.kind == "service" else f"{action} {ref.kind} {name}"
