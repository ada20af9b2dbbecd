"""What the stories are tested with instead of a terminal, a wall clock and an AWS account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import boto3

from ecsdeploy.aws.session import Aws
from ecsdeploy.changes import Resource
from ecsdeploy.config.load import load
from ecsdeploy.errors import EcsdeployError
from ecsdeploy.events import Event, Note, Result, Step, Warn
from ecsdeploy.runtime import Options, Run
from tests.support.clocks import FakeClock

SERVICES = ("ec2", "ecr", "ecs", "iam", "logs", "s3", "ssm", "sts")
REGION = "us-east-1"
READS = ("Get", "List", "Describe")
CONFIG = """
app = "hello-service"
region = "us-east-1"
[github]
repository = "acme/hello-service"
branches = ["main"]
repository_id = 1234
owner_id = 99
[task]
port = 3000
"""


@dataclass
class FakeReporter:
    """Keeps the events; answers questions with `answer` (None: nobody is there)."""

    answer: bool | None = None
    events: list[Event] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    def __call__(self, *events: Event) -> None:
        self.events += events

    def error(self, error: EcsdeployError) -> None:
        raise AssertionError(error)

    def ask(self, question: str, expects: str = "") -> bool | None:
        self.questions.append(question)
        return self.answer

    def close(self) -> None:
        return

    @property
    def resources(self) -> list[tuple[str, str, str]]:
        return [(each.kind, each.name, each.action) for each in self.events if isinstance(each, Resource)]

    def changes(self, kind: str) -> dict[str, tuple[object, object]]:
        """Return what changed on resources of a kind, where no path changed twice."""
        return {path: (before, after) for path, before, after in self.all_changes(kind)}

    def all_changes(self, kind: str) -> list[tuple[str, object, object]]:
        return [
            (change.path, change.before, change.after)
            for each in self.events
            if isinstance(each, Resource) and each.kind == kind
            for change in each.changes
        ]

    @property
    def texts(self) -> list[str]:
        return [each.text for each in self.events if isinstance(each, Note | Warn | Step)]

    @property
    def results(self) -> dict[str, str]:
        return {each.name: each.value for each in self.events if isinstance(each, Result)}


class Unlit(Aws):
    """A way to AWS on which nothing is asked, and where there are no logs to read."""

    def __init__(self) -> None:
        self.calls = Counter()

    def requests(self, service: str) -> int:
        """Return how many requests were sent."""
        return sum(count for call, count in self.calls.items() if call.startswith(f"{service}:"))

    def client(self, service: str, *, once: bool = False, region: str = "") -> Any:
        """Refuse."""
        raise EcsdeployError(f"no {service} here")


@dataclass
class Bench:
    """One AWS account of moto's, and the runs that were opened in it."""

    folder: Path
    writes: Counter[str] = field(default_factory=Counter)
    reads: Counter[str] = field(default_factory=Counter)
    deny: set[str] = field(default_factory=set)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What is answered in place of moto, by action."""
    meanwhile: dict[str, Callable[[], None]] = field(default_factory=dict)
    """What somebody else does just before a write, once."""
    stop_before: str = ""
    """A write at which the run is interrupted, as by Ctrl-C."""

    def run(
        self,
        config: str = CONFIG,
        *,
        env: str | None = None,
        environ: Mapping[str, str] | None = None,
        answer: bool | None = None,
        yes: bool = False,
    ) -> tuple[Run, FakeReporter]:
        """Return a run of its own, whose writes are counted from zero."""
        path = self.folder / "ecsdeploy.toml"
        path.write_text(config)
        report = FakeReporter(answer)
        self.writes.clear()
        _Hook.bench = self
        run = Run(
            loaded=load(path, env),
            aws=shared_aws(),
            report=report,
            clock=FakeClock(),
            environ=environ or {},
            options=Options(config=path, yes=yes),
        )
        return run, report

    @staticmethod
    def slept(run: Run) -> list[float]:
        """Return for how many seconds each the run has waited."""
        assert isinstance(run.clock, FakeClock)
        return run.clock.slept

    def client(self, service: str) -> Any:
        """Return a client of somebody else, who is not counted."""
        return _client(service)

    def before_call(self, model: Any, **_: object) -> Any:
        action = f"{model.service_model.service_name}:{model.name}"
        if somebody_else := self.meanwhile.pop(action, None):
            somebody_else()
        if action == self.stop_before:
            raise KeyboardInterrupt
        (self.reads if model.name.startswith(READS) else self.writes)[action] += 1
        if action in self.deny:
            body = {"Error": {"Code": "AccessDenied", "Message": f"User: me is not authorized to perform: {action}"}}
            return _Status(403), body
        if action in self.answers:
            return _Status(200), self.answers[action]
        return None


@dataclass(frozen=True)
class _Status:
    status_code: int


class _Hook:
    bench: Bench

    @classmethod
    def before_call(cls, model: Any, **rest: object) -> Any:
        return cls.bench.before_call(model, **rest)


@cache
def shared_aws() -> Aws:
    """Return the way to AWS that all runs share: making clients takes longer than most tests."""
    for service in SERVICES:  # a run asks them side by side, and moto imports each when it is first asked
        import_module(f"moto.{service}.urls")
        import_module(f"moto.{service}.models")
    aws = Aws(REGION)
    aws._opened().events.register("before-call", _Hook.before_call)
    return aws


@cache
def _client(service: str) -> Any:
    return boto3.Session(region_name=REGION).client(service)
