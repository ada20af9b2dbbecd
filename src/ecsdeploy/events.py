"""What happened, as values. Functions yield or report these; only `report` turns them into text.

One model serves the terminal, plain lines, JSON lines and GitHub Actions. Text in an event may come from outside
(logs, AWS messages, config): a reporter cleans it, nobody else has to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from ecsdeploy.amounts import MonthlyCost, TimePart, TimeSaving
from ecsdeploy.changes import Planned, PlanSummary, Resource
from ecsdeploy.facts import (
    Check,
    DeploymentState,
    Drift,
    EnvironmentState,
    PastDeployment,
    RunningTask,
    ServiceState,
    TasksSeen,
)
from ecsdeploy.permits import PermitList, Policy, Reason


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
    """A task changed: its statuses as ECS gives them, and `note` (a stopped reason).

    The times are ECS's own (ECS API, Task), null until they are known.
    """

    task: str
    status: str
    health: str = ""
    revision: str = ""
    note: str = ""
    created_at: datetime | None = None
    pull_started_at: datetime | None = None
    pull_stopped_at: datetime | None = None
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    execution_stopped_at: datetime | None = None
    stopped_at: datetime | None = None


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
class GaveUp:
    """The deployment cannot succeed: `why`, and what is done about it in `then`."""

    why: str
    then: str


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

    It is shown as soon as anything is known (`first`), then what became known later (`more`: what is no news is left
    empty there), and `whole` once more as the last thing of a run that failed. `task` is the newest of the `times`
    tasks that failed in this way; `containers`, `log_lines` and the rest are its own. `check` is the command of the
    health check that failed, and `target_health` the load balancer's reason for the target's health, each "" where
    there is none.
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
    check: str = ""
    target_health: str = ""


@dataclass(frozen=True)
class Timeline:
    """One entry of a timeline: `seconds` since it began."""

    seconds: float
    text: str


@dataclass(frozen=True)
class Outcome:
    """How it ended, in one line; `ok` colours it, `facts` are the details that belong to it.

    `verdict` is one word for it (succeeded, rolled-back, failed, superseded, stopped, timed-out, empty, paused,
    unreachable, smoke-failed, unproven; submitted, started or healthy where no more was waited for), "" where no
    deployment was judged; `exit_code` is the process's, None if the outcome does not decide it.
    """

    ok: bool
    text: str
    facts: Mapping[str, str] = field(default_factory=dict)
    verdict: str = ""
    exit_code: int | None = None


@dataclass(frozen=True)
class TimeSpent:
    """Where a deployment's `seconds` went, part after part, and what would save how much of them.

    `tasks` are the deployment's own and those that it replaced, as they were at the end: at most the 50 slowest of
    each.
    """

    seconds: float
    parts: tuple[TimePart, ...]
    savings: tuple[TimeSaving, ...] = ()
    tasks: tuple[TaskState, ...] = ()


@dataclass(frozen=True)
class Result:
    """A value the command was asked for: it goes to stdout, where a script reads it."""

    name: str
    value: str


@dataclass(frozen=True)
class Printed:
    """A text of several lines that the command was asked for, such as a template: stdout has it and nothing else."""

    name: str
    text: str


@dataclass(frozen=True)
class Output:
    """A value that a later step of a job may need, such as the ARN of the deployment; no line of text shows it."""

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
    | GaveUp
    | LogLine
    | FailureCard
    | Timeline
    | Outcome
    | TimeSpent
    | Result
    | Printed
    | Output
    | Check
    | Snapshot
    | PermitList
    | Policy
    | Reason
)


class Report(Protocol):
    """Takes events, in order."""

    def __call__(self, *events: Event) -> None:
        """Show `events`."""
