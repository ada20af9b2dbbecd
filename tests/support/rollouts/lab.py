"""An ECS in virtual time, and the tool's way to it: its clock, its clients, its calls."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from ecsdeploy.aws.session import Aws
from ecsdeploy.errors import EcsdeployError
from ecsdeploy.sandbox.ecs.api import operations
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.ecs.records import Subnet
from ecsdeploy.sandbox.ecs.world import Draft
from ecsdeploy.sandbox.runtime.base import Observe
from ecsdeploy.sandbox.settings import Settings
from ecsdeploy.sandbox.wire import AwsError, Caller
from tests.support.clocks import FakeSandboxClock
from tests.support.rollouts.lives import DIGEST, Lives, Script

START = 1_800_000_000.0
A_CALL = 0.05
"""Seconds that one API call takes."""
CALLER = Caller("123456789012", "us-east-1", arn="arn:aws:iam::123456789012:user/tester")
Intervention = Callable[[], object]


class LoadedFaults:
    """What the tasks of the next deployment suffer, once."""

    def __init__(self) -> None:
        self.next: frozenset[str] = frozenset()

    def take_for_deployment(self, service: str, images: object) -> frozenset[str]:
        """Return it."""
        taken, self.next = self.next, frozenset()
        return taken

    def for_image(self, images: object) -> frozenset[str]:
        """Return none."""
        return frozenset()


class Lab:
    """One cluster of ECS whose time passes only in `pass_time`."""

    def __init__(self, script: Script, *, seed: str) -> None:
        self.clock = FakeSandboxClock(START)
        self.faults = LoadedFaults()
        made: list[Lives] = []

        def runtime(observe: Observe) -> Lives:
            made.append(Lives(observe, self.clock, script))
            return made[0]

        self.engine = EcsEngine(
            Settings(name="lab", home=Path("lab")),
            self.clock,
            runtime,
            self.faults,
            lambda image: DIGEST,
            seed=seed,
            describe_subnet=lambda name: Subnet(name, "10.0.0.0/16", "us-east-1a"),
            background=lambda work: work(),
        )
        self.lives = made[0]
        self.operations = operations(self.engine)
        self._owner, self._lock = threading.current_thread(), threading.Lock()
        self._planned: list[tuple[float, int, Intervention]] = []
        self._numbers = itertools.count()

    def call(self, operation: str, **params: Any) -> Mapping[str, Any]:
        """Return ECS's answer to a call that somebody else makes; it takes no time."""
        answer = self.operations[operation](params, CALLER)
        assert isinstance(answer, Mapping)
        return answer

    def ask(self, operation: str, params: Mapping[str, Any], calls: Counter[str]) -> Mapping[str, Any]:
        """Return ECS's answer to a call of the tool's, from any thread, and count it.

        It takes its time. What other threads ask beside it is asked at the same moment, in whatever order.
        """
        with self._lock:
            calls[f"ecs:{operation}"] += 1
            if threading.current_thread() is self._owner:
                self.pass_time(A_CALL)
            return self.call(operation, **params)

    def later(self, seconds: float, do: Intervention) -> None:
        """Do something in so many seconds."""
        heapq.heappush(self._planned, (self.clock.seconds + seconds, next(self._numbers), do))

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and everything happen that falls into it."""
        end, still = self.clock.seconds + seconds, 0
        while True:
            self.engine.tick()
            following = self._following()
            if following is None or following > end:
                break
            still = still + 1 if following <= self.clock.seconds else 0
            assert still < 100, "the scheduler never rests"
            self.clock.seconds = max(following, self.clock.seconds)
            while self._planned and self._planned[0][0] <= self.clock.seconds:
                heapq.heappop(self._planned)[2]()
            self.lives.report(self.clock.seconds)
        self.clock.seconds = end

    def _following(self) -> float | None:
        planned = self._planned[0][0] if self._planned else None
        times = [t for t in (self.engine.due, self.lives.due, planned) if t is not None]
        return min(times, default=None)

    def lift_faults(self, cluster: str, service: str) -> None:
        """Let the tasks that are launched from now on suffer nothing any more."""

        def write(draft: Draft) -> None:
            shard = draft.open((cluster, service))
            clean = {number: replace(each, faults=frozenset()) for number, each in shard.revisions.items()}
            shard.revisions.update(clean)
            shard.due = draft.now

        self.engine.change(write)


class LabClock:
    """The tool's clock: what it waits passes in the lab."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._began = lab.clock.seconds

    def now(self) -> datetime:
        """Return the lab's time."""
        return datetime.fromtimestamp(self._lab.clock.seconds, UTC)

    def monotonic(self) -> float:
        """Return the seconds since the tool began."""
        return self._lab.clock.seconds - self._began

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._lab.pass_time(max(seconds, 0.0))


class LabAws(Aws):
    """The tool's way to the lab: ECS, and the container logs."""

    def __init__(self, lab: Lab) -> None:
        super().__init__("us-east-1")
        self._lab = lab

    def client(self, service: str, *, once: bool = False, region: str = "") -> Any:
        """Return the client of ECS or of CloudWatch Logs; there is nothing else here."""
        if service == "ecs":
            return EcsClient(self._lab, self.calls)
        if service == "logs":
            return LogsClient(self._lab, self.calls)
        raise EcsdeployError(f"There is no {service} here.")


class EcsClient:
    """boto3's client of ECS, as far as its methods and its list_tasks paginator go."""

    def __init__(self, lab: Lab, calls: Counter[str]) -> None:
        self._lab, self._calls = lab, calls
        self._names = {xform_name(name): name for name in lab.operations}

    def __getattr__(self, method: str) -> Callable[..., Mapping[str, Any]]:
        operation = self._names[method]

        def call(**params: Any) -> Mapping[str, Any]:
            try:
                return self._lab.ask(operation, params, self._calls)
            except AwsError as error:
                raise ClientError({"Error": {"Code": error.code, "Message": error.message}}, operation) from error

        return call

    def get_paginator(self, method: str) -> Pages:
        """Return what goes through all pages."""
        return Pages(getattr(self, method))


class Pages:
    """A paginator of boto3's."""

    def __init__(self, method: Callable[..., Mapping[str, Any]]) -> None:
        self._method = method

    def paginate(self, **params: Any) -> Iterator[Mapping[str, Any]]:
        """Yield each page."""
        token: dict[str, Any] = {}
        while True:
            answer = self._method(**params, **token)
            yield answer
            if not answer.get("nextToken"):
                return
            token = {"nextToken": answer["nextToken"]}


class LogsClient:
    """The last lines of each task that ended."""

    def __init__(self, lab: Lab, calls: Counter[str]) -> None:
        self._lab, self._calls = lab, calls

    def get_log_events(self, *, logStreamName: str, **_: object) -> Mapping[str, Any]:
        """Return a task's lines, as one page."""
        self._calls["logs:GetLogEvents"] += 1
        lines = self._lab.lives.logs.get(logStreamName.rsplit("/", 1)[-1], [])
        stamp = int(self._lab.clock.seconds * 1000)
        return {"events": [{"message": line, "timestamp": stamp} for line in lines]}
