"""The whole of the sandbox's ECS as one value, and the draft in which the next one is prepared.

Tasks are kept per service, so that a step touches only services in which something is due and readers of one
service never walk over the tasks of another. A reader takes the current `World` and is never disturbed: a draft
copies what it opens, and what it did not open is shared with the world before.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from uuid import UUID

from ecsdeploy.sandbox.ecs.records import Cluster, Task, TaskDefinition
from ecsdeploy.sandbox.ecs.service_records import Deployment, Event, Revision, Service, ServiceDeployment
from ecsdeploy.sandbox.ecs.signals import EngineCommand
from ecsdeploy.sandbox.ecs.timing import Timing

Key = tuple[str, str]
"""Cluster and service names; the service's is empty for the tasks that no service owns."""

EVENTS_KEPT = 100
"""DescribeServices displays the newest 100 events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A service with its tasks, or a cluster's tasks of no service.

    `deployments` has the PRIMARY first, `history` the newest service deployment last, `events` the newest first.
    `completed` is what a rollback returns to. `due` is when something happens here next, `steady_at` when the steady
    state was last announced.
    """

    service: Service | None = None
    deployments: tuple[Deployment, ...] = ()
    completed: Deployment | None = None
    history: tuple[ServiceDeployment, ...] = ()
    revisions: Mapping[str, Revision] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    due: float | None = None
    steady_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything. `counter` and `seed` give the ids; `revisions` is the last revision number of each family.

    `deleting` are the ARNs of the task definitions that are DELETE_IN_PROGRESS.
    """

    seed: str
    account: str = "123456789012"
    region: str = "us-east-1"
    counter: int = 0
    addresses: int = 0
    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    families: Mapping[str, tuple[TaskDefinition, ...]] = field(default_factory=dict)
    revisions: Mapping[str, int] = field(default_factory=dict)
    deleting: frozenset[str] = frozenset()
    shards: Mapping[Key, Shard] = field(default_factory=dict)
    settings: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def due(self) -> float | None:
        """Return when something happens next, in seconds since the epoch, or None."""
        return min((shard.due for shard in self.shards.values() if shard.due is not None), default=None)

    def tasks(self, cluster: str) -> Iterator[Task]:
        """Yield every task of a cluster, service by service."""
        for (name, _), shard in self.shards.items():
            if name == cluster:
                yield from shard.tasks.values()

    def find(self, task_id: str) -> tuple[Key, Task] | None:
        """Return a task and where it is kept."""
        for key, shard in self.shards.items():
            task = shard.tasks.get(task_id)
            if task is not None:
                return key, task
        return None


@dataclass(slots=True, kw_only=True)
class ShardDraft:
    """A shard that may be changed."""

    service: Service | None
    deployments: tuple[Deployment, ...]
    completed: Deployment | None
    history: tuple[ServiceDeployment, ...]
    revisions: dict[str, Revision]
    tasks: dict[str, Task]
    events: tuple[Event, ...]
    due: float | None
    steady_at: float | None

    @classmethod
    def of(cls, shard: Shard) -> ShardDraft:
        """Return a copy that may be changed."""
        return cls(
            service=shard.service,
            deployments=shard.deployments,
            completed=shard.completed,
            history=shard.history,
            revisions=dict(shard.revisions),
            tasks=dict(shard.tasks),
            events=shard.events,
            due=shard.due,
            steady_at=shard.steady_at,
        )

    def frozen(self) -> Shard:
        """Return the shard; the draft must not be changed afterwards."""
        return Shard(
            service=self.service,
            deployments=self.deployments,
            completed=self.completed,
            history=self.history,
            revisions=self.revisions,
            tasks=self.tasks,
            events=self.events[:EVENTS_KEPT],
            due=self.due,
            steady_at=self.steady_at,
        )

    def deployment(self, deployment_id: str | None) -> Deployment | None:
        """Return the deployment of that id, or None if it is gone."""
        return next((d for d in self.deployments if d.id == deployment_id), None)

    def put_deployment(self, deployment: Deployment) -> None:
        """Replace the deployment of the same id."""
        self.deployments = tuple(deployment if d.id == deployment.id else d for d in self.deployments)

    def put_history(self, record: ServiceDeployment) -> None:
        """Replace the newest service deployment."""
        self.history = (*self.history[:-1], record)


NotAssumed = Callable[[Iterable[str | None]], str | None]
"""Roles' ARNs -> the first that ECS may not assume for tasks at this moment, or None."""


def nobody(roles: Iterable[str | None]) -> None:
    """Say that ECS may assume every role."""


class Draft:
    """The next world in the making, at one moment, with the commands that go with it.

    `not_assumed` is what IAM says at that moment.
    """

    def __init__(self, world: World, now: float, timing: Timing, not_assumed: NotAssumed = nobody) -> None:
        self.now = now
        self.timing = timing
        self.not_assumed = not_assumed
        self.commands: list[EngineCommand] = []
        self.counter = world.counter
        self.addresses = world.addresses
        self.clusters: Mapping[str, Cluster] = world.clusters
        self.families: Mapping[str, tuple[TaskDefinition, ...]] = world.families
        self.revisions: Mapping[str, int] = world.revisions
        self.deleting = world.deleting
        self.settings: Mapping[tuple[str, str], str] = world.settings
        self.world = world
        self._open: dict[Key, ShardDraft] = {}

    def frozen(self) -> World:
        """Return the finished world; the draft must not be changed afterwards."""
        shards = self.world.shards
        if self._open:
            shards = {**shards, **{key: shard.frozen() for key, shard in self._open.items()}}
        return replace(
            self.world,
            counter=self.counter,
            addresses=self.addresses,
            clusters=self.clusters,
            families=self.families,
            revisions=self.revisions,
            deleting=self.deleting,
            settings=self.settings,
            shards=shards,
        )

    def shard_keys(self) -> list[Key]:
        """Return the keys of all shards."""
        return [*self.world.shards, *(key for key in self._open if key not in self.world.shards)]

    def open(self, key: Key) -> ShardDraft:
        """Return the shard, to be changed; an empty one if there is none."""
        shard = self._open.get(key)
        if shard is None:
            shard = self._open[key] = ShardDraft.of(self.world.shards.get(key) or Shard())
        return shard

    def peek(self, key: Key) -> Shard | ShardDraft | None:
        """Return the shard as it stands, only to be read."""
        return self._open.get(key) or self.world.shards.get(key)

    def opened(self) -> Iterator[tuple[Key, ShardDraft]]:
        """Yield what was opened so far."""
        yield from list(self._open.items())

    def home(self, task_id: str) -> Key | None:
        """Return where a task is kept."""
        for key, shard in self._open.items():
            if task_id in shard.tasks:
                return key
        found = self.world.find(task_id)
        return found[0] if found else None

    def _bytes(self) -> bytes:
        self.counter += 1
        return blake2b(f"{self.world.seed}/{self.counter}".encode(), digest_size=16).digest()

    def hex_id(self) -> str:
        """Return a fresh id as tasks have it: 32 hexadecimal digits."""
        return self._bytes().hex()

    def uuid(self) -> str:
        """Return a fresh UUID, as service events have it."""
        return str(UUID(bytes=self._bytes()))

    def digits(self) -> str:
        """Return a fresh id as deployments and service revisions have it: 19 digits."""
        return str(10**18 + int.from_bytes(self._bytes()[:8], "big") % (8 * 10**18))

    def token(self) -> str:
        """Return a fresh id as service deployments have it: 21 characters."""
        return base64.urlsafe_b64encode(self._bytes()).decode()[:21]
