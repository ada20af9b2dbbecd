"""What a simulated task does between its start and its end, as the runtime of the sandbox would report it."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ecsdeploy.sandbox.runtime.base import (
    Command,
    ContainerCreated,
    ContainerStarted,
    ContainerStopped,
    HealthChanged,
    Observation,
    Observe,
    PullStarted,
    PullStopped,
    ReleaseTask,
    StartTask,
    StopTask,
    TaskFailed,
    TaskReleased,
    TaskSpec,
    TaskStopped,
)
from tests.support.clocks import FakeSandboxClock

DIGEST = "sha256:" + "d" * 64
RELEASE_SECONDS = 0.1
QUICK = 0.5
"""Seconds in which a task stops that does what it is told."""


@dataclass(frozen=True, kw_only=True)
class Life:
    """One task's life; times are seconds after its network interface is there.

    `refusal` is the reason of a task whose containers never run, at `starts`. Of the others, the containers start at
    `starts`; a health check says so at `healthy` or `unhealthy`; the application ends at `ends`, with `log` as its last
    lines. `lingers` is how long a task takes to stop when it is told to; more than `QUICK` means that something in it
    ignores SIGTERM, also after the application has ended.
    """

    starts: float = 2.5
    refusal: str = ""
    healthy: float | None = None
    unhealthy: float | None = None
    ends: float | None = None
    exit_code: int | None = 1
    reason: str | None = None
    log: tuple[str, ...] = ()
    lingers: float = QUICK


Script = Callable[[TaskSpec, float], Life]
"""A task that starts, and when -> its life."""


class Lives:
    """A runtime without containers, whose agenda is played by `Lab`; `logs` are the lines of each task, by its id."""

    def __init__(self, observe: Observe, clock: FakeSandboxClock, script: Script) -> None:
        self._observe, self._clock, self._script = observe, clock, script
        self._agenda: list[tuple[float, int, str, Observation]] = []
        self._numbers = itertools.count()
        self._lives: dict[str, Life] = {}
        self._running: dict[str, str] = {}
        self._stopping: set[str] = set()
        self.logs: dict[str, list[str]] = {}

    @property
    def due(self) -> float | None:
        """Return when the next report is due, in seconds since the epoch."""
        return self._agenda[0][0] if self._agenda else None

    def report(self, now: float) -> None:
        """Report everything that is due; a task that was told to stop does nothing of its own any more."""
        while self._agenda and self._agenda[0][0] <= now:
            _, _, own, signal = heapq.heappop(self._agenda)
            if own in self._stopping:
                continue
            self._note(signal)
            self._observe(signal)

    def execute(self, command: Command) -> None:
        """Begin to do what ECS wants."""
        match command:
            case StartTask(spec):
                self._start(spec)
            case StopTask(arn):
                self._stop(arn)
            case ReleaseTask(arn):
                self._later(RELEASE_SECONDS, "", lambda at: TaskReleased(arn, at))
                self._lives.pop(arn, None)

    def resolve_image(self, image: str) -> str | None:
        """Return a digest."""
        return DIGEST

    def close(self) -> None:
        """Forget everything."""
        self._agenda.clear()

    def _start(self, spec: TaskSpec) -> None:
        arn, name = spec.arn, str(spec.containers[0]["name"])
        life = self._lives[arn] = self._script(spec, self._clock.now())
        self._later(0.1, arn, lambda at: PullStarted(arn, at))
        if life.refusal:
            self._later(life.starts, arn, lambda at: TaskFailed(arn, life.refusal, at))
            return
        self._later(life.starts, arn, lambda at: PullStopped(arn, at))
        if life.exit_code is None and life.ends is not None:
            self._end(arn, name, life)
            return
        self._later(life.starts, arn, lambda at: ContainerCreated(arn, name, f"runtime-{spec.id}", DIGEST, at))
        self._later(life.starts, arn, lambda at: ContainerStarted(arn, name, at))
        if life.healthy is not None:
            self._later(life.healthy, arn, lambda at: HealthChanged(arn, name, "HEALTHY", at))
        if life.unhealthy is not None:
            self._later(life.unhealthy, arn, lambda at: HealthChanged(arn, name, "UNHEALTHY", at))
        self._end(arn, name, life)

    def _end(self, arn: str, name: str, life: Life) -> None:
        if life.ends is not None:
            self._later(life.ends, arn, lambda at: ContainerStopped(arn, name, life.exit_code, life.reason, at))
            if life.lingers <= QUICK:
                self._later(life.ends, arn, lambda at: TaskStopped(arn, at))

    def end_now(self, arn: str) -> None:
        """Let a task's application end at this moment, with an error."""
        self._end(arn, self._running[arn], Life(ends=0.0))

    def _stop(self, arn: str) -> None:
        self._stopping.add(arn)
        life = self._lives.get(arn, Life())
        if (container := self._running.get(arn)) is not None:
            self._later(life.lingers, "", partial(_killed, arn, container))
        self._later(life.lingers, "", lambda at: TaskStopped(arn, at))

    def _note(self, signal: Observation) -> None:
        match signal:
            case ContainerStarted(arn, container):
                self._running[arn] = container
            case ContainerStopped(arn):
                self._running.pop(arn, None)
                life = self._lives.get(arn)
                if life is not None and life.log:
                    self.logs[arn.rsplit("/", 1)[-1]] = list(life.log)

    def _later(self, seconds: float, own: str, make: Callable[[float], Observation]) -> None:
        """Report in so many seconds; `own` is the task that would do it by itself, "" for what it is made to do."""
        at = self._clock.now() + round(seconds, 1)
        heapq.heappush(self._agenda, (at, next(self._numbers), own, make(at)))


def _killed(arn: str, container: str, at: float) -> Observation:
    return ContainerStopped(arn, container, 143, None, at)
