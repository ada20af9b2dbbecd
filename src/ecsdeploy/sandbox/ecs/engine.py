"""The thread that makes the scheduler's world come true.

Reports come in from the runtime's threads and API calls from the server's; one lock orders the writers. Readers
take the current world without the lock: it never changes, it is only replaced.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from ecsdeploy.sandbox.clock import Clock
from ecsdeploy.sandbox.ecs.records import Subnet
from ecsdeploy.sandbox.ecs.scheduler import step
from ecsdeploy.sandbox.ecs.service_records import Service
from ecsdeploy.sandbox.ecs.services import set_desired_count
from ecsdeploy.sandbox.ecs.signals import ImagesResolved, ResolveImages, Signal, SpotReclaimed
from ecsdeploy.sandbox.ecs.timing import Timing
from ecsdeploy.sandbox.ecs.world import Draft, NotAssumed, World, nobody
from ecsdeploy.sandbox.runtime.base import Observe, Runtime
from ecsdeploy.sandbox.settings import Settings

T = TypeVar("T")

BATCH_SECONDS = 0.02
"""Reports that arrive this close together are taken in by one step."""

_log = logging.getLogger(__name__)


class TaskFaults(Protocol):
    """What the engine asks of `ecsdeploy.sandbox.faults`."""

    def take_for_deployment(self, service: str, images: Sequence[str]) -> frozenset[str]:
        """Return what the tasks of a new deployment suffer."""
        ...

    def for_image(self, images: Sequence[str]) -> frozenset[str]:
        """Return what a task outside a service suffers."""
        ...


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """A task's network interface as EC2 would describe it; `public_address` is None without a public IP."""

    id: str
    attachment_id: str
    mac: str
    private_address: str
    public_address: str | None
    subnet: Subnet
    groups: tuple[str, ...]
    status: str
    owner: str


class EcsEngine:
    """ECS in this process: `world` to read, `change` to write, a thread that schedules.

    `digest_of` and then the runtime tell what digest an image's tag stands for. `describe_subnet` returns a subnet
    of EC2, or None if there is none of that id, `group_fits` whether a security group is of its network; without them
    all exist and do. `not_assumed` returns the first of some roles' ARNs that does not trust ECS, or None.
    `background` runs what may take seconds; without it there is a small pool of threads.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        runtime_factory: Callable[[Observe], Runtime],
        faults: TaskFaults,
        digest_of: Callable[[str], str | None],
        *,
        seed: str | None = None,
        describe_subnet: Callable[[str], Subnet | None] | None = None,
        group_fits: Callable[[str, str], bool | None] | None = None,
        not_assumed: NotAssumed = nobody,
        background: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.faults = faults
        self.timing = Timing.at(settings.speed)
        self._digest_of = digest_of
        self._describe_subnet = describe_subnet
        self._group_fits = group_fits
        self.not_assumed = not_assumed
        self._world = World(
            seed=seed if seed is not None else f"{settings.name}/{clock.now()}",
            account=settings.account,
            region=settings.region,
        )
        self._lock = threading.Lock()
        self._signals: deque[Signal] = deque()
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="resolve-images")
        self._background = background or self._pool.submit
        self._thread: threading.Thread | None = None
        self._runtime = runtime_factory(self.observe)

    @property
    def world(self) -> World:
        """Return the world as it is now; it will not change."""
        return self._world

    @property
    def due(self) -> float | None:
        """Return when the next step is due, in seconds since the epoch, or None if nothing is to come."""
        return self.clock.now() if self._signals else self._world.due

    @property
    def runtime(self) -> Runtime:
        """Return what runs the tasks."""
        return self._runtime

    def start(self) -> None:
        """Begin to schedule, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="ecs-scheduler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and everything that the runtime runs; return when it is gone."""
        self._ended.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._runtime.close()

    def observe(self, signal: Signal) -> None:
        """Take in a report, from any thread, without waiting."""
        self._signals.append(signal)
        self._wake.set()

    def change(self, write: Callable[[Draft], T]) -> T:
        """Apply an API call's change and return its answer. Raises what `write` raises; then nothing has changed."""
        with self._lock:
            draft = Draft(self._world, self.clock.now(), self.timing, self.not_assumed)
            answer = write(draft)
            self._world = draft.frozen()
        self._wake.set()
        return answer

    def tick(self) -> None:
        """Do one step: take in what was reported, decide, and tell the runtime."""
        with self._lock:
            signals = [self._signals.popleft() for _ in range(len(self._signals))]
            self._world, commands = step(self._world, signals, self.clock.now(), self.timing, self.not_assumed)
        for command in commands:
            if isinstance(command, ResolveImages):
                self._background(partial(self._resolve, command))
            else:
                self._runtime.execute(command)

    def group_fits(self, group_id: str, subnet_id: str) -> bool | None:
        """Say whether a security group of EC2 is of a subnet's network; None if there is no such group."""
        return True if self._group_fits is None else self._group_fits(group_id, subnet_id)

    def subnet(self, subnet_id: str) -> Subnet | None:
        """Return what EC2 knows of a subnet, or None if there is none of that id."""
        if self._describe_subnet is not None:
            return self._describe_subnet(subnet_id)
        return Subnet(subnet_id, "172.31.0.0/20", f"{self.settings.region}a")

    def network_interfaces(self) -> list[NetworkInterface]:
        """Return the network interfaces of all tasks that have one now."""
        world = self._world
        return [
            NetworkInterface(
                id=task.eni.id,
                attachment_id=task.eni.attachment_id,
                mac=task.eni.mac,
                private_address=task.eni.private_address,
                public_address=task.eni.address if task.eni.public else None,
                subnet=task.eni.subnet,
                groups=task.eni.groups,
                status="in-use",
                owner=world.account,
            )
            for shard in world.shards.values()
            for task in shard.tasks.values()
            if task.eni.status == "ATTACHED"
        ]

    def service_desired_count(self, cluster: str, service: str) -> int | None:
        """Return an active service's desired count, or None if there is no such service."""
        found = self._active(cluster, service)
        return None if found is None else found.desired

    def service_created(self, cluster: str, service: str) -> float | None:
        """Return when an active service was created, in seconds since the epoch, or None if there is none."""
        found = self._active(cluster, service)
        return None if found is None else found.created_at

    def set_desired_count(self, cluster: str, service: str, count: int) -> None:
        """Set a service's desired count, as UpdateService does. Raises `LookupError` if there is no such service."""
        if self.service_desired_count(cluster, service) is None:
            raise LookupError(f"{cluster}/{service}")
        self.change(lambda draft: set_desired_count(draft, (cluster, service), count))

    def interrupt(self, task: str) -> None:
        """Take a Spot task's capacity back; `task` is its id or ARN."""
        self.observe(SpotReclaimed(task))

    def _active(self, cluster: str, service: str) -> Service | None:
        shard = self._world.shards.get((cluster, service))
        return shard.service if shard and shard.service and shard.service.status == "ACTIVE" else None

    def _run(self) -> None:
        while not self._ended.is_set():
            self._wake.clear()
            try:
                self.tick()
            except Exception:
                # A world that cannot be stepped must not end the sandbox: the calls still answer, and the log tells.
                _log.exception("the ECS scheduler failed in a step")
                self.clock.wait(self._ended, 1.0)
            due = self.due
            seconds = None if due is None else max(due - self.clock.now(), 0.0)
            if seconds is None or seconds > 0:
                self.clock.wait(self._wake, seconds)
            self.clock.wait(self._ended, BATCH_SECONDS)

    def _resolve(self, command: ResolveImages) -> None:
        digests = tuple((image, self._digest(image)) for image in command.images)
        self.observe(ImagesResolved(command.cluster, command.service, command.revision, digests))

    def _digest(self, image: str) -> str | None:
        try:
            return self._digest_of(image) or self._runtime.resolve_image(image)
        except Exception:
            # The pull will say what is wrong with the image, in AWS's words.
            _log.warning("no digest for %s", image, exc_info=True)
            return None
