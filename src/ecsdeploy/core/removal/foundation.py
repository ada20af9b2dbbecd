"""What a service needs: its log group, security group and roles."""

from __future__ import annotations

from collections.abc import Iterator

from ecsdeploy.core.account import Hidden, RoleSeen
from ecsdeploy.core.remains import GroupSeen, Noun, Remains
from ecsdeploy.core.removal.running import some
from ecsdeploy.core.removal.unwanted import Unwanted, why_kept
from ecsdeploy.core.role import POLICY
from ecsdeploy.core.step import Kind, Ref, Repeat, Step, answers
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.things.roles import CONTENDED

DETACHING_SECONDS = 300.0
"""How long a task's network interface may hold its security group after the task has stopped."""
ROLES: tuple[tuple[Kind, Noun], ...] = (
    ("execution role", "execution_role"),
    ("task role", "task_role"),
    ("deploy role", "deploy_role"),
)


def log_group(unwanted: Unwanted, remains: Remains, standing: str) -> Iterator[Decision]:
    """Yield what to do about the log group."""
    ref, found = Ref("log group", unwanted.target.names.log_group), remains.log_group
    if found is None:
        return
    if isinstance(found, Hidden):
        yield Decision(ref=ref, hidden=found)
        return
    if isinstance(found.tags, Hidden):
        yield Decision(ref=ref, hidden=found.tags)
        return
    reason = why_kept(unwanted, remains, "log_group", found.tags) or standing
    if not reason and found.group.protected:
        reason = "its deletion protection is on"
    if reason:
        yield Decision(ref=ref, kept=reason)
        return
    repeat = Repeat(passes=answers("OperationAbortedException"), done=answers("ResourceNotFoundException"))
    parameters = {"logGroupName": ref.name}
    step = Step(about=ref, action="deleted", call="logs:DeleteLogGroup", parameters=parameters, repeat=repeat)
    yield Decision(ref=ref, steps=(step,), detail="with all its logs")


def security_groups(unwanted: Unwanted, remains: Remains, standing: str) -> Iterator[Decision]:
    """Yield what to do about the security groups of our name: each VPC can have one."""
    ref, found = Ref("security group", unwanted.target.names.security_group), remains.groups
    if isinstance(found, Hidden):
        yield Decision(ref=ref, hidden=found)
        return
    for each in found:
        reason = why_kept(unwanted, remains, "security_group", each.group.tags) or standing
        reason = reason or _used(unwanted, remains, each)
        if reason:
            yield Decision(ref=ref, detail=each.group.id, kept=reason)
            continue
        repeat = Repeat(
            passes=answers("DependencyViolation"), seconds=DETACHING_SECONDS, done=answers("InvalidGroup.NotFound")
        )
        parameters = {"GroupId": each.group.id}
        step = Step(about=ref, action="deleted", call="ec2:DeleteSecurityGroup", parameters=parameters, repeat=repeat)
        yield Decision(ref=ref, steps=(step,), detail=f"{each.group.id} in {each.group.vpc}")


def _used(unwanted: Unwanted, remains: Remains, seen: GroupSeen) -> str:
    """Return what uses the group apart from our own tasks; "" if nothing does, or it is not known."""
    if seen.named_by:
        return f"the rules of {some(seen.named_by)} name it"
    if isinstance(remains.tenants, Hidden):
        return ""
    ours = {task.interface for task in remains.tenants.of_service(unwanted.target.names.service)}
    others = [each for each in seen.interfaces if each not in ours]
    if len(others) == 1:
        return f"the network interface {others[0]} uses it"
    return f"the network interfaces {some(others)} use it" if others else ""


def roles(unwanted: Unwanted, remains: Remains, standing: str) -> Iterator[Decision]:
    """Yield what to do about each role. GitHub's role only deploys: no service runs with it."""
    for kind, noun in ROLES:
        ref = Ref(kind, getattr(unwanted.target.names, noun))
        found = remains.roles.get(ref.name)
        if isinstance(found, Hidden):
            yield Decision(ref=ref, hidden=found)
        elif found is not None and isinstance(found.policy, Hidden):
            yield Decision(ref=ref, hidden=found.policy)
        elif found is not None:
            reason = why_kept(unwanted, remains, noun, found.role.tags)
            reason = reason or ("" if noun == "deploy_role" else standing) or _of_others(found)
            yield Decision(ref=ref, kept=reason) if reason else Decision(ref=ref, steps=tuple(_steps(ref, found)))


def _of_others(found: RoleSeen) -> str:
    """Return the other policies of a role: whoever added them has to remove them (IAM: DeleteConflict)."""
    if not found.others:
        return ""
    those = "a policy" if len(found.others) == 1 else "policies"
    return f"it has {those} that ecsdeploy did not write: {some(found.others)}"


def _steps(ref: Ref, found: RoleSeen) -> Iterator[Step]:
    gone, name = answers("NoSuchEntity"), {"RoleName": ref.name}
    if found.policy is not None:
        parameters = {**name, "PolicyName": POLICY}
        repeat = Repeat(passes=CONTENDED, done=gone)
        yield Step(about=ref, action="deleted", call="iam:DeleteRolePolicy", parameters=parameters, repeat=repeat)
    # IAM may still see the policy that was just deleted.
    repeat = Repeat(passes=(*CONTENDED, *answers("DeleteConflict")), done=gone)
    yield Step(about=ref, action="deleted", call="iam:DeleteRole", parameters=name, repeat=repeat)
