"""The roles as the config has them: what each is called, who may assume it, what it may do."""

from __future__ import annotations

from typing import Literal

from ecsdeploy.core.account import Account, Hidden, RoleSeen
from ecsdeploy.core.role import WantedRole
from ecsdeploy.core.scope import has_exec, named_secrets, scope_of
from ecsdeploy.core.sidecars import created_groups, files_of, resources_of
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.errors import ConfigError, Refused
from ecsdeploy.policy import PolicyError
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.exec import exec_permissions
from ecsdeploy.policy.execution import execution_permissions
from ecsdeploy.policy.grants.policies import SHORTEN, deploy_permissions
from ecsdeploy.policy.size import TooLong
from ecsdeploy.policy.source import Source, trust_for
from ecsdeploy.policy.trust import ecs_tasks_trust

TaskRole = Literal["execution role", "task role"]


def role_arn(target: Target, account: Account, kind: TaskRole) -> str:
    """Return the ARN of a role of the task.

    It is the one that IAM answered, whatever the role's path. Without permission to read it, it is that of a revision
    that names such a role: so credentials that may only deploy know a role with a path. A role created here has the
    config's.
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
    return account.place.role(name, target.config.iam.path)


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
            secrets=named_secrets(target),
            more=resources_of(target.config.task.raw, place),
            creates=created_groups(target.config.task.raw, place),
            files=files_of(target.config.task.raw),
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
        path=target.config.iam.path,
        boundary=target.config.iam.permissions_boundary or "",
    )


def task_role(target: Target, place: Place) -> WantedRole:
    """Return the task role as the config has it: ECS Exec's permissions if that is on; all others its owner gives."""
    return WantedRole(
        kind="task role",
        name=target.names.task_role,
        description=f"The code of {target.names.service} runs with it",
        trust=ecs_tasks_trust(place),
        permissions=exec_permissions() if has_exec(target) else None,
        tags=target.tags,
        path=target.config.iam.path,
        boundary=target.config.iam.permissions_boundary or "",
    )


def deploy_role(target: Target, account: Account, source: Source) -> WantedRole:
    """Return the deploy role as the config has it. Raises `ConfigError`, or `Refused` if it is too long for IAM."""
    names, place = target.names, account.place
    passed = (role_arn(target, account, "execution role"), role_arn(target, account, "task role"))
    try:
        trust = trust_for(place, source)
    except TooLong as error:
        raise Refused(
            f"The deploy role {names.deploy_role} does not fit into IAM: {error}.",
            why="The trust policy has one entry for each branch and environment, in each form that GitHub writes.",
            fix="Name fewer in [github]. One environment with branch rules on GitHub takes the place of many branches.",
        ) from error
    except PolicyError as error:
        raise _impossible(error, f"Correct [{source.ci}] in the config.") from error
    try:
        permissions = deploy_permissions(place, scope_of(target, place, passed))
    except TooLong as error:
        raise Refused(
            f"The deploy role {names.deploy_role} does not fit into IAM: {error}.",
            why="Its policy names the cluster, the service, the family and the log group several times.",
            fix=f"{SHORTEN[0].upper()}{SHORTEN[1:]}.",
        ) from error
    return WantedRole(
        kind="deploy role",
        name=names.deploy_role,
        description=f"{source.who} deploys {names.service} with it",
        trust=trust,
        permissions=permissions,
        tags=target.tags,
        path=target.config.iam.path,
        boundary=target.config.iam.permissions_boundary or "",
    )


def _impossible(error: PolicyError, fix: str) -> ConfigError:
    return ConfigError(f"The deploy role cannot be created: {error}.", fix=fix)
