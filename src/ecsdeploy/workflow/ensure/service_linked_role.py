"""The role with which ECS itself makes network interfaces: once per account."""

from __future__ import annotations

from ecsdeploy.aws.iam import Iam
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.errors import PermissionDenied
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.ensure.telling import created, making, unchanged

KIND = "service-linked role"
NAME = "AWSServiceRoleForECS"


def ensure_service_linked_role(run: Run, upkeep: Upkeep) -> None:
    """Create the role where the account has none; it usually has, since ECS's console makes it."""
    iam = Iam(run.aws)
    try:
        exists = iam.has_service_linked_role()
    except PermissionDenied:
        if upkeep.reconcile:
            raise
        return  # a role that may only deploy finds out from ECS, which says it clearly
    if exists:
        unchanged(run, upkeep, KIND, NAME)
        return
    with making(run, upkeep, KIND, NAME):
        if iam.create_service_linked_role():
            created(run, KIND, NAME)
        else:
            unchanged(run, upkeep, KIND, NAME)
