"""ECS on a clock that only moves when told, with a runtime that does what an image's name says."""

from __future__ import annotations

import heapq
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ecsdeploy.sandbox.answers import write_answer
from ecsdeploy.sandbox.dispatch import service_model
from ecsdeploy.sandbox.ecs.api import operations
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.ecs.records import Subnet
from ecsdeploy.sandbox.ecs.signals import Signal
from ecsdeploy.sandbox.ecs.world import World
from ecsdeploy.sandbox.runtime.base import (
    Command,
    ContainerCreated,
    ContainerStarted,
    ContainerStopped,
    HealthChanged,
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
from ecsdeploy.sandbox.settings import Settings
from ecsdeploy.sandbox.validation import read_request
from ecsdeploy.sandbox.wire import AwsError, Caller
from tests.support.clocks import FakeSandboxClock

START = 1_700_000_000.0
DIGEST = "sha256:" + "d" * 64
CALLER = Caller("123456789012", "us-east-1", arn="arn:aws:iam::123456789012:user/tester")
PULL_ERROR = "CannotPullContainerError: pull image manifest has been retried 1 time(s): not found"


@dataclass
class NoFaults:
    """Gives each fault that it was loaded with to the next deployment or task."""

    loaded: list[frozenset[str]] = field(default_factory=list)

    def take_for_deployment(self, service: str, images: Sequence[str]) -> frozenset[str]:
        return self.loaded.pop(0) if self.loaded else frozenset()

    def for_image(self, images: Sequence[str]) -> frozenset[str]:
        return self.take_for_deployment("", images)


class ScriptedRuntime:
    """Runs tasks as the repository of their first image says.

    `app` pulls for 2 s and runs until stopped; `crash` exits with 1 two seconds after its start, `late-crash` after a
    minute; `nopull` cannot be pulled; `check` becomes healthy after 3 s, `sick` unhealthy after 3 s, `wilt` healthy
    after 3 s and unhealthy after 90 s; `stubborn` needs 30 s to stop; of `silent` nothing is reported before it stops.
    """

    def __init__(self, observe: Observe, clock: FakeSandboxClock) -> None:
        self._observe = observe
        self._clock = clock
        self.agenda: list[tuple[float, int, Signal]] = []
        self._numbers = itertools.count()
        self.specs: dict[str, TaskSpec] = {}
        self._running: set[str] = set()
        self.commands: list[Command] = []
        self.overrule: str | None = None
        self.digest = DIGEST

    def _later(self, seconds: float, make: Callable[[float], Signal]) -> None:
        at = self._clock.now() + seconds
        heapq.heappush(self.agenda, (at, next(self._numbers), make(at)))

    def execute(self, command: Command) -> None:
        self.commands.append(command)
        match command:
            case StartTask(spec):
                self._start(spec)
            case StopTask(arn):
                self._stop(arn)
            case ReleaseTask(arn):
                self._later(0.1, lambda at: TaskReleased(arn, at))

    def _start(self, spec: TaskSpec) -> None:
        self.specs[spec.arn] = spec
        arn, kind = spec.arn, self.overrule or re.split("[:@]", spec.containers[0]["image"])[0]
        self._later(0.1, lambda at: PullStarted(arn, at))
        self._later(2.0, lambda at: PullStopped(arn, at))
        if kind == "nopull":
            self._later(2.0, lambda at: TaskFailed(arn, PULL_ERROR, at))
            return
        self._running.add(arn)
        if kind == "silent":
            return
        for container in spec.containers:
            self._run_container(arn, container["name"], 2.5)
        name = spec.containers[0]["name"]
        match kind:
            case "crash":
                self._exit(arn, name, 4.5)
            case "late-crash":
                self._exit(arn, name, 62.5)
            case "check":
                self._later(5.5, lambda at: HealthChanged(arn, name, "HEALTHY", at))
            case "sick":
                self._later(5.5, lambda at: HealthChanged(arn, name, "UNHEALTHY", at))
            case "wilt":
                self._later(5.5, lambda at: HealthChanged(arn, name, "HEALTHY", at))
                self._later(92.5, lambda at: HealthChanged(arn, name, "UNHEALTHY", at))

    def _run_container(self, arn: str, name: str, after: float) -> None:
        self._later(after, lambda at: ContainerCreated(arn, name, f"rt-{name}", DIGEST, at))
        self._later(after, lambda at: ContainerStarted(arn, name, at))

    def _exit(self, arn: str, name: str, after: float) -> None:
        self._later(after, lambda at: ContainerStopped(arn, name, 1, None, at))
        self._later(after, lambda at: TaskStopped(arn, at))

    def _stop(self, arn: str) -> None:
        spec = self.specs[arn]
        seconds = 30.0 if spec.containers[0]["image"].startswith("stubborn") else 0.5
        for container in spec.containers if arn in self._running else ():
            self._stopped(arn, container["name"], seconds)
        self._later(seconds, lambda at: TaskStopped(arn, at))

    def _stopped(self, arn: str, name: str, after: float) -> None:
        self._later(after, lambda at: ContainerStopped(arn, name, 143, None, at))

    def resolve_image(self, image: str) -> str | None:
        return self.digest

    def close(self) -> None:
        self.agenda.clear()


class SmallEcs:
    """An ECS of one's own: call operations, let time pass, look at what happened."""

    def __init__(self, *, seed: str = "lab", digest: str | None = None, faults: Sequence[set[str]] = ()) -> None:
        self.clock = FakeSandboxClock(START)
        self.faults = NoFaults([frozenset(fault) for fault in faults])
        made: list[ScriptedRuntime] = []

        def runtime(observe: Observe) -> ScriptedRuntime:
            made.append(ScriptedRuntime(observe, self.clock))
            return made[0]

        self.engine = EcsEngine(
            Settings(name="lab", home=Path("lab")),
            self.clock,
            runtime,
            self.faults,
            lambda image: digest,
            seed=seed,
            describe_subnet=lambda name: None if "missing" in name else Subnet(name, "10.0.0.0/24", "us-east-1a"),
            background=lambda work: work(),
        )
        self.runtime = made[0]
        self.operations = operations(self.engine)
        self.called: set[str] = set()
        self.watchers: list[Callable[[World], None]] = []

    @property
    def world(self) -> World:
        return self.engine.world

    def call(self, operation: str, **params: Any) -> Any:
        """Call an operation as a client would: what goes in and what comes out has to fit botocore's model."""
        model = service_model("ecs").operation_model(operation)
        answer = self.operations[operation](read_request("ecs", model, params), CALLER)
        assert isinstance(answer, Mapping)
        write_answer(model.output_shape, answer)
        self.called.add(operation)
        return answer

    def error(self, operation: str, **params: Any) -> tuple[str, str]:
        """Return code and message of the error that a call raises."""
        try:
            self.call(operation, **params)
        except AwsError as error:
            return error.code, error.message
        raise AssertionError(f"{operation} raised nothing")

    def run(self, seconds: float) -> None:
        """Let time pass, moment by moment."""
        end, still = self.clock.seconds + seconds, 0
        while True:
            self.engine.tick()
            for watch in self.watchers:
                watch(self.world)
            at = min(
                (t for t in (self.engine.due, self.runtime.agenda[0][0] if self.runtime.agenda else None) if t),
                default=end + 1,
            )
            if at > end:
                break
            still = still + 1 if at <= self.clock.seconds else 0
            assert still < 100, "the scheduler never rests"
            self.clock.seconds = max(at, self.clock.seconds)
            while self.runtime.agenda and self.runtime.agenda[0][0] <= self.clock.seconds:
                self.engine.observe(heapq.heappop(self.runtime.agenda)[2])
        self.clock.seconds = end

    def fail(self, task: str, container: str = "web", code: int = 1) -> None:
        """Let a task's container end by itself."""
        self.engine.observe(ContainerStopped(task, container, code, None, self.clock.now()))
        if container == "web":
            self.engine.observe(TaskStopped(task, self.clock.now()))

    # ---- short ways

    def cluster(self) -> None:
        self.call("CreateCluster", clusterName="c", capacityProviders=["FARGATE", "FARGATE_SPOT"])

    def register(
        self, image: str = "app:1", family: str = "web", sidecar: Mapping[str, Any] | None = None, **fields: Any
    ) -> str:
        """Register a definition of one container, and perhaps another one beside it; return its ARN."""
        container: dict[str, Any] = {"name": "web", "image": image}
        if image.split(":", maxsplit=1)[0] in ("check", "sick", "wilt"):
            container["healthCheck"] = {"command": ["CMD", "true"]}
        containers = [container, sidecar] if sidecar else [container]
        answer = self.call("RegisterTaskDefinition", **{**definition(family, containers), **fields})
        arn: str = answer["taskDefinition"]["taskDefinitionArn"]
        return arn

    def create(self, definition_arn: str, count: int = 1, **fields: Any) -> Any:
        params = {
            "cluster": "c",
            "serviceName": "s",
            "taskDefinition": definition_arn,
            "desiredCount": count,
            "launchType": "FARGATE",
            "networkConfiguration": network(),
            **fields,
        }
        return self.call("CreateService", **params)["service"]

    def service(self) -> Any:
        return self.call("DescribeServices", cluster="c", services=["s"])["services"][0]

    def deployments(self) -> list[Any]:
        """Return the service deployments, the oldest first."""
        listed = self.call("ListServiceDeployments", cluster="c", service="s", maxResults=100)["serviceDeployments"]
        arns = [d["serviceDeploymentArn"] for d in reversed(listed)]
        found: list[Any] = self.call("DescribeServiceDeployments", serviceDeploymentArns=arns)["serviceDeployments"]
        return sorted(found, key=lambda d: arns.index(d["serviceDeploymentArn"]))

    def tasks(self, status: str = "RUNNING") -> list[Any]:
        arns = self.call("ListTasks", cluster="c", desiredStatus=status)["taskArns"]
        found = self.call("DescribeTasks", cluster="c", tasks=arns)["tasks"] if arns else []
        return sorted(found, key=lambda t: (t["createdAt"], t["taskArn"]))

    def story(self) -> list[str]:
        """Return the service's events, the oldest first: seconds since the start, tasks and deployments numbered."""
        names: dict[str, str] = {}

        def short(match: re.Match[str]) -> str:
            found = match.group(0)
            kind = "d" if found.startswith("ecs-svc/") else "t"
            number = sum(name.startswith(kind) for name in names.values()) + 1
            return names.setdefault(found, f"{kind}{number}")

        shard = self.world.shards[("c", "s")]
        return [
            f"{event.at - START:.1f} {re.sub(r'ecs-svc/[0-9]{19}|[0-9a-f]{32}', short, event.message)}".replace(
                "(service s) ", ""
            )
            for event in reversed(shard.events)
        ]


def definition(family: str, containers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "family": family,
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": list(containers),
    }


def network() -> dict[str, Any]:
    return {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "ENABLED"}}


def breaker(*, rollback: bool = True, **fields: Any) -> dict[str, Any]:
    """Return a deploymentConfiguration whose circuit breaker is on."""
    return {"deploymentCircuitBreaker": {"enable": True, "rollback": rollback, **fields}}
