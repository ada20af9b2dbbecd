"""Tasks as real containers on the Docker Engine of this machine.

Each task has a turn of its own (`Crew`): commands, the Engine's events and timers are done one after another for one
task, and side by side for different ones. Pulls have threads of their own, so that a stop never waits for one.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from functools import partial

from ecsdeploy.sandbox.clock import Clock, SystemClock
from ecsdeploy.sandbox.firewall.wall import Wall
from ecsdeploy.sandbox.runtime import clean, options, reasons
from ecsdeploy.sandbox.runtime.agenda import Agenda
from ecsdeploy.sandbox.runtime.base import (
    Command,
    LogSink,
    Observation,
    Observe,
    ReleaseTask,
    ResolveSecret,
    StartTask,
    StopTask,
)
from ecsdeploy.sandbox.runtime.containers import Containers
from ecsdeploy.sandbox.runtime.crew import Crew
from ecsdeploy.sandbox.runtime.ending import last_check
from ecsdeploy.sandbox.runtime.engine import connect, explanation
from ecsdeploy.sandbox.runtime.events import EventWatch
from ecsdeploy.sandbox.runtime.metadata_source import DescribeTask
from ecsdeploy.sandbox.runtime.order import ContainerRun
from ecsdeploy.sandbox.runtime.preparation import Preparation
from ecsdeploy.sandbox.runtime.pull import Puller
from ecsdeploy.sandbox.runtime.role import EveryRole, RoleCheck
from ecsdeploy.sandbox.runtime.run import TaskRun
from ecsdeploy.sandbox.runtime.secrets import RegistryAuth
from ecsdeploy.sandbox.settings import LABEL, Settings

_WORKERS = 8
_PULLERS = 8
_CLOSE_SECONDS = 10.0

_log = logging.getLogger(__name__)


class DockerRuntime:
    """A `Runtime` of real containers. Raises `docker.errors.DockerException` or `OSError` where no Engine answers."""

    def __init__(
        self,
        settings: Settings,
        observe: Observe,
        *,
        logs: LogSink,
        resolve_secret: ResolveSecret,
        registry_auth: RegistryAuth,
        digest_of: Callable[[str], str | None],
        clock: Clock | None = None,
        describe_task: DescribeTask = lambda arn: None,
        role: RoleCheck | None = None,
        wall: Wall | None = None,
    ) -> None:
        self._settings = settings
        self._wall = wall
        self._report = observe
        self._registry_auth = registry_auth
        self._digest_of = digest_of
        self._clock = clock or SystemClock()
        self._runs: dict[str, TaskRun] = {}
        self._closed = False
        self._client = connect()
        self._puller = Puller(self._client, self._client.api_version)
        self._crew = Crew("task", _WORKERS)
        self._pullers = Crew("pull", _PULLERS)
        self._agenda = Agenda(self._clock, "task-timers")
        self._containers = Containers(
            settings,
            self._client,
            Preparation(
                self._puller,
                machine=self._client.version()["Arch"],
                region=settings.region,
                logs=logs,
                resolve_secret=resolve_secret,
                registry_auth=registry_auth,
                role=role or EveryRole(),
            ),
            logs=logs,
            clock=self._clock,
            post=self._post,
            prepare_later=lambda run, step: self._pullers.post(run.spec.arn, self._guarded(run, step)),
            later=self._agenda.after,
            describe_task=describe_task,
            wall=wall,
        )
        self._watch = EventWatch(
            self._client.api_version, settings.name, self._clock, told=self._told, reconnected=self._reconcile
        )

    def execute(self, command: Command) -> None:
        """Begin to do what `command` says; one for an unknown task is done already."""
        match command:
            case StartTask(spec):
                run = TaskRun(spec, self._containers, self._observe, self._clock.now)
                self._runs[spec.arn] = run
                self._post(run, run.begin)
            case StopTask(arn):
                if arn in self._runs:
                    self._post(self._runs[arn], self._runs[arn].stop)
            case ReleaseTask(arn):
                if arn in self._runs:
                    self._post(self._runs[arn], lambda: self._release(arn))

    def resolve_image(self, image: str) -> str | None:
        """Return the digest that a tag stands for now: in the sandbox's registry, or in the one it names."""
        if "@" in image:
            return image.partition("@")[2]
        if self._settings.keeps(image):
            return self._digest_of(image)
        auth = self._registry_auth(image)
        try:
            answer = self._client.inspect_distribution(image, dict(auth) if auth else None)  # type: ignore[no-untyped-call]
        except OSError:
            return None
        return str(answer["Descriptor"]["digest"])

    def close(self) -> None:
        """Kill and remove everything this runtime made; return when it is gone."""
        if self._closed:
            return
        self._closed = True
        self._watch.close()
        self._agenda.close()
        self._puller.close()
        self._crew.close(_CLOSE_SECONDS)
        self._pullers.close(_CLOSE_SECONDS)
        with contextlib.suppress(OSError):
            clean.remove_leftovers(self._settings.name, self._settings.registry())
        self._containers.close()
        self._client.close()

    # ---- inside

    def _observe(self, observation: Observation) -> None:
        if not self._closed:
            self._report(observation)

    def _post(self, run: TaskRun, step: Callable[[], None]) -> None:
        self._crew.post(run.spec.arn, self._guarded(run, step))

    def _guarded(self, run: TaskRun, step: Callable[[], None]) -> Callable[[], None]:
        def guarded() -> None:
            try:
                step()
            except Exception as error:  # one task's trouble must never end the thread that serves the others
                if self._closed:
                    return
                _log.exception("task %s", run.spec.arn)
                said = explanation(error) if isinstance(error, OSError) else f"the sandbox failed: {error!r}"
                reason = reasons.internal(said)
                self._crew.post(run.spec.arn, lambda: run.failed(reason))

        return guarded

    def _release(self, arn: str) -> None:
        run = self._runs.pop(arn, None)
        if run is not None:
            run.release()

    def _told(self, action: str, labels: dict[str, str]) -> None:
        run = self._runs.get(labels.get(options.TASK_LABEL, ""))
        if run is None:
            return
        name = labels.get(options.CONTAINER_LABEL, "")
        if name == options.PAUSE:
            self._post(run, lambda: self._containers.examine_pause(run, reasons.NETWORK_GONE))
            return
        container = run.containers[name]
        if action == "die":
            code = int(labels["exitCode"])
            self._post(run, lambda: self._containers.examine(run, container, code))
        elif action == "oom":
            self._post(run, lambda: self._containers.ran_out_of_memory(run, container))
        elif action.endswith(": healthy"):
            self._post(run, lambda: run.health(container, "HEALTHY"))
        elif action.endswith(": unhealthy"):
            self._post(run, lambda: self._unhealthy(run, container))

    def _unhealthy(self, run: TaskRun, container: ContainerRun) -> None:
        """Tell of a health check that failed, and what it printed, if the Engine still knows."""
        held, output = self._containers.held.get(run.spec.arn), None
        if held is not None and container.name in held.ids:
            with contextlib.suppress(OSError):
                output = last_check(self._client.inspect_container(held.ids[container.name])["State"])
        run.health(container, "UNHEALTHY", output)

    def _reconcile(self) -> None:
        """Look at everything again: the Engine was away, and did not tell what happened meanwhile."""
        for run in list(self._runs.values()):
            # The network first: an Engine that was restarted took everything with it, and no container is to blame.
            self._post(run, partial(self._containers.examine_pause, run, reasons.ENGINE_RESTARTED))
            for container in run.containers.values():
                self._post(run, partial(self._containers.examine, run, container, None))
        if self._wall is not None:
            self._wall.forget_applied()
        with contextlib.suppress(OSError):
            for found in self._client.containers(all=True, filters={"label": f"{LABEL}={self._settings.name}"}):
                arn = found["Labels"].get(options.TASK_LABEL, "")
                if arn not in self._runs:
                    clean.remove(self._client, f"{options.TASK_LABEL}={arn}")
