"""Clusters, task definitions and tasks. Every record is frozen: a change is a new record, so readers never wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal
from uuid import UUID

Tags = tuple[tuple[str, str], ...]

PENDING = ("PROVISIONING", "PENDING", "ACTIVATING")
"""What DescribeServices counts as pending."""


def derived(owner: str, what: str) -> bytes:
    """Return 16 bytes that follow from an id and a word: ids that nobody looks up need not be stored."""
    return blake2b(f"{owner}/{what}".encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A cluster; `settings` and `strategy` are in the form of the API."""

    name: str
    status: Literal["ACTIVE", "INACTIVE"] = "ACTIVE"
    settings: tuple[Mapping[str, Any], ...] = ()
    configuration: Mapping[str, Any] | None = None
    service_connect: Mapping[str, Any] | None = None
    capacity_providers: tuple[str, ...] = ()
    strategy: tuple[Mapping[str, Any], ...] = ()
    tags: Tags = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDefinition:
    """One revision of a family; `body` is what DescribeTaskDefinition answers, without the fields that change."""

    arn: str
    family: str
    revision: int
    status: Literal["ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"] = "ACTIVE"
    body: Mapping[str, Any]
    registered_at: float
    registered_by: str
    deregistered_at: float | None = None
    delete_requested_at: float | None = None
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class Subnet:
    """Where a task's network interface is made."""

    id: str
    cidr: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """An awsvpcConfiguration with what EC2 knows of its subnets."""

    subnets: tuple[Subnet, ...]
    groups: tuple[str, ...] = ()
    assign_public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Eni:
    """A task's network interface. `address` is the task's loopback address, its public one if `public`.

    `owner` is the task's id, from which the interface's own ids follow.
    """

    owner: str
    private_address: str
    address: str
    public: bool
    subnet: Subnet
    groups: tuple[str, ...]
    status: Literal["PRECREATED", "ATTACHED", "DELETED"] = "PRECREATED"

    @property
    def id(self) -> str:
        """Return the interface's id."""
        return f"eni-0{derived(self.owner, 'eni').hex()[:16]}"

    @property
    def attachment_id(self) -> str:
        """Return the attachment's id."""
        return str(UUID(bytes=derived(self.owner, "attachment")))

    @property
    def mac(self) -> str:
        """Return the interface's hardware address."""
        return ":".join(f"{octet:02x}" for octet in (0x0A, *derived(self.owner, "mac")[:5]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container of a task. `health` is None where the task definition has no health check for it."""

    name: str
    image: str
    essential: bool
    digest: str | None = None
    runtime_id: str | None = None
    last_status: Literal["PENDING", "RUNNING", "STOPPED"] = "PENDING"
    exit_code: int | None = None
    reason: str | None = None
    health: Literal["HEALTHY", "UNHEALTHY", "UNKNOWN"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task. Times are seconds since the epoch; `due` is when its next timed transition happens.

    `healthy_at` is when it began to count as healthy, None while it does not. `deployment` is the `ecs-svc/N` that
    started it. `handed` says that the runtime was told to start it.
    """

    id: str
    cluster: str
    definition: TaskDefinition
    containers: tuple[Container, ...]
    eni: Eni
    group: str
    service: str | None = None
    deployment: str | None = None
    started_by: str | None = None
    last_status: str = "PROVISIONING"
    desired_status: Literal["RUNNING", "STOPPED"] = "RUNNING"
    created_at: float
    pull_started_at: float | None = None
    pull_stopped_at: float | None = None
    started_at: float | None = None
    stopping_at: float | None = None
    execution_stopped_at: float | None = None
    stopped_at: float | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    launch_type: str | None = "FARGATE"
    capacity_provider: str | None = None
    platform_version: str = "1.4.0"
    cpu: str
    memory: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    tags: Tags = ()
    exec_enabled: bool = False
    faults: frozenset[str] = frozenset()
    due: float | None = None
    healthy_at: float | None = None
    was_healthy: bool = False
    unhealthy: bool = False
    handed: bool = False
    released: bool = False
    protected_until: float | None = None
    token: str | None = None
    version: int = 1

    @property
    def live(self) -> bool:
        """Return whether the task shall run."""
        return self.desired_status == "RUNNING"

    @property
    def pending(self) -> bool:
        """Return whether DescribeServices counts the task as pending."""
        return self.last_status in PENDING

    @property
    def running(self) -> bool:
        """Return whether DescribeServices counts the task as running."""
        return self.last_status == "RUNNING"
