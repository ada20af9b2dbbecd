"""Tasks without containers: the same state machine, for machines without a native Linux Engine and for thousands.

One thread does everything that is due, for all tasks. What a task draws (how long its pull takes and so on) depends
on its id alone, so a run with the same ids goes the same way.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from ecsdeploy.sandbox.clock import Clock
from ecsdeploy.sandbox.firewall.groups import Opening
from ecsdeploy.sandbox.firewall.tables import Dropped
from ecsdeploy.sandbox.firewall.wall import Wall
from ecsdeploy.sandbox.runtime import options, reasons, secrets
from ecsdeploy.sandbox.runtime.agenda import Agenda
from ecsdeploy.sandbox.runtime.answers import Answers
from ecsdeploy.sandbox.runtime.backend import Refused
from ecsdeploy.sandbox.runtime.base import (
    Command,
    ContainerStopped,
    HealthStatus,
    LogSink,
    Observation,
    Observe,
    ReleaseTask,
    ResolveSecret,
    StartTask,
    StopTask,
)
from ecsdeploy.sandbox.runtime.ending import health_output
from ecsdeploy.sandbox.runtime.logs import destination, open_streams
from ecsdeploy.sandbox.runtime.order import ContainerRun
from ecsdeploy.sandbox.runtime.role import EveryRole, RoleCheck
from ecsdeploy.sandbox.runtime.run import TaskRun
from ecsdeploy.sandbox.runtime.script import script_of
from ecsdeploy.sandbox.settings import Settings

# Seconds, lowest and highest: those of a small service on a fast machine.
_PULL = (0.2, 0.6)
_START = (0.05, 0.2)
_FIRST_HEALTH = (0.3, 0.8)
_SHUTDOWN = (0.05, 0.3)
_KILL = (0.01, 0.03)
_REQUESTS = (1.0, 3.0, 10.0, 30.0)
_REQUEST_EVERY = 60.0
_UNHEALTHY = "ecsdeploy sandbox: fails on purpose, by the fault 'unhealthy'"


@dataclass(frozen=True)
class _Door:
    """A simulated task's way in: its ports on this machine."""

    answers: Answers
    task: str

    def admit(self, found: frozenset[Opening]) -> None:
        self.answers.admit(self.task, found)

    def dropped(self) -> Dropped:
        return self.answers.dropped(self.task)


class SimulatedRuntime:
    """A `Runtime` that runs nothing: its tasks log, are healthy or not, answer at their addresses, and end."""

    def __init__(
        self,
        settings: Settings,
        observe: Observe,
        *,
        logs: LogSink,
        resolve_secret: ResolveSecret,
        digest_of: Callable[[str], str | None],
        clock: Clock,
        role: RoleCheck | None = None,
        wall: Wall | None = None,
    ) -> None:
        self._settings = settings
        self._report = observe
        self._logs = logs
        self._resolve_secret = resolve_secret
        self._digest_of = digest_of
        self._clock = clock
        self._role = role or EveryRole()
        self._runs: dict[str, TaskRun] = {}
        self._agenda = Agenda(clock, "simulated-tasks")
        self._answers = Answers()
        self._wall = wall
        self._closed = False

    def execute(self, command: Command) -> None:
        """Begin to do what `command` says; one for an unknown task is done already."""
        match command:
            case StartTask(spec):
                run = self._runs[spec.arn] = TaskRun(spec, self, self._observe, self._clock.now)
                self._agenda.after(0, run.begin)
            case StopTask(arn):
                if arn in self._runs:
                    self._agenda.after(0, self._runs[arn].stop)
            case ReleaseTask(arn):
                run_or_none = self._runs.pop(arn, None)
                if run_or_none is not None:
                    self._agenda.after(0, run_or_none.release)

    def resolve_image(self, image: str) -> str | None:
        """Return the digest that a tag stands for.

        Nobody is asked about the images of other registries: each reference has a digest of its own, always the same.
        """
        if "@" in image:
            return image.partition("@")[2]
        return self._digest_of(image) if self._settings.keeps(image) else f"sha256:{sha256(image.encode()).hexdigest()}"

    def close(self) -> None:
        """Forget every task."""
        self._closed = True
        self._agenda.close()
        self._answers.end()
        self._runs.clear()

    # ---- what the state machine asks for (`Backend`)

    def prepare(self, run: TaskRun) -> None:
        """Check secrets, then let a pull take its time."""
        spec = run.spec
        try:
            refusal = options.refusal(spec)
            if refusal is not None:
                raise Refused(reasons.internal(refusal))
            self._suffer(run, reasons.BEFORE_PULL)
            self._role.before_pull(spec)
            secrets.resolve(spec, self._resolve_secret)
        except Refused as refused:
            self.later(run, 0, partial(run.failed, str(refused)))
            return
        self.later(run, 0, run.pull_started)
        self.later(run, self._draw(run, "pull", _PULL), partial(self._pulled, run))

    def open(self, run: TaskRun) -> None:
        """Nothing is shared; the security groups count from now on."""
        if self._wall is not None:
            self._wall.enter(run.spec, _Door(self._answers, run.spec.arn))

    def start(self, run: TaskRun, container: ContainerRun) -> None:
        """Let a start take its time."""
        image = container.definition["image"]
        runtime_id = f"{run.spec.id}-{random.Random(f'{run.spec.id}/{container.name}').randrange(10**10):010d}"
        if not container.ever_started:
            self.later(run, 0, partial(run.created, container, runtime_id, self.resolve_image(image)))
        seconds = self._draw(run, f"start {container.name}", _START)
        if "start-error" in run.spec.faults and container.essential:
            reason = reasons.cannot_start(reasons.no_such_program(options.MISSING_PROGRAM))
            self.later(run, seconds, partial(run.not_started, container, reason))
        else:
            self.later(run, seconds, partial(self._started, run, container))

    def terminate(self, run: TaskRun, container: ContainerRun) -> None:
        """Let the process shut down as a well-behaved service does, with code 0."""
        self.say(run, container, "SIGTERM received, shutting down")
        self.later(run, self._draw(run, f"stop {container.name}", _SHUTDOWN), partial(run.exited, container, 0, None))

    def kill(self, run: TaskRun, container: ContainerRun) -> None:
        """Let the process end with 137."""
        self.later(run, self._draw(run, f"kill {container.name}", _KILL), partial(run.exited, container, 137, None))

    def say(self, run: TaskRun, container: ContainerRun, text: str) -> None:
        """Write a line into the container's log stream."""
        target = destination(run.spec, container.definition)
        if target is None:
            return
        try:
            self._logs.put(*target, [(int(self._clock.now() * 1000), text)])
        except LookupError:
            return  # the log group was deleted meanwhile: the driver drops what comes

    def clear(self, run: TaskRun) -> None:
        """Nothing is left of a task but what was dropped on its way in."""
        if self._wall is not None:
            self._wall.leave(run.spec.arn)
        self._answers.forget(run.spec.arn)

    def later(self, run: TaskRun, seconds: float, action: Callable[[], None]) -> None:
        """Do `action` in `seconds`."""
        self._agenda.after(seconds, action)

    # ---- inside

    def _observe(self, observation: Observation) -> None:
        if isinstance(observation, ContainerStopped):
            self._answers.close((observation.arn, observation.container))
        if not self._closed:
            self._report(observation)

    def _pulled(self, run: TaskRun) -> None:
        run.pull_stopped()
        try:
            self._suffer(run, reasons.AT_PULL)
            self._role.at_pull(run.spec)
            self._check_images(run)
            self._suffer(run, reasons.AFTER_PULL)
            self._role.after_pull(run.spec)
            open_streams(run.spec, self._logs)
        except Refused as refused:
            run.failed(str(refused))
        else:
            run.prepared()

    def _check_images(self, run: TaskRun) -> None:
        for definition in run.spec.containers:
            image = definition["image"]
            if self._settings.keeps(image) and self._digest_of(image) is None:
                raise Refused(reasons.image_not_found(image))

    def _suffer(self, run: TaskRun, names: tuple[str, ...]) -> None:
        reason = reasons.fault(names, run.spec, self._settings.region)
        if reason is not None:
            raise Refused(reason)

    def _draw(self, run: TaskRun, what: str, between: tuple[float, float]) -> float:
        return random.Random(f"{run.spec.id} {what}").uniform(*between)

    def _started(self, run: TaskRun, container: ContainerRun) -> None:
        again, address = container.ever_started, (run.spec.arn, container.name)
        ports = options.published_ports([container.definition])
        listens = [port for port, protocol in ports if protocol == "tcp" and "deaf" not in run.spec.faults]
        self._answers.open(address, run.spec.address, listens)
        run.started(container)
        if container.state != "running":
            self._answers.close(address)
            return
        if (script := script_of(container.definition.get("command"))) is not None:
            for line in script.lines:
                self.say(run, container, line)
            self.later(run, script.seconds, partial(run.exited, container, script.exit_code, None))
            return
        self.say(run, container, f"listening on port {ports[0][0]}" if ports else "started")
        if not again:
            self._serve(run, container, 0)
        if container.definition.get("healthCheck"):
            status: HealthStatus = "UNHEALTHY" if "unhealthy" in run.spec.faults else "HEALTHY"
            said = health_output(1, _UNHEALTHY) if status == "UNHEALTHY" else None
            seconds = self._draw(run, f"health {container.name}", _FIRST_HEALTH)
            self.later(run, seconds, partial(run.health, container, status, said))

    def _serve(self, run: TaskRun, container: ContainerRun, number: int) -> None:
        if container.state != "running" or container.stop_sent or run.phase != "running":
            return
        if number:
            self.say(run, container, "GET / 200")
        seconds = _REQUESTS[number] if number < len(_REQUESTS) else _REQUEST_EVERY
        self.later(run, seconds, partial(self._serve, run, container, number + 1))
