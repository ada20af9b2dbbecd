"""Where the log of a failed task is read, and at what cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.task import Task
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.events import Event
from ecsdeploy.workflow.failures import failure_cards, log_of
from tests.support.clocks import FakeClock
from tests.unit.core import builders as a
from tests.unit.workflow.fakes import Unlit

ELSEWHERE = {
    "options": {"awslogs-group": "/shared/apps", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "a/b"}
}
SPLUNK = {"logDriver": "splunk", "options": {"splunk-url": "https://splunk"}}


def raw(log: Mapping[str, Any]) -> dict[str, Any]:
    """Return a [task] whose container has that log configuration."""
    return {"port": 3000, "raw": {"containerDefinitions": [{"name": "hello", "logConfiguration": log}]}}


class CloudWatch(Unlit):
    """A way to AWS where log streams can be read, by Region, group and stream."""

    def __init__(self, streams: Mapping[tuple[str, str, str], Sequence[str]]) -> None:
        super().__init__()
        self._streams = streams
        self._region = ""

    def client(self, service: str, *, once: bool = False, region: str = "") -> Any:
        """Return what reads log streams."""
        assert service == "logs"
        self._region = region
        return self

    def get_log_events(self, *, logGroupName: str, logStreamName: str, **_: object) -> dict[str, Any]:
        """Return a whole stream, in one page."""
        self.calls["logs:GetLogEvents"] += 1
        lines = self._streams.get((self._region, logGroupName, logStreamName), [])
        return {"events": [{"message": line} for line in lines]}


class Definitions(Ecs):
    """An ECS with one revision, whose container has this log configuration."""

    def __init__(self, log: Mapping[str, Any], calls: Counter[str]) -> None:
        self._log = log
        self._calls = calls

    def task_definition(self, name: str) -> TaskDefinition:
        """Return the revision."""
        self._calls["ecs:DescribeTaskDefinition"] += 1
        container = {"name": "hello", "logConfiguration": self._log}
        return a.revision(1, {"family": "hello", "containerDefinitions": [container]})


@dataclass
class Run:
    """Who watches."""

    aws: CloudWatch
    clock: FakeClock = field(default_factory=FakeClock)
    reported: list[Event] = field(default_factory=list)

    def report(self, *events: Event) -> None:
        """Keep what is reported."""
        self.reported += events


def crashed(number: int = 1, **changed: Any) -> Task:
    """Return a task whose container ended with an error."""
    return a.stopped(number, containers=(a.container(exit_code=1),), **changed)


def stream(prefix: str, number: int = 1) -> str:
    return f"{prefix}/hello/{number:032x}"


OWN = ("us-east-1", "/ecs/hello", stream("hello"))
OTHER = ("eu-west-1", "/shared/apps", stream("a/b"))
AWSLOGS = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "/ecs/hello", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "hello"},
}
READ, LOOK_UP = "logs:GetLogEvents", "ecs:DescribeTaskDefinition"


@pytest.mark.parametrize(
    ("config", "ran", "streams", "lines", "calls"),
    [
        ({}, AWSLOGS, {OWN: ["boom"]}, ["boom"], {READ: 1}),
        (raw(ELSEWHERE), {**AWSLOGS, **ELSEWHERE}, {OTHER: ["a\nb\n", "c"]}, ["a", "b", "c"], {READ: 1}),
        # The task is of an older revision than the config.
        ({}, {**AWSLOGS, **ELSEWHERE}, {OTHER: ["boom"]}, ["boom"], {READ: 2, LOOK_UP: 1}),
        (raw(SPLUNK), AWSLOGS, {OWN: ["boom"]}, ["boom"], {READ: 1, LOOK_UP: 1}),
        # There is nothing to read.
        ({}, AWSLOGS, {}, [], {READ: 1, LOOK_UP: 1}),
        (
            raw(SPLUNK),
            SPLUNK,
            {},
            ["(hello logs to splunk: there is nothing of it to read in CloudWatch Logs)"],
            {LOOK_UP: 1},
        ),
    ],
)
def test_the_log_is_read_where_the_task_wrote_it(
    config: dict[str, Any],
    ran: dict[str, Any],
    streams: dict[tuple[str, str, str], list[str]],
    lines: list[str],
    calls: dict[str, int],
) -> None:
    aws = CloudWatch(streams)
    found = log_of(Run(aws), a.target(task=config), Definitions(ran, aws.calls), crashed())
    assert (found, dict(aws.calls)) == (lines, calls)


def test_what_never_started_is_not_looked_up() -> None:
    aws = CloudWatch({})
    never = a.stopped(1, containers=(a.container(exit_code=None),))
    assert log_of(Run(aws), a.target(), Definitions(AWSLOGS, aws.calls), never) == []
    assert dict(aws.calls) == {READ: 1}


def test_what_was_told_is_neither_read_nor_told_again() -> None:
    aws = CloudWatch({OWN: ["boom"], ("us-east-1", "/ecs/hello", stream("hello", 2)): ["boom"]})
    ecs, told = Definitions(AWSLOGS, aws.calls), set[object]()
    assert len(failure_cards(Run(aws), a.target(), ecs, [crashed()], told=told)) == 1
    assert failure_cards(Run(aws), a.target(), ecs, [crashed(2)], told=told) == []
    assert dict(aws.calls) == {READ: 1}
