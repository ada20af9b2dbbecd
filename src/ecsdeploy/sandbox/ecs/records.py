"""What the sandbox's ECS holds. Every record is frozen: a change is a new record, so readers never wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal
from uuid import UUID

Tags = tuple[tuple[str, str], ...]

LIVE = ("PROVISIONING", "PENDING", "ACTIVATING", "RUNNING")
"""Task states before anything stops."""
PENDING = ("PROVISIONING", "PENDING", "ACTIVATING")
"""What DescribeServices counts as pending."""

ONGOING = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
"""Service deployment states that are not final."""


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


@dataclass(frozen=True, slots=True)
class RevisionImage:
    """A container's image in a service revision; the digest is None until (or unless) it was resolved."""

    container: str
    image: str
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A service revision: the workload that a deployment brings. `extras` are further fields in the API's form."""

    number: str
    definition: TaskDefinition
    network: Network
    launch_type: str | None
    strategy: tuple[Mapping[str, Any], ...]
    platform_version: str
    images: tuple[RevisionImage, ...]
    resolved: bool
    created_at: float
    faults: frozenset[str] = frozenset()
    extras: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployment in the older view (`deployments[]` of DescribeServices). It lives on as a rollback's target.

    `failed` is what the API calls failedTasks, `counted` what the circuit breaker counts, `start_failures` what the
    launch back-off counts; no task is launched before `launch_after`.
    """

    id: str
    revision: str
    status: Literal["PRIMARY", "ACTIVE"] = "PRIMARY"
    state: Literal["IN_PROGRESS", "COMPLETED", "FAILED"] = "IN_PROGRESS"
    reason: str
    created_at: float
    updated_at: float
    failed: int = 0
    counted: int = 0
    start_failures: int = 0
    launch_after: float = 0.0
    asked_images_at: float | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """A service revision's tasks as a service deployment reports them."""

    revision: str
    requested: int
    running: int
    pending: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDeployment:
    """A service deployment: the record of one change of the service, from its creation to its verdict.

    `finished` holds the counts of the target at the end; while it goes on they are counted.
    """

    id: str
    deployment: str
    target: str
    sources: tuple[Count, ...]
    status: str = "PENDING"
    reason: str | None = None
    stage: str | None = None
    configuration: Mapping[str, Any]
    created_at: float
    updated_at: float
    started_at: float | None = None
    finished_at: float | None = None
    stopped_at: float | None = None
    begin_at: float
    rollback_at: float | None = None
    rollback_to: str | None = None
    rollback_reason: str | None = None
    breaker: Literal["TRIGGERED", "MONITORING", "MONITORING_COMPLETE", "DISABLED"] = "DISABLED"
    failures: int = 0
    threshold: int = 0
    finished: Count | None = None

    @property
    def ongoing(self) -> bool:
        """Return whether the verdict is still open."""
        return self.status in ONGOING


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service as it was asked for. `extras` are fields that are kept and answered in the API's form."""

    cluster: str
    name: str
    status: Literal["ACTIVE", "DRAINING", "INACTIVE"] = "ACTIVE"
    desired: int
    definition: TaskDefinition
    network: Network
    launch_type: str | None
    strategy: tuple[Mapping[str, Any], ...] = ()
    platform_version: str = "LATEST"
    configuration: Mapping[str, Any]
    grace: int = 0
    created_at: float
    created_by: str
    tags: Tags = ()
    managed_tags: bool = False
    propagate: str = "NONE"
    exec_enabled: bool = False
    rebalancing: str = "ENABLED"
    token: str | None = None
    request: Mapping[str, Any] = field(default_factory=dict)
    extras: Mapping[str, Any] = field(default_factory=dict)

    @property
    def minimum(self) -> int:
        """Return how many healthy tasks a deployment leaves; the percentage is rounded up (API reference)."""
        return -(-self.desired * int(self.configuration["minimumHealthyPercent"]) // 100)

    @property
    def maximum(self) -> int:
        """Return how many tasks may be running or pending; the percentage is rounded down (API reference)."""
        return self.desired * int(self.configuration["maximumPercent"]) // 100


@dataclass(frozen=True, slots=True)
class Event:
    """A service event."""

    id: str
    at: float
    message: str
