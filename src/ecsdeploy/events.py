"""What happened, as values. Functions yield or report these; only `report` turns them into text.

One model serves the terminal, plain lines, JSON lines and GitHub Actions. Text in an event may come from outside
(logs, AWS messages, config): a reporter cleans it, nobody else has to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from ecsdeploy.facts import (
    DeploymentState,
    Drift,
    EnvironmentState,
    PastDeployment,
    RunningTask,
    ServiceState,
    TasksSeen,
)

Action = Literal["created", "updated", "unchanged", "deregistered", "deleted", "ran"]


@dataclass(frozen=True)
class Change:
    """One difference: a dotted path, what it was and what it becomes (None: absent)."""

    path: str
    before: object
    after: object


@dataclass(frozen=True)
class Resource:
    """One AWS resource was read, and created, updated (with the changes), left alone or, a command, run."""

    kind: str
    name: str
    action: Action
    changes: tuple[Change, ...] = ()
    detail: str = ""


PlannedAction = Literal["create", "update", "unchanged", "deregister", "delete", "run", "keep", "unchecked"]


@dataclass(frozen=True)
class Planned:
    """What would be done to one AWS resource, with the changes and the API calls that make them, in order.

    `keep`: it is kept although it could be deleted, and `detail` says why. `unchecked`: it could not be read, and
    `detail` names the missing permission. `for_consent`: it is shown before a question, not as the result of `plan`.
    """

    kind: str
    name: str
    action: PlannedAction
    changes: tuple[Change, ...] = ()
    detail: str = ""
    calls: tuple[str, ...] = ()
    for_consent: bool = False


@dataclass(frozen=True)
class PlanSummary:
    """How many resources a plan touches, and what it would wait for afterwards; nothing was changed."""

    create: int
    update: int
    delete: int
    unchanged: int
    unchecked: int
    then: str


@dataclass(frozen=True)
class CostLine:
    """One thing that is paid for: `dollars` a month as a decimal number in text, None where `why` says why not."""

    label: str
    quantity: str
    dollars: str | None
    why: str = ""
    estimate: bool = False


@dataclass(frozen=True)
class CostSaving:
    """One way to pay `dollars` less a month, and its drawback; these are alternatives and do not add up."""

    title: str
    dollars: str
    caveat: str
    estimate: bool = False


@dataclass(frozen=True)
class MonthlyCost:
    """What the service costs a month: `dollars` of what is known, `unknown` names the rest.

    `before` is the cost of what runs today, None if nothing does; `difference` is signed. Prices are those of `region`
    as of `as_of` (an ISO date, "" if none is known). Amounts are decimal numbers in text, in US dollars.
    """

    region: str
    dollars: str
    unknown: tuple[str, ...]
    as_of: str
    before: str | None = None
    difference: str = ""
    lines: tuple[CostLine, ...] = ()
    savings: tuple[CostSaving, ...] = ()


@dataclass(frozen=True)
class Step:
    """A part of the work begins: one line, such as `Building image hello-service:3f2c1ab`."""

    text: str


@dataclass(frozen=True)
class Note:
    """Something worth knowing that is not an action."""

    text: str


@dataclass(frozen=True)
class Warn:
    """Something that works today but may cause a surprise later."""

    text: str


@dataclass(frozen=True)
class BuildLine:
    """One line that the image build printed."""

    text: str


@dataclass(frozen=True)
class LayerProgress:
    """A layer on its way: `current` and `total` are bytes, None where unknown."""

    layer: str
    status: str
    current: int | None = None
    total: int | None = None


@dataclass(frozen=True)
class ServiceMessage:
    """An event of the service, in ECS's words."""

    at: datetime
    text: str


@dataclass(frozen=True)
class TaskState:
    """A task changed: its statuses as ECS gives them, and `note` (a stopped reason)."""

    task: str
    status: str
    health: str = ""
    revision: str = ""
    note: str = ""


@dataclass(frozen=True)
class RolloutState:
    """The deployment's counts changed. `failed`/`threshold` are the circuit breaker's."""

    deployment: str
    status: str
    desired: int
    running: int
    pending: int
    failed: int = 0
    threshold: int = 0
    stage: str = ""
    elapsed: float = 0.0
    tasks: tuple[TaskState, ...] = ()


@dataclass(frozen=True)
class LogLine:
    """One log event of a container; `task` is the task's id. `shown`: as a log, a command's output, or progress."""

    at: datetime
    task: str
    container: str
    text: str
    shown: Literal["log", "output", "progress"] = "log"


@dataclass(frozen=True)
class FailureCard:
    """Why a task failed: the evidence, then cause and fix.

    It is shown as soon as anything is known (`first`), then what became known later (`more`), and `whole` once more as
    the last thing of a run that failed.
    """

    task: str
    stop_code: str
    stopped_reason: str
    containers: tuple[str, ...]
    cause: str
    fix: str
    log_lines: tuple[str, ...] = ()
    times: int = 1
    part: Literal["first", "more", "whole"] = "first"


@dataclass(frozen=True)
class Timeline:
    """One entry of a timeline: `seconds` since it began."""

    seconds: float
    text: str


@dataclass(frozen=True)
class Outcome:
    """How it ended, in one line; `ok` colours it, `facts` are the details that belong to it."""

    ok: bool
    text: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """A value the command was asked for: it goes to stdout, where a script reads it."""

    name: str
    value: str


Fact = (
    ServiceState
    | DeploymentState
    | RunningTask
    | TasksSeen
    | ServiceMessage
    | Drift
    | Planned
    | EnvironmentState
    | PastDeployment
    | Note
)


@dataclass(frozen=True)
class Snapshot:
    """The state at one moment: shown together, but written as one object per fact for programs.

    `live`: the next one replaces it; one that looks the same is not shown again, whatever its time.
    """

    at: datetime = field(compare=False)
    facts: tuple[Fact, ...]
    live: bool = False


Event = (
    Resource
    | Planned
    | PlanSummary
    | MonthlyCost
    | Step
    | Note
    | Warn
    | BuildLine
    | LayerProgress
    | ServiceMessage
    | TaskState
    | RolloutState
    | LogLine
    | FailureCard
    | Timeline
    | Outcome
    | Result
    | Snapshot
)


class Report(Protocol):
    """Takes events, in order."""

    def __call__(self, *events: Event) -> None:
        """Show `events`."""
        ...
