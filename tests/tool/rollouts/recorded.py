"""A recorded rollout: what ECS shows at each moment, played to the tool on a clock that passes only while it waits.

A recording is a JSON file. `deployment` is what DescribeServiceDeployments shows, each entry from its `at` on (seconds
since the watch began); `answers` false: ECS does not answer, `shown` false: ECS does not show it. `tasks` have an `at`
and what changes in them `then`; `old` is how many tasks of the revision before run. `stop` is how ECS answers
StopServiceDeployment (`refused` with that code, or as "no answer"; only so many `times`; `done` all the same), and what
the deployment looks like from then on. Once it is `replaced at`, somebody else's deployment is the service's newest.
`settings` are the config's tables, `until` what
is waited for. `blind` credentials may read none of it, others not what is `denied`; `silent` actions get no answer from
and until so many seconds. `gate` is what a success
becomes at the gate. `shown` and `verdict` are what must come of it.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.rollout.seen import Seen, Until
from ecsdeploy.core.service import Deployment, Service, ServiceDeployment, ServiceEvent
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.errors import AwsError, EcsdeployError, PermissionDenied, Unreachable
from ecsdeploy.events import Step
from ecsdeploy.report.plain import PlainReporter
from ecsdeploy.workflow.outcome import report_verdict
from ecsdeploy.workflow.rollout import Rollout
from ecsdeploy.workflow.watch import aim_at
from tests.support.clocks import FakeClock
from tests.unit.core import builders as a
from tests.unit.workflow.fakes import Unlit

OURS = f"{a.ARN}:task-definition/hello:2"
OLD = f"{a.ARN}:task-definition/hello:1"
NEWER = f"{a.ARN}:task-definition/hello:3"
ID = "ecs-svc/2"
Recording = Mapping[str, Any]
ROLLS_BACK = {"then": [{"status": "ROLLBACK_IN_PROGRESS", "running": 0, "pending": 0}]}


class RecordedEcs(Ecs):
    """Answers as recorded; counts what it is asked."""

    def __init__(self, case: Recording, clock: FakeClock, calls: Counter[str]) -> None:
        self.cluster = "hello"
        self._case, self._clock, self._calls = case, clock, calls
        self._stopped_at: float | None = None

    def deployment(self, arn: str) -> ServiceDeployment | None:
        """Return what is shown now."""
        self._calls["ecs:DescribeServiceDeployments"] += 1
        now = _at(self._case["deployment"], self._clock.seconds)
        if self._stopped_at is not None:
            now = {**now, **_at(self._case.get("stop", ROLLS_BACK)["then"], self._clock.seconds - self._stopped_at)}
        now.pop("at", None)
        if not now.pop("answers", True):
            raise Unreachable("AWS does not answer.", code="ConnectTimeoutError", operation="")
        return a.rollout(**now) if now.pop("shown", True) else None

    def deployments(self, service: str, **_: object) -> list[ServiceDeployment]:
        """Return our deployment and those that are newer."""
        self._calls["ecs:ListServiceDeployments"] += 1
        newer = a.rollout("IN_PROGRESS", arn="newer", created_at=a.AT.replace(hour=10))
        listed = self._clock.seconds >= self._case.get("replaced at", float("inf")) + self._case.get("listed after", 0)
        return [*([newer] if listed else []), a.rollout()]

    def service(self, name: str) -> Service:
        """Return the service with the events so far, and the tasks of what ran before."""
        self._calls["ecs:DescribeServices"] += 1
        self._permitted("ecs:DescribeServices")
        texts = self._case.get("events", [])
        events = [ServiceEvent(id=str(n), at=a.AT, message=text) for n, text in enumerate(texts)]
        old = _at(self._case.get("old", [{}]), self._clock.seconds).get("running")
        entries = [_entry("ecs-svc/1", "ACTIVE", OLD, running=old)] if old is not None else []
        newest, ours = OURS, [_entry(ID)]
        if self._clock.seconds >= self._case.get("replaced at", float("inf")):
            newest, ours = NEWER, [_entry("ecs-svc/3", of=NEWER, running=0), _entry(ID, "ACTIVE")]
        shown = a.service(task_definition=newest, events=tuple(reversed(events)), deployments=(*ours, *entries))
        return replace(shown, **self._case.get("service", {}))

    def task_arns(self, service: str, *, stopped: bool = False, whole: bool = True) -> list[str]:
        """Return the tasks that are meant to run, or that stopped."""
        self._calls["ecs:ListTasks"] += 1
        self._permitted("ecs:ListTasks")
        return [task.arn for task in self._tasks() if (task.desired_status == "STOPPED") is stopped]

    def tasks(self, arns: Sequence[str]) -> list[Task]:
        """Return tasks."""
        self._calls["ecs:DescribeTasks"] += 1
        self._permitted("ecs:DescribeTasks")
        return [task for task in self._tasks() if task.arn in arns]

    def task_definition(self, name: str) -> None:
        """Return nothing: the config says where the log is."""

    def stop_deployment(self, arn: str) -> None:
        """Roll it back, or refuse to."""
        self._calls["ecs:StopServiceDeployment"] += 1
        case = self._case.get("stop", ROLLS_BACK)
        refused = self._calls["ecs:StopServiceDeployment"] <= case.get("times", float("inf"))
        refusal = case.get("refused", "") if refused else ""
        if not refusal or case.get("done"):
            self._stopped_at = self._clock.seconds if self._stopped_at is None else self._stopped_at
        if refusal == "no answer":
            raise Unreachable("AWS does not answer.", code="ConnectTimeoutError", operation="")
        if refusal == "AccessDeniedException":
            lacks = "These credentials lack permission for ecs:StopServiceDeployment."
            raise PermissionDenied(lacks, action="ecs:StopServiceDeployment")
        if refusal:
            raise AwsError(f"ECS refuses: {refusal}.", code=refusal, operation="StopServiceDeployment")

    def update(self, **request: object) -> None:
        """Deploy something else instead."""
        assert request == {"cluster": "hello", "service": "hello", "taskDefinition": OLD}
        self._stopped_at = self._clock.seconds

    def _permitted(self, action: str) -> None:
        begins, ends = self._case.get("silent", {}).get(action, (0, 0))
        if begins <= self._clock.seconds < ends:
            raise Unreachable(f"AWS keeps throttling {action}.", code="ThrottlingException", operation="")
        if self._case.get("blind") or action in self._case.get("denied", ()):
            raise PermissionDenied(f"These credentials lack permission for {action}.", action=action)

    def _tasks(self) -> list[Task]:
        found = []
        for number, task in enumerate(self._case.get("tasks", []), start=1):
            states = [{"at": 0.0, **task}, *task.get("then", [])]
            if states[0]["at"] <= self._clock.seconds:
                found.append(_task(number, _together(states, self._clock.seconds)))
        return found


def _at(states: Sequence[Mapping[str, Any]], seconds: float) -> dict[str, Any]:
    """Return the state that holds at a moment."""
    return dict([state for state in states if state.get("at", 0.0) <= seconds][-1])


def _together(states: Sequence[Mapping[str, Any]], seconds: float) -> dict[str, Any]:
    """Return what holds at a moment, where each state only says what changes."""
    past = [state for state in states if state.get("at", 0.0) <= seconds]
    return {key: value for state in past for key, value in state.items()}


def _entry(id: str, status: str = "PRIMARY", of: str = OURS, *, running: int = 1) -> Deployment:
    return Deployment(
        id=id, status=status, task_definition=of, desired=1, running=running, pending=0, failed=0,
        rollout_state="IN_PROGRESS", rollout_reason="",
    )  # fmt: skip


def _task(number: int, state: dict[str, Any]) -> Task:
    """Return a task of ours; with `stopped` it was, or is being stopped for that reason."""
    for own in ("at", "then", "log", "log at"):
        state.pop(own, None)
    exit_code, reason = state.pop("exit", None), state.pop("reason", "")
    lived, stopped = state.pop("lived", None), state.pop("stopped", None)
    status = "RUNNING" if stopped is None else "STOPPED"
    container = a.container(exit_code=exit_code, reason=reason, status=status)
    known: dict[str, Any] = {"task_definition": OURS, "started_by": ID, "health": "UNKNOWN", "containers": (container,)}
    if lived is not None:
        known |= {"started_at": a.AT, "stopping_at": a.AT + timedelta(seconds=lived)}
    elif stopped is not None and exit_code is None:
        known |= {"started_at": None, "stop_code": "TaskFailedToStart"}
    if stopped is not None:
        return a.stopped(number, **{**known, "stopped_reason": stopped, **state})
    return a.task(number, **{**known, "started_at": None, **state})


class Logged(Unlit):
    """A way to AWS where the tasks' logs can be read; a `log` arrives at its `log at`."""

    def __init__(self, tasks: Sequence[Mapping[str, Any]], clock: FakeClock) -> None:
        super().__init__()
        self._tasks, self._clock = tasks, clock
        self.ecs_update: Callable[..., None] = lambda **_: None

    def client(self, service: str, *, once: bool = False, region: str = "") -> Any:
        """Return what reads a log stream or updates a service, and nothing else."""
        return self if service in ("logs", "ecs") else super().client(service, once=once, region=region)

    def get_log_events(self, *, logGroupName: str, logStreamName: str, **_: object) -> dict[str, Any]:
        """Return the whole stream, which is named as the config says."""
        self.calls["logs:GetLogEvents"] += 1
        prefix, task = logStreamName.rsplit("/", 1)
        assert (logGroupName, prefix) == ("/ecs/hello", "hello/hello")
        of = self._tasks[int(task, 16) - 1]
        lines = of.get("log", []) if self._clock.seconds >= of.get("log at", 0.0) else []
        return {"events": [{"message": line} for line in lines]}

    def update_service(self, **request: object) -> dict[str, Any]:
        """Update the recorded service."""
        self.ecs_update(**request)
        return {}


class Player:
    """Who watches a recording, and what is shown."""

    def __init__(self, case: Recording) -> None:
        self.case = case
        self.err = io.StringIO()
        self.report = PlainReporter(io.StringIO(), self.err)
        self.clock = FakeClock()
        self.aws = Logged(case.get("tasks", []), self.clock)
        self.ecs = RecordedEcs(case, self.clock, self.aws.calls)
        self.aws.ecs_update = self.ecs.update
        self.target: Target = a.target(**case.get("settings", {}))

    def rollout(self, **changed: Any) -> Rollout:
        """Return the watch over the recorded deployment."""
        service = self.ecs.service("hello") if "blind" not in self.case and "denied" not in self.case else None
        self.aws.calls.clear()
        until: Until = self.case.get("until", "stable")
        aim = replace(aim_at(self.target, OURS, ID, until=until), gated="gate" in self.case)
        seen = Seen(aim=aim, deployment=a.rollout("PENDING"), created_at=a.AT, service=service, **changed)
        return Rollout(self, self.ecs, self.target, seen, gate=self._gate)

    def _gate(self, verdict: Verdict) -> Verdict:
        """Say what the recording has the gate say."""
        self.report(Step(f"The gate is run, {len(verdict.tasks)} task known"))
        return replace(verdict, **self.case["gate"])

    def play(self) -> dict[str, object]:
        """Return how it ends; what is shown is in `lines`."""
        try:
            verdict = self.rollout().until_verdict(self.case.get("timeout", 900))
        except EcsdeployError as error:
            return {"error": error.what, "code": int(error.exit_code)}
        if verdict.kind in ("rolled-back", "failed", "timed-out", "paused", "smoke-failed"):
            report_verdict(self, self.target, self.ecs, verdict, task_definition=OURS)
        return {"kind": verdict.kind, "code": int(verdict.exit_code)}

    @property
    def lines(self) -> list[str]:
        """Return what was shown."""
        return self.err.getvalue().splitlines()
