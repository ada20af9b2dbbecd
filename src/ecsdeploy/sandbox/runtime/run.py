"""One task from its first pull to its last container: the state machine that both runtimes share.

A runtime is a `Backend` that does things to containers; what comes of it is told to the `TaskRun`, always from one
thread at a time. So real and simulated tasks start, wait for each other, restart, suffer faults and stop alike.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from ecsdeploy.sandbox.runtime import order, reasons
from ecsdeploy.sandbox.runtime.backend import Backend, Refused
from ecsdeploy.sandbox.runtime.base import (
    ContainerCreated,
    ContainerStarted,
    ContainerStopped,
    HealthChanged,
    HealthStatus,
    Observation,
    PullStarted,
    PullStopped,
    TaskFailed,
    TaskReleased,
    TaskSpec,
    TaskStopped,
)
from ecsdeploy.sandbox.runtime.order import ContainerRun

STOP_TIMEOUT = 30
"""Seconds between SIGTERM and SIGKILL where the container definition has no stopTimeout (ECS API reference)."""

RESTART_ATTEMPT_PERIOD = 300
"""Seconds that a container must have run to be restarted (ECS API reference, `ContainerRestartPolicy`)."""

FAULT_SECONDS = 1.0
SLOW_START_SECONDS = 60.0

_DEATHS: dict[str, tuple[int, str | None]] = {
    "crash": (1, None),
    "exec-format": (255, None),
    "exit-zero": (0, None),
    "oom": (137, reasons.OUT_OF_MEMORY),
}


class TaskRun:
    """The life of one task. Every method is called from one thread at a time."""

    __slots__ = ("_backend", "_now", "_observe", "containers", "opened", "phase", "spec", "stopping")

    def __init__(
        self, spec: TaskSpec, backend: Backend, observe: Callable[[Observation], None], now: Callable[[], float]
    ) -> None:
        self.spec = spec
        self.containers = {d["name"]: ContainerRun(d["name"], d) for d in spec.containers}
        self.phase: Literal["preparing", "running", "over", "released"] = "preparing"
        self.opened = False
        self.stopping = False
        self._backend = backend
        self._observe = observe
        self._now = now

    # ---- commands

    def begin(self) -> None:
        """Pull, and go on from there."""
        self._backend.prepare(self)

    def stop(self) -> None:
        """Stop what runs, dependants first; nothing starts any more."""
        if self.phase in ("over", "released") or self.stopping:
            return
        self.stopping = True
        if self.phase == "preparing":
            self._end()
        else:
            self._advance()

    def release(self) -> None:
        """Remove what is left, also of a task that has not ended."""
        if self.phase == "released":
            return
        self.stopping = True
        self._backend.clear(self)
        self.phase = "released"
        self._observe(TaskReleased(self.spec.arn, self._now()))

    # ---- what the backend tells

    def pull_started(self) -> None:
        """The first pull begins."""
        if self.phase == "preparing":
            self._observe(PullStarted(self.spec.arn, self._now()))

    def pull_stopped(self) -> None:
        """The last pull ended, well or not."""
        if self.phase == "preparing":
            self._observe(PullStopped(self.spec.arn, self._now()))

    def prepared(self) -> None:
        """Images and secrets are there."""
        if self.phase != "preparing":
            return
        if "slow-start" in self.spec.faults:
            self._backend.later(self, SLOW_START_SECONDS, self._open)
        else:
            self._open()

    def failed(self, reason: str) -> None:
        """The task cannot run at all, or not go on: what is about to start is given up."""
        if self.phase in ("over", "released"):
            return
        self._observe(TaskFailed(self.spec.arn, reason, self._now()))
        self.stopping = True
        if self.phase == "preparing":
            self._end()
            return
        for container in self.containers.values():
            if container.state == "starting":
                self._note_end(container, None, reason)
        self._advance()

    def created(self, container: ContainerRun, runtime_id: str, digest: str | None) -> None:
        """A container exists."""
        self._observe(ContainerCreated(self.spec.arn, container.name, runtime_id, digest, self._now()))

    def started(self, container: ContainerRun) -> None:
        """A container's process runs."""
        if container.state != "starting" or self.phase != "running":
            return
        container.state, container.started_at = "running", self._now()
        if not container.ever_started:
            container.ever_started = True
            self._observe(ContainerStarted(self.spec.arn, container.name, container.started_at))
            self._expect_death(container)
            self._expect_in_time(container)
        self._advance()

    def not_started(self, container: ContainerRun, reason: str) -> None:
        """A container could not be created or started."""
        self._stopped(container, None, reason)

    def exited(self, container: ContainerRun, exit_code: int | None, reason: str | None) -> None:
        """A container's process ended, and its last log line is in the log."""
        if container.state == "stopped" or self.phase != "running":
            return
        if container.verdict is not None:
            exit_code, reason = container.verdict
        elif self._restarts(container, exit_code):
            container.state = "starting"
            self._backend.start(self, container)
            return
        self._stopped(container, exit_code, reason)

    def health(self, container: ContainerRun, status: HealthStatus, output: str | None = None) -> None:
        """A container's health check changed its mind; `output` says how the last one failed."""
        if container.state == "running" and container.health != status:
            container.health = status
            self._observe(HealthChanged(self.spec.arn, container.name, status, self._now(), output))
            self._advance()

    def lost(self, reason: str) -> None:
        """What the containers share is gone: kill them, `reason` being theirs."""
        if self.phase != "running" or self.stopping:
            return
        self.stopping = True
        for container in self.containers.values():
            if container.state == "running":
                container.verdict, container.stop_sent = (None, reason), True
                self._backend.kill(self, container)
        self._advance()

    # ---- inside

    def _open(self) -> None:
        if self.phase != "preparing":
            return
        try:
            self._backend.open(self)
        except Refused as refused:
            self.failed(str(refused))
            return
        self.phase = "running"
        self._advance()

    def _advance(self) -> None:
        if self.phase != "running":
            return
        while not self.stopping and self._start_next():
            continue
        if self.stopping:
            self._stop_next()
        containers = self.containers.values()
        waiting = any(container.state == "pending" for container in containers) and not self.stopping
        if not waiting and not any(container.active for container in containers):
            self._end()

    def _start_next(self) -> bool:
        """Start what may start; return whether a container was given up, which may matter to others."""
        for container in self.containers.values():
            if container.state != "pending":
                continue
            match order.readiness(container, self.containers):
                case order.Ready():
                    container.state = "starting"
                    self._start(container)
                case order.Never(reason):
                    # 143 is what the ECS agent reports for a container that it gave up on.
                    self._note_end(container, 143, reason)
                    return True
                case order.Waiting():
                    continue
        return False

    def _start(self, container: ContainerRun) -> None:
        if "platform-error" in self.spec.faults and container.essential:
            self._backend.later(self, FAULT_SECONDS, partial(self.not_started, container, reasons.PLATFORM_ERROR))
        else:
            self._backend.start(self, container)

    def _stop_next(self) -> None:
        for container in order.stoppable(self.containers.values()):
            if not container.stop_sent:
                container.stop_sent = True
                self._backend.terminate(self, container)
                seconds = container.definition.get("stopTimeout") or STOP_TIMEOUT
                self._backend.later(self, seconds, partial(self._kill, container))

    def _kill(self, container: ContainerRun) -> None:
        if container.state == "running" and self.phase == "running":
            self._backend.kill(self, container)

    def _stopped(self, container: ContainerRun, exit_code: int | None, reason: str | None) -> None:
        if container.state == "stopped" or self.phase != "running":
            return
        self._note_end(container, exit_code, reason)
        self._advance()

    def _note_end(self, container: ContainerRun, exit_code: int | None, reason: str | None) -> None:
        container.state, container.exit_code = "stopped", exit_code
        self._observe(ContainerStopped(self.spec.arn, container.name, exit_code, reason, self._now()))
        if container.essential:
            self.stopping = True

    def _end(self) -> None:
        self.phase = "over"
        self._observe(TaskStopped(self.spec.arn, self._now()))

    def _restarts(self, container: ContainerRun, exit_code: int | None) -> bool:
        policy = container.definition.get("restartPolicy") or {}
        return (
            bool(policy.get("enabled"))
            and not self.stopping
            and exit_code not in (policy.get("ignoredExitCodes") or [])
            and self._now() - container.started_at >= (policy.get("restartAttemptPeriod") or RESTART_ATTEMPT_PERIOD)
        )

    def _expect_in_time(self, container: ContainerRun) -> None:
        seconds = container.definition.get("startTimeout")
        if not seconds or not order.awaited(container.name, self.containers.values()):
            return

        def overdue() -> None:
            container.overdue = True
            self._advance()

        self._backend.later(self, seconds, overdue)

    def _expect_death(self, container: ContainerRun) -> None:
        if not container.essential:
            return
        if "host-failure" in self.spec.faults:
            self._backend.later(self, FAULT_SECONDS, partial(self.lost, reasons.HOST_FAILED))
        name = next((name for name in _DEATHS if name in self.spec.faults), None)
        if name is None:
            return

        def die() -> None:
            if container.state == "running" and self.phase == "running":
                container.verdict = _DEATHS[name]
                if name == "exec-format":
                    asked = container.definition.get("entryPoint") or container.definition.get("command") or ["/app"]
                    self._backend.say(self, container, f"exec {asked[0]}: exec format error")
                self._backend.say(self, container, f"ecsdeploy sandbox: killed on purpose by the fault '{name}'")
                self._backend.kill(self, container)

        self._backend.later(self, FAULT_SECONDS, die)
