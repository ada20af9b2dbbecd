"""What to do where a command lacks a permission that the deploy role does not have by itself."""

from __future__ import annotations

from ecsdeploy.errors import PermissionDenied
from ecsdeploy.runtime import Options

_ANY = "Allow "
"""How the advice begins that fits every refusal; a command that knows better has said so already."""


def what_to_do(error: PermissionDenied, options: Options) -> str:
    """Return the fix of a refusal: for a command that `[iam] grants` adds or that is an admin's, how to get it."""
    from ecsdeploy.policy.grants.needs import NEEDS

    need = NEEDS.get(options.command)
    if need is None or need.who == "deploy role" or not error.fix.startswith(_ANY):
        return error.fix
    policy = f"`ecsdeploy iam{options.place} --for {options.command}` shows the policy"
    if need.who == "an admin":
        return f"{error.fix} {policy} that all of it takes."
    return (
        f'The deploy role may with grants = ["{options.command}"] in [iam], after `ecsdeploy setup{options.place}`; '
        f"for others, {policy}."
    )
