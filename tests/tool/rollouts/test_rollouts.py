"""Rollouts as sequences of snapshots: what ECS shows, what a user sees, and the verdict.

Each file has the snapshots of DescribeServiceDeployments, one per look and the last one for ever, the tasks and events
that can be seen meanwhile, and the lines and the verdict that must come of it. `ECS does not answer` is a look without
an answer.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.service import Service, ServiceDeployment, ServiceEvent, ServiceRevision
from ecsdeploy.core.task import Task
from ecsdeploy.errors import EcsdeployError, Failed, PermissionDenied, Unreachable
from ecsdeploy.report.plain import PlainReporter
from ecsdeploy.workflow.rollout import Watch
from ecsdeploy.workflow.sight import find_deployment
from tests.support.clocks import FakeClock
from tests.unit.core import builders as a
from tests.unit.workflow.fakes import Unlit

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*.json"))


class RecordedEcs(Ecs):
    """Answers with the recorded snapshots; counts what it is asked."""

    def __init__(self, case: dict[str, Any], calls: Counter[str]) -> None:
        self._case = case
        self._calls = calls
        self._looks = 0

    def deployment(self, arn: str) -> ServiceDeployment | None:
        """Return the next snapshot."""
        self._calls["ecs:DescribeServiceDeployments"] += 1
        snapshots = self._case["snapshots"]
        now = snapshots[min(self._looks, len(snapshots) - 1)]
        self._looks += 1
        if now == "ECS does not answer":
            raise Unreachable("AWS does not answer.", code="ConnectTimeoutError", operation="")
        return None if now is None else a.rollout(**now)

    def deployments(self, service: str, **_: object) -> list[ServiceDeployment]:
        """Return our deployment and those that are newer."""
        self._calls["ecs:ListServiceDeployments"] += 1
        newer = [a.rollout("IN_PROGRESS", arn="newer", created_at=a.AT.replace(hour=10))]
        late = self._calls["ecs:ListServiceDeployments"] <= self._case.get("listed after", 0)
        return [*(newer if self._case.get("replaced") and not late else []), a.rollout()]

    def service(self, name: str) -> Service:
        """Return the service with the events so far."""
        self._calls["ecs:DescribeServices"] += 1
        if self._case.get("blind"):
            raise PermissionDenied(
                "These credentials lack permission for ecs:DescribeServices.", action="ecs:DescribeServices"
            )
        texts = self._case.get("events", [])
        events = [ServiceEvent(id=str(n), at=a.AT, message=text) for n, text in enumerate(texts)]
        counts = self._case.get("service", {})
        return a.service(events=tuple(reversed(events)), **counts)

    def task_arns(self, service: str, *, stopped: bool = False) -> list[str]:
        """Return the tasks that are meant to run, or that stopped."""
        self._calls["ecs:ListTasks"] += 1
        return [task.arn for task in self._tasks() if (task.desired_status == "STOPPED") is stopped]

    def tasks(self, arns: Sequence[str]) -> list[Task]:
        """Return tasks."""
        self._calls["ecs:DescribeTasks"] += 1
        return [task for task in self._tasks() if task.arn in arns]

    def _tasks(self) -> list[Task]:
        tasks = []
        for number, task in enumerate(self._case.get("tasks", []), start=1):
            if task.get("from look", 0) > self._looks:
                continue
            container = a.container(exit_code=task.get("exit"), reason=task.get("reason", ""))
            make = a.stopped if task.get("stopped") else a.task
            changed = {"stopped_reason": task["stopped"]} if task.get("stopped") else {}
            tasks.append(make(number, containers=(container,), **changed))
        return tasks


class Logged(Unlit):
    """A way to AWS where the tasks' logs can be read: lines, by the task's number."""

    def __init__(self, logs: Mapping[int, Sequence[str]]) -> None:
        super().__init__()
        self._logs = logs

    def client(self, service: str, *, once: bool = False, region: str = "") -> Any:
        """Return what reads a log stream, and nothing else."""
        return self if service == "logs" else super().client(service, once=once, region=region)

    def get_log_events(self, *, logGroupName: str, logStreamName: str, **_: object) -> dict[str, Any]:
        """Return the whole stream, which is named as the config says."""
        self.calls["logs:GetLogEvents"] += 1
        prefix, task = logStreamName.rsplit("/", 1)
        assert (logGroupName, prefix) == ("/ecs/hello", "hello/hello")
        return {"events": [{"message": line} for line in self._logs[int(task, 16)]]}


class Recording:
    """Who watches, and what is shown."""

    def __init__(self, case: Mapping[str, Any] | None = None) -> None:
        self.err = io.StringIO()
        self.report = PlainReporter(io.StringIO(), self.err)
        self.clock = FakeClock()
        tasks = enumerate((case or {}).get("tasks", []), start=1)
        logs = {number: task["log"] for number, task in tasks if "log" in task}
        self.aws = Logged(logs) if logs else Unlit()

    def watch(self, ecs: Ecs, *, deployment: ServiceDeployment | None = None, started_by: str = "") -> Watch:
        """Return the watch over a deployment of the revision that the tasks run."""
        return Watch(
            run=self,
            ecs=ecs,
            target=a.target(),
            task_definition=a.task().task_definition,
            deployment=deployment or a.rollout("PENDING"),
            started_by=started_by,
        )


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_each_rollout_tells_its_story(path: Path) -> None:
    case = json.loads(path.read_text())
    run = Recording(case)
    watch = run.watch(RecordedEcs(case, run.aws.calls))
    try:
        verdict = watch.until_verdict(case.get("timeout", 900))
        ended: dict[str, object] = {"kind": verdict.kind, "code": int(verdict.exit_code)}
    except EcsdeployError as error:
        ended = {"error": error.what, "code": int(error.exit_code)}
    assert run.err.getvalue().splitlines() == case["shown"]
    assert ended == case["verdict"]
    if run.clock.seconds > 30:
        assert run.aws.requests("ecs") <= run.clock.seconds * 1.05


class Crashing(RecordedEcs):
    """One task that runs at the first two looks and then has ended, which no circuit breaker counts."""

    def _tasks(self) -> list[Task]:
        return [a.task() if self._looks <= 2 else a.stopped(containers=(a.container(exit_code=1),))]


def test_a_task_that_ran_and_ended_is_explained_though_nothing_counts_it() -> None:
    run = Recording()
    snapshots = [{"status": "IN_PROGRESS", "running": running} for running in (1, 1, 0)]
    ecs = Crashing({"snapshots": snapshots}, run.aws.calls)
    watch = run.watch(ecs, deployment=a.rollout(), started_by="ecs-svc/1")
    for seconds in (0, 15, 15):
        run.clock.sleep(seconds)
        watch._judge(ecs.deployment("ours"))
    assert "Task 00000000 failed: The application ended with an error (exit code 1)." in run.err.getvalue()


def test_what_was_replaced_is_known_by_when_it_began_though_ecs_forgets_that() -> None:
    run = Recording()
    snapshots = [{"status": "STOPPED", "running": 0, "created_at": None}]
    watch = run.watch(RecordedEcs({"snapshots": snapshots, "replaced": True}, run.aws.calls))
    assert watch.until_verdict(60).kind == "superseded"


class Unlisted(Ecs):
    """An ECS that lists no service deployments; `primary` is what the service shows of its newest one."""

    def __init__(self, primary: str) -> None:
        self._primary = primary
        self._older = False

    def deployments(self, service: str, **_: object) -> list[ServiceDeployment]:
        """Return what the older view has, once it is taken."""
        return [a.rollout("IN_PROGRESS", arn=self._primary, target_revision="hello:2")] if self._older else []

    def take_older_view(self, service: str) -> None:
        """Take it."""
        self._older = True

    def revision(self, arn: str) -> ServiceRevision:
        """Return the target itself."""
        return ServiceRevision(arn=arn, task_definition=arn)


def test_a_deployment_that_is_never_listed_is_found_on_the_service() -> None:
    run = Recording()
    ecs = Unlisted("ecs-svc/2")
    found = find_deployment(run, ecs, "hello", "hello:2", frozenset({"ecs-svc/1"}))
    assert found.arn == "ecs-svc/2"
    assert "ECS lists no service deployment of ours" in run.err.getvalue()


class Terse(Ecs):
    """An ECS whose list does not say what a deployment rolls out."""

    def __init__(self) -> None:
        """Reach no AWS."""

    def deployments(self, service: str, **_: object) -> list[ServiceDeployment]:
        """Return the brief form, without a target."""
        return [a.rollout("PENDING", arn="ours", target_revision="")]

    def deployment(self, arn: str) -> ServiceDeployment:
        """Return the whole of it."""
        return a.rollout("PENDING", arn=arn, target_revision="revision")

    def revision(self, arn: str) -> ServiceRevision:
        """Return the revision, by its ARN only."""
        assert arn == "revision"
        return ServiceRevision(arn=arn, task_definition="hello:2")


def test_a_list_that_names_no_target_is_looked_behind() -> None:
    run = Recording()
    ecs = Terse()
    assert find_deployment(run, ecs, "hello", "hello:2", frozenset()).arn == "ours"


def test_what_the_service_showed_before_is_not_ours() -> None:
    run = Recording()
    ecs = Unlisted("ecs-svc/1")
    with pytest.raises(Failed, match="does not show a deployment of hello:2"):
        find_deployment(run, ecs, "hello", "hello:2", frozenset({"ecs-svc/1"}))


def test_there_are_rollouts_to_try() -> None:
    assert len(CASES) >= 10
