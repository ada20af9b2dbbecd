"""Real containers: what the state machine of a task does to the Docker Engine."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ecsdeploy.sandbox.clock import Clock
from ecsdeploy.sandbox.firewall.door import NamespaceDoor
from ecsdeploy.sandbox.firewall.wall import Wall
from ecsdeploy.sandbox.runtime import clean, options, pause, reasons
from ecsdeploy.sandbox.runtime.backend import Refused
from ecsdeploy.sandbox.runtime.base import LogSink, TaskSpec
from ecsdeploy.sandbox.runtime.ending import KILLED, ending
from ecsdeploy.sandbox.runtime.engine import explanation
from ecsdeploy.sandbox.runtime.held import Held
from ecsdeploy.sandbox.runtime.host import host_of
from ecsdeploy.sandbox.runtime.logs import LogReader, destination
from ecsdeploy.sandbox.runtime.metadata_server import VARIABLE, MetadataServer
from ecsdeploy.sandbox.runtime.metadata_source import DescribeTask, MetadataSource
from ecsdeploy.sandbox.runtime.order import ContainerRun
from ecsdeploy.sandbox.runtime.preparation import Preparation
from ecsdeploy.sandbox.runtime.pull import repository_digest
from ecsdeploy.sandbox.runtime.run import TaskRun
from ecsdeploy.sandbox.settings import LABEL, Settings

if TYPE_CHECKING:
    from docker import APIClient

_OOM_SECONDS = 0.5
"""The Engine may say that the kernel killed a process after it has said that the process ended."""
_ASK_AGAIN_SECONDS = 1.0


class Containers:
    """A `Backend` on the Docker Engine.

    `post` does a step in a task's turn, `prepare_later` does one on a thread that may wait for a pull.
    """

    def __init__(
        self,
        settings: Settings,
        client: APIClient,
        preparation: Preparation,
        *,
        logs: LogSink,
        clock: Clock,
        post: Callable[[TaskRun, Callable[[], None]], None],
        prepare_later: Callable[[TaskRun, Callable[[], None]], None],
        later: Callable[[float, Callable[[], None]], None],
        describe_task: DescribeTask,
        wall: Wall | None,
    ) -> None:
        self.held: dict[str, Held] = {}
        self._settings = settings
        self._client = client
        self._preparation = preparation
        self._logs = logs
        self._clock = clock
        self._post = post
        self._prepare_later = prepare_later
        self._later = later
        self._wall = wall
        self._shared = threading.Lock()
        self._metadata = MetadataServer(MetadataSource(client, describe_task, self.held.get).answer)
        self._network = f"ecsdeploy-{settings.name}"
        self._host = host_of(client)

    # ---- before the first container

    def prepare(self, run: TaskRun) -> None:
        """Resolve secrets and pull on a thread that may wait."""
        held = self.held[run.spec.arn] = Held(run.spec)
        self._prepare_later(run, lambda: self._prepare(run, held))

    def _prepare(self, run: TaskRun, held: Held) -> None:
        try:
            held.secrets = self._preparation.secrets(run.spec)
            self._post(run, run.pull_started)
            try:
                held.images = self._preparation.images(run.spec)
            finally:
                self._post(run, run.pull_stopped)
            self._preparation.log_streams(run.spec)
        except Refused as refused:
            reason = str(refused)
            self._post(run, lambda: run.failed(reason))
        except OSError as error:
            reason = reasons.internal(explanation(error))
            self._post(run, lambda: run.failed(reason))
        else:
            self._post(run, run.prepared)

    # ---- containers

    def open(self, run: TaskRun) -> None:
        """Make the task's volumes and the container that owns its network. Raises `Refused`."""
        spec, name = run.spec, self._settings.name
        labels = options.labels(name, spec)
        try:
            for volume in spec.volumes:
                self._client.create_volume(options.volume_name(name, spec, volume["name"]), labels=labels)
            with self._shared:
                image = pause.ensure_image(self._client, name)
                clean.ensure_network(self._client, self._network, {LABEL: name})
            config = options.pause_config(name, spec, image=image, network=self._network)
            runtime_name = options.runtime_name(name, spec, options.PAUSE)
            held = self.held[spec.arn]
            held.pause = self._new_container(config, runtime_name)
            self._client.start(held.pause)
            network = self._client.inspect_container(held.pause)["NetworkSettings"]
            self._metadata.serve(spec.arn, network["SandboxKey"])
            self._guard(spec, network)
        except OSError as error:
            text = f"ResourceInitializationError: failed to configure the task's network: {explanation(error)}"
            raise Refused(text) from None

    def start(self, run: TaskRun, container: ContainerRun) -> None:
        """Create and start a container, or start it again."""
        held = self.held[run.spec.arn]
        describe = reasons.cannot_create
        try:
            if container.name not in held.ids:
                self._create(run, container, held)
            describe = reasons.cannot_start
            self._client.start(held.ids[container.name])
            self._read_log(run.spec, container, held)
        except OSError as error:
            reason = describe(explanation(error))
            self._post(run, lambda: run.not_started(container, reason))
        else:
            self._post(run, lambda: run.started(container))

    def terminate(self, run: TaskRun, container: ContainerRun) -> None:
        """Send the image's stop signal, SIGTERM where it has none."""
        image = self.held[run.spec.arn].images[container.name]
        self._signal(run, container, (image.get("Config") or {}).get("StopSignal") or "SIGTERM")

    def kill(self, run: TaskRun, container: ContainerRun) -> None:
        """Send SIGKILL."""
        self._signal(run, container, "SIGKILL")

    def say(self, run: TaskRun, container: ContainerRun, text: str) -> None:
        """Write a line into the container's log stream."""
        target = destination(run.spec, container.definition)
        if target is not None:
            with contextlib.suppress(LookupError):
                self._logs.put(*target, [(int(self._clock.now() * 1000), text)])

    def clear(self, run: TaskRun) -> None:
        """Remove the task's containers and volumes."""
        held = self.held.pop(run.spec.arn, None)
        self._metadata.forget(run.spec.arn)
        if self._wall is not None:
            self._wall.leave(run.spec.arn)
        # An Engine that does not answer now is asked again when it is back: what no task owns is removed then.
        with contextlib.suppress(OSError):
            clean.remove(self._client, f"{options.TASK_LABEL}={run.spec.arn}")
        for reader in held.readers.values() if held else ():
            reader.cut()

    def later(self, run: TaskRun, seconds: float, action: Callable[[], None]) -> None:
        """Do `action` in the task's turn in `seconds`."""
        self._later(seconds, lambda: self._post(run, action))

    def examine(self, run: TaskRun, container: ContainerRun, exit_code: int | None, *, again: bool = True) -> None:
        """Find out whether and how a container ended; `exit_code` is what an event said, if there was one.

        `again`: look a second time at one that was killed, and nobody seems to have done it.
        """
        if container.state == "starting":  # that it started is told next: look again after that
            self._post(run, lambda: self.examine(run, container, exit_code))
            return
        held = self.held.get(run.spec.arn)
        if held is None or container.state != "running":
            return
        try:
            state = self._state(held.ids[container.name])
            engine_took_all = exit_code is None and not self._runs(held.pause)
        except OSError:
            self._ask_again(run, lambda: self.examine(run, container, None))
            return
        if state is not None and state["Running"]:
            if run.stopping and container.stop_sent:
                self.kill(run, container)
            return
        if engine_took_all:
            run.lost(reasons.ENGINE_RESTARTED)
        code, reason = ending(state, exit_code, out_of_memory=container.name in held.out_of_memory)
        unclaimed = container.verdict is None and not container.stop_sent
        if again and code == KILLED and reason is None and unclaimed:
            self.later(run, _OOM_SECONDS, lambda: self.examine(run, container, exit_code, again=False))
            return

        def tell() -> None:
            self._post(run, lambda: run.exited(container, code, reason))

        reader = held.readers.get(container.name)
        if reader is None:
            tell()
        else:
            reader.when_ended(tell)

    def examine_pause(self, run: TaskRun, reason: str) -> None:
        """Find out whether the task still has its network; `reason` is why it lost it, if it did."""
        held = self.held.get(run.spec.arn)
        if held is None or not held.pause:
            return
        try:
            if not self._runs(held.pause):
                run.lost(reason)
        except OSError:
            self._ask_again(run, lambda: self.examine_pause(run, reasons.ENGINE_RESTARTED))

    def ran_out_of_memory(self, run: TaskRun, container: ContainerRun) -> None:
        """Remember that the kernel killed a process of this container."""
        held = self.held.get(run.spec.arn)
        if held is not None:
            held.out_of_memory.add(container.name)

    def close(self) -> None:
        """Stop reading logs and answering containers."""
        self._metadata.close()
        for held in self.held.values():
            for reader in held.readers.values():
                reader.cut()

    # ---- inside

    def _guard(self, spec: TaskSpec, network: Mapping[str, Any]) -> None:
        if self._wall is None:
            return
        bridge, ports = network["Networks"][self._network], options.task_ports(spec)
        namespace, gateway = network["SandboxKey"], bridge["Gateway"]
        door = NamespaceDoor(namespace, address=spec.address, gateway=gateway, ports=[(kind, n) for n, kind in ports])
        self._wall.enter(spec, door, bridge["IPAddress"])

    def _ask_again(self, run: TaskRun, question: Callable[[], None]) -> None:
        # An Engine that does not answer tells nothing of the task, neither that it lives nor that it ended.
        self.later(run, _ASK_AGAIN_SECONDS, question)

    def _runs(self, runtime_id: str) -> bool:
        return bool((self._state(runtime_id) or {}).get("Running", False))

    def _create(self, run: TaskRun, container: ContainerRun, held: Held) -> None:
        spec, definition, name = run.spec, container.definition, self._settings.name
        address = self._metadata.address_for(spec.arn, container.name)
        environment = {
            **({VARIABLE: address} if address else {}),
            **options.environment(definition, held.secrets[container.name], self._settings.region),
        }
        config = options.container_config(
            name, spec, definition, pause=held.pause, environment=environment, host=self._host
        )
        runtime_name = options.runtime_name(name, spec, container.name)
        runtime_id = self._new_container(config, runtime_name)
        held.ids[container.name] = runtime_id
        digest = repository_digest(definition["image"], held.images[container.name])
        self._post(run, lambda: run.created(container, runtime_id, digest))

    def _new_container(self, config: Mapping[str, Any], name: str) -> str:
        created = self._client.create_container_from_config(dict(config), name)  # type: ignore[no-untyped-call]
        return str(created["Id"])

    def _read_log(self, spec: TaskSpec, container: ContainerRun, held: Held) -> None:
        target = destination(spec, container.definition)
        if target is None:
            return
        runtime_id, before = held.ids[container.name], held.readers.get(container.name)
        held.readers[container.name] = LogReader(
            version=self._client.api_version,
            runtime_id=runtime_id,
            definition=container.definition,
            target=target,
            sink=self._logs,
            clock=self._clock,
            runs=lambda: self._runs(runtime_id),
            place=before.place if before else None,
        )

    def _signal(self, run: TaskRun, container: ContainerRun, signal: str) -> None:
        # A container that has just ended can't be signalled, and its end is told by an event.
        with contextlib.suppress(OSError):
            self._client.kill(self.held[run.spec.arn].ids[container.name], signal)

    def _state(self, runtime_id: str) -> dict[str, Any] | None:
        from docker.errors import NotFound

        try:
            state: dict[str, Any] = self._client.inspect_container(runtime_id)["State"]
        except NotFound:
            return None
        return state
