"""Everything that an account has of a target, even half deleted: what is read before something is deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ecsdeploy.core.account import Hidden, LogGroupSeen, RoleSeen, ServiceSeen
from ecsdeploy.core.cluster import Cluster
from ecsdeploy.core.network import SecurityGroup
from ecsdeploy.core.repository import Repository
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.policy.arns import Place

Noun = Literal[
    "cluster",
    "service",
    "family",
    "log_group",
    "security_group",
    "repository",
    "deploy_role",
    "execution_role",
    "task_role",
]
"""What a config names: the attributes of `Names` that stand for a resource."""
GLOBAL: frozenset[Noun] = frozenset({"deploy_role", "execution_role", "task_role"})
"""IAM has no Regions: these are the same role wherever the service runs."""


def shares(one: Target, other: Target, noun: Noun) -> bool:
    """Return whether two environments of a config use the same resource.

    A service is one of its cluster; and no two environments of a config are the same service.
    """
    if noun == "service":
        return False
    same = getattr(one.names, noun) == getattr(other.names, noun)
    return same and (noun in GLOBAL or one.region == other.region)


@dataclass(frozen=True)
class Neighbour:
    """Another environment of the config, in the same account; `service` says whether it has one."""

    target: Target
    service: bool | Hidden = False

    def __str__(self) -> str:
        environment = self.target.names.environment
        return f"the environment {environment}" if environment else "the app without an environment"


@dataclass(frozen=True)
class GroupSeen:
    """A security group, the network interfaces that use it, and the other groups whose rules name it."""

    group: SecurityGroup
    interfaces: tuple[str, ...] = ()
    named_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tenants:
    """What is in a cluster: the names of its ACTIVE services, and its tasks, including recently stopped ones."""

    services: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()

    def of_service(self, name: str) -> tuple[Task, ...]:
        """Return the tasks that the service `name` started."""
        return tuple(task for task in self.tasks if task.group == f"service:{name}")

    def of_others(self, name: str) -> tuple[Task, ...]:
        """Return the tasks that have not stopped, and that the service `name` did not start."""
        return tuple(task for task in self.tasks if task.group != f"service:{name}" and task.status != "STOPPED")


@dataclass(frozen=True, kw_only=True)
class RepositorySeen:
    """The repository and its tags; `images` is their number, None if not asked for, and `theirs` that of other apps."""

    repository: Repository
    tags: Mapping[str, str] = field(default_factory=dict)
    images: int | None = None
    theirs: int = 0


@dataclass(frozen=True, kw_only=True)
class Remains:
    """What exists: each noun is seen, missing (None, or empty), or hidden because we lack permission.

    `revisions` are those of the family, ACTIVE and INACTIVE, with their tags. `roles` are by name. `trusting` are the
    names of all roles of the account that trust GitHub's OIDC provider.
    """

    place: Place
    service: ServiceSeen | Hidden | None = None
    scalable: tuple[int, int] | Hidden | None = None
    revisions: tuple[TaskDefinition, ...] | Hidden = ()
    log_group: LogGroupSeen | Hidden | None = None
    groups: tuple[GroupSeen, ...] | Hidden = ()
    cluster: Cluster | Hidden | None = None
    tenants: Tenants | Hidden = Tenants()
    roles: Mapping[str, RoleSeen | Hidden | None] = field(default_factory=dict)
    provider: tuple[str, ...] | Hidden | None = None
    trusting: tuple[str, ...] | Hidden = ()
    repository: RepositorySeen | Hidden | None = None
    neighbours: tuple[Neighbour, ...] = ()
