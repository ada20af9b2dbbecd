"""What a role of the task may do and the config does not need, and the other way round where nobody can see it.

A revision that runs, or is gone back to, may need what the config no longer does: only `setup --tighten` takes it back.
"""

from __future__ import annotations

from dataclasses import replace

from ecsdeploy.core.account import Account, Hidden
from ecsdeploy.core.grant import beyond, widened
from ecsdeploy.core.role import WantedRole
from ecsdeploy.core.sidecars import reference_of, secrets_of
from ecsdeploy.core.target import Target
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.errors import Refused
from ecsdeploy.policy import Document, PolicyError
from ecsdeploy.policy.secrets import Secret
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


def not_seen_to_read(target: Target, account: Account, hidden: Hidden) -> tuple[str, ...]:
    """Return what to say about secrets that the running revision does not read, where the execution role is hidden."""
    if account.running is None:
        return ()  # the role was made from a config, and nothing says that it was another one
    place = account.place
    known = {each.resource(place) for each in secrets_of(account.running.document)}
    named = [found for text in account.secrets.values() if (found := reference_of(text)) is not None]
    needed = dict.fromkeys(
        (*(Secret(each.kind, each.name, each.arn) for each in named), *secrets_of(target.config.task.raw))
    )
    new = [each.name for each in needed if each.resource(place) not in known]
    if not new:
        return ()
    return (
        f"Whether the execution role {target.names.execution_role} may read {', '.join(new)} was not checked, no "
        f"permission for {hidden}. If it may not, no task will start: `ecsdeploy setup{target.env_option}` allows it.",
    )


def _tighten(target: Target) -> str:
    return f"`ecsdeploy setup{target.env_option} --tighten`"
