"""`ecsdeploy iam`: the policy that a command needs, from the config alone."""

from __future__ import annotations

from collections.abc import Mapping

from ecsdeploy.config.mistake import nearest
from ecsdeploy.core.scope import scope_of
from ecsdeploy.core.target import Target
from ecsdeploy.errors import Refused, UsageError
from ecsdeploy.events import Note
from ecsdeploy.permits import PermitList, Permits, Policy, Reason
from ecsdeploy.policy.arns import Place, partition_of
from ecsdeploy.policy.grants import Grant, document
from ecsdeploy.policy.grants.needs import NEEDS, Who
from ecsdeploy.policy.grants.policies import DEPLOY, SHORTEN, grants_for
from ecsdeploy.policy.size import INLINE_LIMIT, compact
from ecsdeploy.runtime import Run

_HAVE: Mapping[Who, str] = {
    "deploy role": "the deploy role has it",
    "by [iam] grants": "the deploy role has it by [iam] grants",
    "an admin": "only an administrator has it",
}


def show_policies(run: Run, target: Target) -> None:
    """Report which commands there is a policy for, and who may use them."""
    found = tuple(Permits(name, need.who, need.does) for name, need in NEEDS.items())
    granted = tuple(sorted(set(target.config.iam.grants)))
    run.report(PermitList(found, granted), Note("`ecsdeploy iam --for COMMAND` shows the policy of one."))


def show_policy(run: Run, target: Target, command: str) -> None:
    """Report the policy that `command` needs and the reason for each statement.

    Raises `UsageError` if there is no such command, `Refused` if the deploy role's is too long for IAM.
    """
    if command not in NEEDS:
        meant = nearest(command, tuple(NEEDS))
        raise UsageError(
            f"There is no policy for {command!r}.",
            fix=f"Did you mean --for {meant}?" if meant else "`ecsdeploy iam` lists the commands.",
        )
    place = _place(run, target)
    role = place.role
    passed = tuple(role(name, target.config.iam.path) for name in (target.names.execution_role, target.names.task_role))
    found = grants_for(command, place, scope_of(target, place, passed))
    shown = document(found)
    length = len(compact(shown))
    if command == DEPLOY and length > INLINE_LIMIT:
        what = f"The deploy role's policy has {length:,} characters, and IAM takes {INLINE_LIMIT:,}."
        raise Refused(what, fix=f"{SHORTEN[0].upper()}{SHORTEN[1:]}.")
    run.report(Note(_head(target, command)), *map(_reason, found), Policy(command, length, shown))


def _place(run: Run, target: Target) -> Place:
    """Return where the resources are; AWS is only asked if the config does not name the account."""
    account = target.config.account
    if account is not None:
        return Place(partition_of(target.region), target.region, account)
    who = run.aws.identity
    return Place(who.partition, target.region, who.account)


def _reason(grant: Grant) -> Reason:
    return Reason(grant.sid, grant.why)


def _head(target: Target, command: str) -> str:
    if command == DEPLOY:
        role = target.names.deploy_role
        return f"The policy of the deploy role {role}, as `ecsdeploy setup{target.env_option}` writes it:"
    if command == "destroy":
        return (
            f"What `ecsdeploy destroy{target.env_option}` needs; its roles only an admin deletes, and no [iam] grants:"
        )
    if command == "exec":
        return f"What `aws ecs execute-command` needs; {_HAVE['by [iam] grants']}:"
    return f"What `ecsdeploy {command}{target.env_option}` needs; {_HAVE[NEEDS[command].who]}:"
