"""What AWS has of a target: each noun is seen, missing (None), or hidden because we lack permission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from ecsdeploy.core.cluster import Cluster
from ecsdeploy.core.image import Image, Manifest
from ecsdeploy.core.log_group import LogGroup
from ecsdeploy.core.network import RouteTable, SecurityGroup, Subnet
from ecsdeploy.core.repository import Repository, RepositoryDetails
from ecsdeploy.core.role import Role
from ecsdeploy.core.service import Service, ServiceDeployment, ServiceRevision
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.errors import PermissionDenied
from ecsdeploy.policy.arns import Place

T = TypeVar("T")


@dataclass(frozen=True)
class Hidden:
    """What the account refuses to show; `error` names the missing action."""

    error: PermissionDenied

    def __str__(self) -> str:
        return self.error.action


def seen(noun: T | Hidden | None) -> T | None:
    """Return the noun if it was seen; None if it is missing or hidden."""
    return None if isinstance(noun, Hidden) else noun


def needed(noun: T | Hidden) -> T:
    """Return the noun. Raises the `PermissionDenied` with which it was refused."""
    if isinstance(noun, Hidden):
        raise noun.error
    return noun


@dataclass(frozen=True, kw_only=True)
class RoleSeen:
    """A role; `policy` is its inline policy under our name, `others` what else gives it permissions.

    `others_size` is how many characters of the others count for the limit that IAM has on inline policies.
    """

    role: Role
    policy: Mapping[str, Any] | Hidden | None = None
    others: tuple[str, ...] = ()
    others_size: int = 0


@dataclass(frozen=True, kw_only=True)
class LogGroupSeen:
    """A log group and its tags, which take a call of their own."""

    group: LogGroup
    tags: Mapping[str, str] | Hidden = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NetworkSeen:
    """The subnets that the config names, or those of the default VPC with its route tables."""

    default_vpc: str | None = None
    subnets: tuple[Subnet, ...] = ()
    tables: tuple[RouteTable, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ServiceSeen:
    """The service with its newest deployments; `flying_to` is the one in flight's task definition, or ""."""

    service: Service
    deployments: tuple[ServiceDeployment, ...] = ()
    flying_to: str = ""

    @property
    def known(self) -> frozenset[str]:
        """Return the ids of older deployments: their ARNs, and their ids on the service (`ecs-svc/N`)."""
        return frozenset((*(each.arn for each in self.deployments), *(each.id for each in self.service.deployments)))

    @property
    def in_flight(self) -> ServiceDeployment | None:
        """Return the deployment that is not over yet, if there is one."""
        return next((each for each in self.deployments if each.ongoing), None)

    @property
    def last(self) -> ServiceDeployment | None:
        """Return the newest deployment."""
        return next(iter(self.deployments), None)


@dataclass(frozen=True, kw_only=True)
class Account:
    """Everything that was read, before anything is decided. What a command did not ask for is None.

    `place` is that of the credentials. `alike` is an image of the same content, where there is none of the wanted name.
    `newest` is the newest ACTIVE revision of the family, `running` the service's own, and `revision` its service
    revision, if the config sets what only that shows. `secrets` are `valueFrom` by variable; `unasked` says why it
    could not be asked whether some of them exist. `missing_logs` are log groups that containers need besides
    the app's own, and that are not there. `lost` is an image of the running revision that can no longer be pulled.
    `flying` is the revision of the deployment in flight, and `at` when the reading ended.
    """

    place: Place
    repository: Repository | None = None
    repository_details: RepositoryDetails | Hidden | None = None
    image: Image | None = None
    alike: Manifest | None = None
    provider: tuple[str, ...] | Hidden | None = None
    roles: Mapping[str, RoleSeen | Hidden | None] = field(default_factory=dict)
    linked_role: bool | Hidden = True
    cluster: Cluster | Hidden | None = None
    log_group: LogGroupSeen | Hidden | None = None
    missing_logs: tuple[str, ...] = ()
    network: NetworkSeen | Hidden | None = None
    security_groups: tuple[SecurityGroup, ...] | Hidden = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    unasked: tuple[Hidden, ...] = ()
    service: ServiceSeen | None = None
    running: TaskDefinition | None = None
    newest: TaskDefinition | None = None
    revision: ServiceRevision | None = None
    scalable: tuple[int, int] | Hidden | None = None
    lost: str = ""
    flying: TaskDefinition | None = None
    at: datetime | None = field(default=None, compare=False)
