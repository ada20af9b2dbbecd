"""IAM roles: the two that a task runs with, and the one that GitHub Actions deploys with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ecsdeploy.config.references import parse_task_secret
from ecsdeploy.config.tags import APP
from ecsdeploy.core.account import Account, Hidden, RoleSeen
from ecsdeploy.core.documents import document_changes
from ecsdeploy.core.grant import widened
from ecsdeploy.core.role import POLICY, SESSION, Role, WantedRole, role_changes
from ecsdeploy.core.sidecars import resources_of, secrets_of
from ecsdeploy.core.step import Ref, Repeat, Step, answers, update
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.core.things.outcome import Decision, Question
from ecsdeploy.core.upkeep import Upkeep, by_root, is_gap
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.errors import ConfigError
from ecsdeploy.events import Change
from ecsdeploy.policy import Document, PolicyError
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.deploy import DeployScope, deploy_permissions
from ecsdeploy.policy.execution import Secret, execution_permissions
from ecsdeploy.policy.size import compact
from ecsdeploy.policy.trust import GitHubSource, ecs_tasks_trust, github_trust

CONTENDED = answers("ConcurrentModification", "ConcurrentModificationException")
NOT_YET = (*CONTENDED, *answers("NoSuchEntity"))
SHOWN = 160
_CONTENDED = Repeat(passes=CONTENDED)

TaskRole = Literal["execution role", "task role"]


def decide_execution_role(wanted: Wanted, account: Account, upkeep: Upkeep) -> Decision:
    """Return what to do about the role that ECS starts tasks with. Raises `Refused`, `PermissionDenied`."""
    return _decide(execution_role(wanted.target, account.place), account, upkeep)


def decide_task_role(wanted: Wanted, account: Account, upkeep: Upkeep) -> Decision:
    """Return what to do about the role of the container's code. Raises `Refused`, `PermissionDenied`."""
    return _decide(task_role(wanted.target, account.place), account, upkeep)


def decide_deploy_role(wanted: Wanted, account: Account, upkeep: Upkeep) -> Decision:
    """Return what to do about the role that GitHub Actions assumes. Raises `Refused`, `PermissionDenied`."""
    assert wanted.source is not None
    return _decide(deploy_role(wanted.target, account, wanted.source), account, upkeep)


def role_arn(target: Target, account: Account, kind: TaskRole) -> str:
    """Return the ARN of a role of the task.

    It is the one that IAM answered, whatever the role's path. Without permission to read it, it is that of a revision
    that names such a role: so credentials that may only deploy know a role with a path. A role created here has none.
    """
    name, key = (
        (target.names.execution_role, "executionRoleArn")
        if kind == "execution role"
        else (target.names.task_role, "taskRoleArn")
    )
    found = account.roles.get(name)
    if isinstance(found, RoleSeen):
        return found.role.arn
    if isinstance(found, Hidden):
        for revision in (account.running, account.newest):
            if (arn := _named(revision, key)) and arn.rpartition("/")[2] == name:
                return arn
    return account.place.role(name)


def _named(revision: TaskDefinition | None, key: str) -> str:
    return str(revision.document.get(key) or "") if revision is not None else ""


def execution_role(target: Target, place: Place) -> WantedRole:
    """Return the execution role as the config has it. Raises `ConfigError` if IAM would not accept it."""
    names = target.names
    try:
        permissions = execution_permissions(
            place,
            repository=names.repository,
            log_group=names.log_group,
            secrets=tuple(dict.fromkeys((*_secrets(target), *secrets_of(target.config.task.raw)))),
            more=resources_of(target.config.task.raw, place),
        )
    except PolicyError as error:
        raise ConfigError(f"The execution role cannot be created: {error}.") from error
    return WantedRole(
        kind="execution role",
        name=names.execution_role,
        description=f"ECS starts tasks of {names.service} with it: image, logs, secrets",
        trust=ecs_tasks_trust(place),
        permissions=permissions,
        tags=target.tags,
    )


def task_role(target: Target, place: Place) -> WantedRole:
    """Return the task role as the config has it: without permissions, which its owner gives it."""
    return WantedRole(
        kind="task role",
        name=target.names.task_role,
        description=f"The code of {target.names.service} runs with it",
        trust=ecs_tasks_trust(place),
        permissions=None,
        tags=target.tags,
    )


def deploy_role(target: Target, account: Account, source: GitHubSource) -> WantedRole:
    """Return the deploy role as the config has it. Raises `ConfigError` if IAM would not accept it."""
    names, place = target.names, account.place
    named = _secrets(target)
    looked_up = [each for each in named if each.kind == "secretsmanager" and not each.arn]
    parameters = [each for each in named if each.kind == "ssm"]
    passed = (role_arn(target, account, "execution role"), role_arn(target, account, "task role"))
    scope = DeployScope(
        repository=names.repository,
        cluster=names.cluster,
        service=names.service,
        family=names.family,
        log_group=names.log_group,
        passed_roles=passed,
        secrets=tuple(sorted({each.resource(place) for each in looked_up})),
        parameters=tuple(sorted({each.resource(place) for each in parameters})),
    )
    try:
        trust, permissions = github_trust(place, source), deploy_permissions(place, scope)
    except PolicyError as error:
        what = f"The deploy role cannot be created: {error}"
        raise ConfigError(what, fix="Correct [github] in the config.") from error
    return WantedRole(
        kind="deploy role",
        name=names.deploy_role,
        description=f"GitHub Actions of {source.repository} deploys {names.service} with it",
        trust=trust,
        permissions=permissions,
        tags=target.tags,
    )


def _secrets(target: Target) -> tuple[Secret, ...]:
    references = [parse_task_secret(text) for text in target.config.task.secrets.values()]
    return tuple(Secret(each.kind, each.name, each.arn) for each in references)


def _decide(wanted: WantedRole, account: Account, upkeep: Upkeep) -> Decision:
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
    if not upkeep.reconcile and (granted := _granted(wanted, found.role, found.policy)) is not None:
        return Decision(ref=ref, steps=(granted,))
    changes = role_changes(found.role, found.policy, wanted)
    due = upkeep.due(wanted.kind, wanted.name, found.role.tags, wanted.tags, changes)
    warnings = tuple(_of_others(wanted, found)) if upkeep.reconcile and wanted.permissions is not None else ()
    if not due:
        return Decision(ref=ref, quiet=not upkeep.reconcile, warnings=warnings)
    questions = () if all(map(is_gap, due)) else (_question(wanted, due),)
    return Decision(ref=ref, steps=tuple(_changes(wanted, due, ref)), questions=questions, warnings=warnings)


def _granted(wanted: WantedRole, role: Role, policy: Document | None) -> Step | None:
    """Return the step by which a deployment lets ECS read what the config names now; other differences stay."""
    is_ours = role.tags.get(APP) == wanted.tags[APP]
    if wanted.kind != "execution role" or wanted.permissions is None or policy is None or not is_ours:
        return None
    enough = widened(policy, wanted.permissions)
    changes = document_changes(policy, enough, "permissions")
    return _put_policy(wanted, enough, Ref(wanted.kind, wanted.name), changes) if changes else None


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
        },
        gives={"arn": "Role.Arn"},
        repeat=Repeat(taken=answers("EntityAlreadyExists")),
    )
    if wanted.permissions is not None:
        yield _put_policy(wanted, wanted.permissions, ref, ())


def _changes(wanted: WantedRole, due: tuple[Change, ...], ref: Ref) -> Iterator[Step]:
    """Yield trust and permissions first: an interruption must not leave a role half restricted."""
    roots = by_root(due)
    name = {"RoleName": wanted.name}
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


def _question(wanted: WantedRole, due: tuple[Change, ...]) -> Question:
    """Return what is shown before it changes, if somebody can answer: this decides who may do what."""
    shown = [f"  {change.path}: {_short(change.before)} -> {_short(change.after)}" for change in due]
    lines = [f"The {wanted.kind} {wanted.name} differs from the config:", *shown, "Change it to what the config says?"]
    return Question("\n".join(lines))


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def _of_others(wanted: WantedRole, found: RoleSeen) -> Iterator[str]:
    for policy in found.others:
        yield (
            f"The {wanted.kind} {wanted.name} also has the policy {policy}, which is not in the config. "
            "It stays; remove it unless you added it."
        )
