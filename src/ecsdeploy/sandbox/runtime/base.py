"""What the scheduler asks of a runtime, and what a runtime reports back.

The scheduler is a pure function: it never touches a container. It hands commands to a runtime (real containers
or simulated ones), and the runtime reports observations, in the order in which they happened for one task.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

HealthStatus = Literal["HEALTHY", "UNHEALTHY", "UNKNOWN"]


@dataclass(frozen=True, kw_only=True)
class TaskSpec:
    """Everything a runtime needs to run one task.

    `containers` are container definitions in the form of the ECS API (`RegisterTaskDefinition.containerDefinitions`),
    overrides already merged and images already pinned to a digest where ECS pins them.
    `cpu` is in CPU units, `memory` in MiB. `address` is the task's own loopback address (127.64.x.y), on which its
    container ports are published. `shared_processes` is pidMode `task`. `group` is what ECS shows (`service:NAME`).
    Without `security_groups` a task has the default one of its `subnet`'s network. `faults` are names from
    `ecsdeploy.sandbox.faults` that it shall suffer.
    """

    arn: str
    id: str
    cluster: str
    family: str
    revision: int
    cpu: int
    memory: int
    address: str
    private_address: str
    architecture: Literal["X86_64", "ARM64"] = "X86_64"
    containers: tuple[Mapping[str, Any], ...]
    volumes: tuple[Mapping[str, Any], ...] = ()
    execution_role: str | None = None
    task_role: str | None = None
    shared_processes: bool = False
    group: str = ""
    subnet: str = ""
    security_groups: tuple[str, ...] = ()
    faults: frozenset[str] = field(default_factory=frozenset)


# ---- commands: scheduler -> runtime. Each returns at once; what comes of it is observed later.


@dataclass(frozen=True)
class StartTask:
    """Pull, resolve secrets, create and start the containers in dependsOn order."""

    spec: TaskSpec


@dataclass(frozen=True)
class StopTask:
    """SIGTERM every running container (dependants first), SIGKILL after its stopTimeout.

    Valid at any time after StartTask, a pull in progress included; stopping twice is harmless.
    """

    arn: str


@dataclass(frozen=True)
class ReleaseTask:
    """Remove what is left of a task: containers, network namespace, published ports."""

    arn: str


Command = StartTask | StopTask | ReleaseTask


# ---- observations: runtime -> scheduler. `at` is seconds since the epoch.


@dataclass(frozen=True)
class PullStarted:
    """The first image pull began."""

    arn: str
    at: float


@dataclass(frozen=True)
class PullStopped:
    """The last image pull ended."""

    arn: str
    at: float


@dataclass(frozen=True)
class ContainerCreated:
    """A container exists; its image's digest is known."""

    arn: str
    container: str
    runtime_id: str
    image_digest: str | None
    at: float


@dataclass(frozen=True)
class ContainerStarted:
    """A container's process runs."""

    arn: str
    container: str
    at: float


@dataclass(frozen=True)
class ContainerStopped:
    """A container ended, or could not be created or started (then `exit_code` is None and `reason` says why).

    `reason` is AWS's wording, such as `OutOfMemoryError: Container killed due to memory usage` or
    `CannotStartContainerError: ...`.
    """

    arn: str
    container: str
    exit_code: int | None
    reason: str | None
    at: float


@dataclass(frozen=True)
class HealthChanged:
    """A container's health check changed its mind; `output` is how the last check failed, None if it passed."""

    arn: str
    container: str
    status: HealthStatus
    at: float
    output: str | None = None


@dataclass(frozen=True)
class TaskFailed:
    """The task failed before its containers could run; `reason` is AWS's wording.

    Such as `CannotPullContainerError: ...` or `ResourceInitializationError: ...`.
    """

    arn: str
    reason: str
    at: float


@dataclass(frozen=True)
class TaskStopped:
    """No container of the task runs any more, and none will: it may be released."""

    arn: str
    at: float


@dataclass(frozen=True)
class TaskReleased:
    """Nothing of the task is left on the machine."""

    arn: str
    at: float


Observation = (
    PullStarted
    | PullStopped
    | ContainerCreated
    | ContainerStarted
    | ContainerStopped
    | HealthChanged
    | TaskFailed
    | TaskStopped
    | TaskReleased
)

Observe = Callable[[Observation], None]
"""How a runtime reports; may be called from any thread, and never blocks."""


class LogSink(Protocol):
    """Where the awslogs driver of a task writes."""

    def ensure_stream(self, group: str, stream: str, *, create_group: bool) -> None:
        """Create the stream. Raises `LookupError` where the group is missing and may not be created."""
        ...

    def put(self, group: str, stream: str, events: list[tuple[int, str]]) -> None:
        """Append events: (milliseconds since the epoch, message)."""
        ...


class SecretError(Exception):
    """A secret could not be read; the text is AWS's wording, as it stands in a task's stoppedReason."""


ResolveSecret = Callable[[str], str]
"""`valueFrom` of a container's secret -> its value. Raises `SecretError`."""


class Runtime(Protocol):
    """Runs tasks. `execute` returns at once and may be called from one thread only."""

    def execute(self, command: Command) -> None:
        """Begin to do what `command` says."""
        ...

    def resolve_image(self, image: str) -> str | None:
        """Return the digest that a tag stands for now, or None where it cannot be told (may take seconds)."""
        ...

    def close(self) -> None:
        """Kill and remove everything this runtime made; return when it is gone."""
        ...
