"""IAM roles: the two that a task runs with, and the one that GitHub Actions deploys with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ecsdeploy.changes import Change
from ecsdeploy.core.account import Account, Hidden, RoleSeen
from ecsdeploy.core.documents import document_changes
from ecsdeploy.core.role import BOUNDARY, POLICY, SESSION, Role, RoleKind, WantedRole, role_changes
from ecsdeploy.core.scope import has_exec
from ecsdeploy.core.step import Blame, Ref, Repeat, Step, answers, update
from ecsdeploy.core.target import Target
from ecsdeploy.core.things.by_hand import difference, require_no_hand, trusts_more
from ecsdeploy.core.things.outcome import Decision, Question
from ecsdeploy.core.things.role_rights import more_than_needed, not_seen_to_read, with_what_it_has
from ecsdeploy.core.things.wanted_roles import deploy_role, execution_role, task_role
from ecsdeploy.core.upkeep import Upkeep, by_root, is_gap, owned
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.errors import Refused
from ecsdeploy.policy import Document
from ecsdeploy.policy.exec import CHANNELS
from ecsdeploy.policy.size import INLINE_LIMIT, compact

CONTENDED = answers("ConcurrentModification", "ConcurrentModificationException")
NOT_YET = (*CONTENDED, *answers("NoSuchEntity"))
_CONTENDED = Repeat(passes=CONTENDED)
BLAME = Blame(
    "IAM does not accept the permissions boundary.",
    fix="Correct --permissions-boundary, or [iam] permissions_boundary: the ARN of a policy here, or of AWS.",
    codes=("NoSuchEntity", "PolicyNotAttachable", "PolicyNotAttachableException"),
)
"""Without such a policy, the error is NoSuchEntity (IAM API reference, PutRolePermissionsBoundary)."""


def decide_execution_role(wanted: Wanted, account: Account, upkeep: Upkeep) -> Decision:
    """Return what to do about the role that ECS starts tasks with. Raises `Refused`, `PermissionDenied`."""
    decision = _decide(execution_role(wanted.target, account.place), wanted.target, account, upkeep)
    if decision.hidden is None:
        return decision
    return replace(decision, warnings=not_seen_to_read(wanted.target, account, decision.hidden))


def decide_task_role(wanted: Wanted, account: Account, upkeep: Upkeep) -> Decision:
    """Return what to do about the role of the container's code. Raises `Refused`, `PermissionDenied`."""
    decision = _decide(task_role(wanted.target, account.place), wanted.target, account, upkeep)
    return replace(decision, warnings=(*decision.warnings, *_of_exec(wanted, account)))


def decide_deploy_role(wanted: Wanted, account: Account, upkeep: Upkeep) -> Decision:
    """Return what to do about the role that GitHub Actions assumes. Raises `Refused`, `PermissionDenied`.

    Whoever deploys can act as the roles that it passes to tasks: they have to be ours before it may pass them.
    """
    assert wanted.source is not None
    names = wanted.target.names
    passed: tuple[tuple[RoleKind, str], ...] = (
        ("execution role", names.execution_role),
        ("task role", names.task_role),
    )
    for kind, name in passed:
        found = account.roles.get(name)
        if upkeep.reconcile and isinstance(found, RoleSeen):
            upkeep.require_ours(kind, name, found.role.tags, wanted.target.tags)
    return _decide(deploy_role(wanted.target, account, wanted.source), wanted.target, account, upkeep)


def _decide(wanted: WantedRole, target: Target, account: Account, upkeep: Upkeep) -> Decision:
    ref = Ref(wanted.kind, wanted.name)
    found = account.roles[wanted.name]
    if isinstance(found, Hidden):
        if upkeep.reconcile:
            raise found.error
        return Decision(ref=ref, hidden=found)  # it is assumed to be the one that `setup` created
    if found is None:
        return Decision(ref=ref, steps=tuple(_creation(wanted, ref)))
    if isinstance(found.policy, Hidden):
        if upkeep.reconcile:
            raise found.policy.error
        return Decision(ref=ref, hidden=found.policy)
    notes = more_than_needed(wanted, found.policy, target, upkeep)
    if upkeep.reconcile:
        require_no_hand(wanted, found, account.place, upkeep)
    wanted = with_what_it_has(wanted, found.policy, target, upkeep)
    if not upkeep.reconcile and (granted := _granted(wanted, found.role, found.policy)) is not None:
        return Decision(ref=ref, steps=(granted,))
    changes = role_changes(found.role, found.policy, wanted)
    if not upkeep.reconcile:  # who may do what at most is an admin's to say
        changes = tuple(each for each in changes if each.path != BOUNDARY)
    due = upkeep.due(wanted.kind, wanted.name, found.role.tags, wanted.tags, changes)
    warnings = tuple(_of_others(wanted, found)) if upkeep.reconcile else ()
    if not due:
        return Decision(ref=ref, quiet=not upkeep.reconcile, warnings=warnings, notes=notes)
    widens = trusts_more(wanted, found.role, account.place, upkeep)
    questions = () if all(map(is_gap, due)) else (_question(wanted, due, widens=widens),)
    steps = tuple(_changes(wanted, due, ref))
    _require_room(wanted, found, steps)
    return Decision(ref=ref, steps=steps, questions=questions, warnings=warnings, notes=notes)


def _granted(wanted: WantedRole, role: Role, policy: Document | None) -> Step | None:
    """Return the step by which a deployment allows the task what the config names now; other differences stay."""
    is_ours = owned(role.tags, wanted.tags)
    if wanted.kind == "deploy role" or wanted.permissions is None or policy is None or not is_ours:
        return None
    changes = document_changes(policy, wanted.permissions, "permissions")
    return _put_policy(wanted, wanted.permissions, Ref(wanted.kind, wanted.name), changes) if changes else None


def _creation(wanted: WantedRole, ref: Ref) -> Iterator[Step]:
    yield Step(
        about=ref,
        action="created",
        call="iam:CreateRole",
        parameters={
            "RoleName": wanted.name,
            "AssumeRolePolicyDocument": compact(wanted.trust),
            "Description": wanted.description,
            "MaxSessionDuration": SESSION,
            "Tags": _tags(wanted),
            **({"Path": wanted.path} if wanted.path != "/" else {}),
            **({"PermissionsBoundary": wanted.boundary} if wanted.boundary else {}),
        },
        gives={"arn": "Role.Arn"},
        repeat=Repeat(taken=answers("EntityAlreadyExists")),
        blame=BLAME if wanted.boundary else None,
    )
    if wanted.permissions is not None:
        yield _put_policy(wanted, wanted.permissions, ref, ())


def _changes(wanted: WantedRole, due: tuple[Change, ...], ref: Ref) -> Iterator[Step]:
    """Yield boundary, trust and permissions first: an interruption must not leave a role half restricted."""
    roots = by_root(due)
    name = {"RoleName": wanted.name}
    if BOUNDARY in roots:
        parameters = {**name, "PermissionsBoundary": wanted.boundary}
        limited = update(ref, "iam:PutRolePermissionsBoundary", parameters, roots[BOUNDARY], repeat=_CONTENDED)
        yield replace(limited, blame=BLAME)
    if "trust" in roots:
        parameters = {**name, "PolicyDocument": compact(wanted.trust)}
        yield update(ref, "iam:UpdateAssumeRolePolicy", parameters, roots["trust"], repeat=_CONTENDED)
    if "permissions" in roots and wanted.permissions is not None:
        yield _put_policy(wanted, wanted.permissions, ref, roots["permissions"])
    described = (*roots.get("description", ()), *roots.get("maxSessionDuration", ()))
    if described:
        both = {**name, "Description": wanted.description, "MaxSessionDuration": SESSION}  # one call sets both
        yield update(ref, "iam:UpdateRole", both, described, repeat=_CONTENDED)
    if "tags" in roots:
        yield update(ref, "iam:TagRole", {**name, "Tags": _tags(wanted)}, roots["tags"], repeat=_CONTENDED)


def _put_policy(wanted: WantedRole, permissions: Document, ref: Ref, changes: tuple[Change, ...]) -> Step:
    parameters = {"RoleName": wanted.name, "PolicyName": POLICY, "PolicyDocument": compact(permissions)}
    return update(ref, "iam:PutRolePolicy", parameters, changes, repeat=Repeat(passes=NOT_YET))


def _tags(wanted: WantedRole) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in wanted.tags.items()]


def _require_room(wanted: WantedRole, found: RoleSeen, steps: tuple[Step, ...]) -> None:
    """Raise `Refused` if IAM would not take the policy beside the inline policies of others."""
    if wanted.permissions is None or all(step.call != "iam:PutRolePolicy" for step in steps):
        return
    own = len(compact(wanted.permissions))
    if found.others_size and own + found.others_size > INLINE_LIMIT:
        inline = [each for each in found.others if not each.startswith("arn:")]
        raise Refused(
            f"The {wanted.kind} {wanted.name} has no room for what the config needs: its inline policies would be "
            f"{own + found.others_size:,} characters long together, and IAM takes {INLINE_LIMIT:,}.",
            why=f"ecsdeploy's own has {own:,}, {', '.join(inline)} {found.others_size:,}; white space does not count.",
            fix="Make a managed policy of what the others allow, which has a limit of its own, or delete them.",
        )


def _question(wanted: WantedRole, due: tuple[Change, ...], *, widens: bool) -> Question:
    """Return what is shown before it changes: this decides who may do what.

    Nobody has to be there to answer, unless somebody would be let in who was not yet.
    """
    role_is = f"{wanted.kind} {wanted.name}"
    brief = f"Change the {role_is} to what the config says?"
    lines = [f"The {role_is} differs from the config:", *difference(due), "Change it to what the config says?"]
    return Question("\n".join(lines), unattended=not widens, brief=brief)


def _of_others(wanted: WantedRole, found: RoleSeen) -> Iterator[str]:
    """Yield what stays although the config does not have it; what a task's code may do is its owner's affair."""
    for policy in found.others if wanted.kind != "task role" else ():
        yield (
            f"The {wanted.kind} {wanted.name} also has the policy {policy}, which is not in the config. "
            "It stays; remove it unless you added it."
        )
    if wanted.path not in ("/", found.role.path):
        yield (
            f"The {wanted.kind} {wanted.name} has the path {found.role.path}, not {wanted.path} as the config says. "
            "IAM cannot move a role: to have it there, delete it and run the command again."
        )


def _of_exec(wanted: Wanted, account: Account) -> Iterator[str]:
    """Yield what is left to the owner of a task role when ECS Exec is turned on."""
    found = account.roles[wanted.target.names.task_role]
    seen = account.service.service.raw if account.service is not None else {}
    if not has_exec(wanted.target) or not isinstance(found, RoleSeen) or seen.get("enableExecuteCommand") is True:
        return
    if not owned(found.role.tags, wanted.target.tags):
        yield (
            f"ECS Exec needs {', '.join(CHANNELS[:-1])} and {CHANNELS[-1]} on the task role {found.role.name}, which "
            "was not made by ecsdeploy: make sure that it has them."
        )
