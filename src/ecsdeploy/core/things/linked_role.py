"""The role with which ECS itself makes network interfaces: once per account."""

from __future__ import annotations

from ecsdeploy.core.account import Account, Hidden, seen
from ecsdeploy.core.step import Answer, Ref, Repeat, Step, answers
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.core.wanted import Wanted

REF = Ref("service-linked role", "AWSServiceRoleForECS")


def decide(_wanted: Wanted, account: Account, upkeep: Upkeep) -> Decision:
    """Return how to create the role if the account has none; it usually has, since ECS's console makes it.

    `deploy` asks for it only before it makes a cluster. Raises `PermissionDenied`.
    """
    cluster = seen(account.cluster)
    if not upkeep.reconcile and cluster is not None and not cluster.is_gone:
        return Decision(ref=REF, quiet=True)
    if isinstance(account.linked_role, Hidden):
        if upkeep.reconcile:
            raise account.linked_role.error
        return Decision(
            ref=REF, quiet=True, hidden=account.linked_role
        )  # with a role that may only deploy, ECS's own error is clear
    if account.linked_role:
        return Decision(ref=REF, quiet=not upkeep.reconcile)
    return Decision(
        ref=REF,
        steps=(
            Step(
                about=REF,
                action="created",
                call="iam:CreateServiceLinkedRole",
                parameters={"AWSServiceName": "ecs.amazonaws.com"},
                repeat=Repeat(taken=(*answers("EntityAlreadyExists"), Answer("InvalidInput", ("has been taken",)))),
            ),
        ),
    )
