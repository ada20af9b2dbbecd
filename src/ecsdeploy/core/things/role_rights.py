"""What a role of the task keeps: a revision that runs, or is gone back to, may need what the config no longer does."""

from __future__ import annotations

from dataclasses import replace

from ecsdeploy.core.grant import beyond, widened
from ecsdeploy.core.role import WantedRole
from ecsdeploy.core.target import Target
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.errors import Refused
from ecsdeploy.policy import Document, PolicyError
from ecsdeploy.policy.size import require_inline_size


def with_what_it_has(wanted: WantedRole, policy: Document | None, target: Target, upkeep: Upkeep) -> WantedRole:
    """Return the role with what it may do already; the deploy role may do what the config says, and nothing else.

    Raises `Refused` if its policy gets too long for IAM by that.
    """
    if upkeep.tighten or wanted.kind == "deploy role" or wanted.permissions is None or policy is None:
        return wanted
    both = widened(policy, wanted.permissions)
    if both == policy:
        return replace(wanted, permissions=policy)
    try:
        require_inline_size(both)
    except PolicyError as error:
        raise Refused(
            f"The {wanted.kind} {wanted.name} cannot be allowed more: {error}.",
            why="It keeps what earlier configs needed.",
            fix=f"{_tighten(target)} takes back what this config does not need.",
        ) from error
    return replace(wanted, permissions=both)


def more_than_needed(wanted: WantedRole, policy: Document | None, target: Target, upkeep: Upkeep) -> tuple[str, ...]:
    """Return what to tell an admin about a role of the task that may do more than the config needs."""
    if upkeep.tighten or not upkeep.reconcile or wanted.kind == "deploy role":
        return ()
    if wanted.permissions is None or policy is None or not (more := beyond(policy, wanted.permissions)):
        return ()
    text = f"The {wanted.kind} {wanted.name} may do more than this config needs: {'; '.join(more)}."
    return (f"{text} It stays, as older revisions may need it; {_tighten(target)} takes it back.",)


def _tighten(target: Target) -> str:
    return f"`ecsdeploy setup{target.env_option} --tighten`"
