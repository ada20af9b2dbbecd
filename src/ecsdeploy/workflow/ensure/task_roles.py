"""The two roles of a task: what ECS may do to start it, and what its own code may do."""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.aws.iam import Iam
from ecsdeploy.config.references import parse_task_secret
from ecsdeploy.core.role import Role, WantedRole
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.errors import ConfigError, PermissionDenied
from ecsdeploy.policy import PolicyError
from ecsdeploy.policy.execution import Secret, execution_permissions
from ecsdeploy.policy.trust import ecs_tasks_trust
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.ensure.place import place_of, tags_of
from ecsdeploy.workflow.ensure.roles import ensure_role
from ecsdeploy.workflow.ensure.settling import Settling


@dataclass(frozen=True)
class TaskRoles:
    """The roles of a task definition."""

    execution: Settling
    task: Settling


def secrets_of(run: Run) -> tuple[Secret, ...]:
    """Return what [task.secrets] names."""
    references = [parse_task_secret(text) for text in run.config.task.secrets.values()]
    return tuple(Secret(each.kind, each.name, each.arn) for each in references)


def ensure_task_roles(run: Run, upkeep: Upkeep) -> TaskRoles:
    """Return both roles. Without leave to look (a deploy role has none) they are taken to be what `setup` made."""
    wanted = _execution(run), _task(run)
    if not upkeep.reconcile and not _may_look(run, wanted[0].name):
        execution, task = (_by_name(run, each) for each in wanted)
        return TaskRoles(execution, task)
    execution, task = (ensure_role(run, each, upkeep) for each in wanted)
    return TaskRoles(execution, task)


def _may_look(run: Run, role: str) -> bool:
    try:
        Iam(run.aws).role(role)
    except PermissionDenied:
        return False
    return True


def _by_name(run: Run, wanted: WantedRole) -> Settling:
    return Settling(Role(wanted.name, place_of(run).role(wanted.name), wanted.trust), None)


def _execution(run: Run) -> WantedRole:
    place, names = place_of(run), run.names
    try:
        permissions = execution_permissions(
            place, repository=names.repository, log_group=names.log_group, secrets=secrets_of(run)
        )
    except PolicyError as error:
        raise ConfigError(f"The execution role cannot be made: {error}.") from error
    return WantedRole(
        kind="execution role",
        name=names.execution_role,
        description=f"ECS starts tasks of {names.service} with it: image, logs, secrets",
        trust=ecs_tasks_trust(place),
        permissions=permissions,
        tags=tags_of(run),
    )


def _task(run: Run) -> WantedRole:
    return WantedRole(
        kind="task role",
        name=run.names.task_role,
        description=f"The code of {run.names.service} runs with it",
        trust=ecs_tasks_trust(place_of(run)),
        permissions=None,
        tags=tags_of(run),
    )
