"""How things stand, as somebody reads it: on a screen of a hundred columns, in a log, and as JSON."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.changes import Change, Planned
from ecsdeploy.events import Fact, Note, ServiceMessage, Snapshot
from ecsdeploy.facts import (
    DeploymentState,
    Drift,
    EnvironmentState,
    PastDeployment,
    RunningTask,
    ServiceState,
    TaskCount,
    TasksSeen,
)
from ecsdeploy.report.json_lines import JsonReporter
from ecsdeploy.report.plain import PlainReporter
from ecsdeploy.report.table import table
from ecsdeploy.report.terminal import TerminalReporter

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
COMMIT, HEAD = "3f2c1ab" + "0" * 33, "9abcdef" + "0" * 33


def ago(seconds: float) -> datetime:
    return AT - timedelta(seconds=seconds)


SERVICE = ServiceState(
    cluster="hello", service="hello", environment="default", region="us-east-1", status="ACTIVE", desired=2, running=1,
    pending=1, revision="hello:7", commit=COMMIT, head=HEAD, circuit_breaker=True, rollback=True, verdict="in-flight",
    verdict_at=ago(42),
)  # fmt: skip
FLYING = DeploymentState(
    id="ecs-svc/2", status="PRIMARY", revision="hello:7", commit=COMMIT, desired=2, running=1, pending=1, failed=2,
    threshold=3, rollout="IN_PROGRESS", reason="ECS deployment ecs-svc/2 in progress.", created_at=ago(42),
)  # fmt: skip
BEFORE = replace(
    FLYING, id="ecs-svc/1", status="ACTIVE", revision="hello:6", running=2, pending=0, failed=0, threshold=0,
    rollout="FAILED", reason="ECS deployment circuit breaker: tasks failed to start.", created_at=ago(3 * 86_400),
)  # fmt: skip
TASK = RunningTask(
    task="0123456789abcdef", status="RUNNING", desired_status="RUNNING", health="UNHEALTHY", revision="hello:7",
    commit=COMMIT, address="http://203.0.113.7:3000", started_by="ecs-svc/2", created_at=ago(40), started_at=ago(12),
)  # fmt: skip
DIFFERENCES = (
    Planned("task definition", "hello", "create", (Change("containerDefinitions.hello.environment.LOG", None, "x" * 80),
                                                   Change("cpu", "256", "512"), Change("memory", "512", "1024"))),
    Planned("log group", "/ecs/hello", "create", detail="keeps 30 days"),
    Planned("task role", "hello-task", "unchecked", detail="iam:GetRole"),
)  # fmt: skip
STATUS: tuple[Fact, ...] = (
    SERVICE,
    FLYING,
    BEFORE,
    TasksSeen(2, 2, 2, (TaskCount(2, "hello:7", "RUNNING", "HEALTHY"),)),
    TASK,
    replace(TASK, task="fedcba9876543210", health="UNKNOWN", address="", started_by="ecs-svc/0", started_at=None),
    ServiceMessage(ago(7), "(service hello) has reached a steady state."),
    ServiceMessage(ago(7200), "(service hello) has started 9 tasks: " + " ".join(f"(task {n:032x})" for n in range(9))),
    Note("The tasks could not be read: no."),
    Drift(differs=True),
    *DIFFERENCES,
)

SHOWN = """\
hello/hello is ACTIVE: 1 of 2 tasks run, 1 pending.
  revision: hello:7
  commit: 3f2c1ab; 9abcdef is checked out here
  last deployment: in flight, begun 42s ago
  circuit breaker: on, and rolls back

  DEPLOYMENT  REVISION  COMMIT   RUNNING  PENDING  FAILED  ROLLOUT      AGE
  PRIMARY     hello:7   3f2c1ab  1/2      1        2 of 3  IN_PROGRESS  42s
  ACTIVE      hello:6   3f2c1ab  2/2                       FAILED       3d
    ECS deployment circuit breaker: tasks failed to start.

  TASK      AGE  STATUS   HEALTH     REVISION  COMMIT   ADDRESS                  DEPLOYMENT
  01234567  12s  RUNNING  UNHEALTHY  7         3f2c1ab  http://203.0.113.7:3000  PRIMARY
  fedcba98  40s  RUNNING             7         3f2c1ab                           ecs-svc/0

  EVENTS
    7s  has reached a steady state.
    2h  has started 9 tasks: (task 00000000000000000000000000000000) (task
        00000000000000000000000000000001) (task 00000000000000000000000000000002) (task
        00000000000000000000000000000003) (task 00000000000000000000000000000004) (task ...

The tasks could not be read: no.

Differs from the config; apart from the image, `ecsdeploy deploy` would:
  + create task definition hello: cpu 256 -> 512, memory 512 -> 1024, hello.environment.LOG
  + create log group /ecs/hello: keeps 30 days
  ? task role hello-task: could not be checked, no permission for iam:GetRole
"""


def plain(*snapshots: Snapshot) -> str:
    out, err = io.StringIO(), io.StringIO()
    PlainReporter(out, err)(*snapshots)
    assert err.getvalue() == ""
    return out.getvalue()


def show(*facts: Fact) -> str:
    return plain(Snapshot(AT, facts))


def environment(name: str, **changed: Any) -> EnvironmentState:
    known: dict[str, Any] = {
        "environment": name,
        "cluster": f"hello-{name}",
        "service": f"hello-{name}",
        "region": "us-east-1",
    }
    return EnvironmentState(**{**known, **changed})


def test_a_service() -> None:
    assert show(*STATUS) == SHOWN


def test_nothing_deployed_says_what_to_do() -> None:
    missing = ServiceState(cluster="c", service="s", environment="staging", region="us-east-1", status="MISSING")
    assert show(missing) == (
        "Nothing is deployed yet: there is no service c/s.\n  `ecsdeploy deploy --env staging` creates it.\n"
    )


def test_of_many_tasks_it_says_what_was_looked_at() -> None:
    counted = TasksSeen(
        1000, 100, 20, (TaskCount(97, "hello:7", "RUNNING", "HEALTHY"), TaskCount(3, "hello:6", "PENDING", "UNKNOWN"))
    )
    assert show(counted) == (
        "  1000 tasks: 100 of them checked, 20 shown, the unhealthy and the newest first.\n"
        "     97 RUNNING HEALTHY of hello:7\n"
        "      3 PENDING of hello:6\n"
    )


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ((Drift(differs=False),), "The service matches the config."),
        ((Drift(differs=False), DIFFERENCES[2]), "As far as was checked, the service matches the config."),
        ((Drift(differs=False, warnings=("sg-1 is open.",)),), "warning: sg-1 is open."),
        ((replace(SERVICE, failing="2 tasks have failed since: Why."),), "  warning: 2 tasks have failed since: Why."),
        ((Drift(differs=None, why="It is not ours."),), "Not compared with the config. It is not ours."),
        ((replace(SERVICE, commit=HEAD),), "  commit: 9abcdef, which is checked out here"),
        ((replace(SERVICE, head=""),), "  commit: 3f2c1ab"),
        ((replace(SERVICE, commit=""),), "  commit: not known: the revision has no tag for it"),
        ((replace(SERVICE, rollback=False),), "  circuit breaker: on, without rollback"),
        ((replace(SERVICE, circuit_breaker=False),), "  circuit breaker: off"),
        ((replace(SERVICE, verdict="rolled-back", reason="It broke."),), "  reason: It broke."),
        ((replace(SERVICE, verdict="failed", reason="word " * 30),), "    " + "word " * 12 + "word"),
        ((environment("e", problem="word " * 30),), " " * 15 + "word " * 12 + "word"),
    ],
)
def test_one_line_of_it(facts: tuple[Fact, ...], line: str) -> None:
    assert line in show(*facts).splitlines()


def test_environments_side_by_side() -> None:
    good: dict[str, Any] = {
        "status": "ACTIVE", "revision": "hello-staging:7", "commit": COMMIT, "desired": 2, "running": 2, "healthy": 1,
        "unhealthy": 1, "verdict": "rolled-back", "verdict_at": ago(3600), "differs": True,
    }  # fmt: skip
    shown = show(
        environment("staging", **good),
        environment("production", problem="These credentials belong to account 1, the config says 2."),
        environment("qa", status="MISSING"),
    )
    assert shown == (
        "  ENVIRONMENT  REVISION         COMMIT   RUNNING  HEALTH                  LAST DEPLOYMENT     DRIFT\n"
        "  staging      hello-staging:7  3f2c1ab  2/2      1 healthy, 1 unhealthy  rolled back 1h ago  yes\n"
        "  production   These credentials belong to account 1, the config says 2.\n"
        "  qa           nothing is deployed\n"
    )


def test_deployments_one_below_the_other() -> None:
    good = PastDeployment(
        deployment="arn", verdict="succeeded", status="SUCCESSFUL", reason="fine", revision="hello:7", commit=COMMIT,
        actor="octocat", run_url="https://github.com/acme/hello/actions/runs/1", created_at=AT, finished_at=AT,
        seconds=72.4,
    )  # fmt: skip
    bad = replace(good, verdict="rolled-back", reason="It broke.", revision="hello:6", actor="", seconds=None)
    when = f"{AT.astimezone():%Y-%m-%d %H:%M}"
    assert show(good, bad) == (
        "  WHEN              BY       COMMIT   REVISION  VERDICT      TOOK\n"
        f"  {when}  octocat  3f2c1ab  hello:7   succeeded    1m12s\n"
        f"  {when}           3f2c1ab  hello:6   rolled back\n"
        "    It broke.\n"
    )


def test_a_watch_shows_a_block_when_something_changed_and_nothing_when_time_passed() -> None:
    first = Snapshot(AT, (replace(SERVICE, pending=0),), live=True)
    later = replace(first, at=AT + timedelta(seconds=2))
    changed = Snapshot(AT + timedelta(seconds=4), (SERVICE,), live=True)
    headings = [line for line in plain(first, later, changed, later).splitlines() if "is ACTIVE" in line]
    hours = [f"{each.at.astimezone():%H:%M:%S}" for each in (first, changed, later)]
    assert [line[:8] for line in headings] == hours
    out = io.StringIO()
    JsonReporter(out)(first, later, changed)
    assert [json.loads(line)["pending"] for line in out.getvalue().splitlines()[1:]] == [0, 1]


def test_json_has_an_object_for_each_fact() -> None:
    out = io.StringIO()
    JsonReporter(out)(Snapshot(AT, STATUS))
    records = [json.loads(line) for line in out.getvalue().splitlines()[1:]]
    assert [each["event"] for each in records] == [
        "ServiceState", "DeploymentState", "DeploymentState", "TasksSeen", "RunningTask", "RunningTask",
        "ServiceMessage", "ServiceMessage", "Note", "Drift", "Planned", "Planned", "Planned",
    ]  # fmt: skip
    assert records[4]["started_at"] == ago(12).isoformat()
    assert records[3]["alike"] == [{"count": 2, "revision": "hello:7", "status": "RUNNING", "health": "HEALTHY"}]


class Screen(io.StringIO):
    """Somebody's terminal."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_it_is_painted_over_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", "50")
    out = Screen()
    reporter = TerminalReporter(out, Screen(), colour=False)
    reporter(Snapshot(AT, STATUS, live=True))
    reporter(Snapshot(AT + timedelta(seconds=2), STATUS, live=True))
    reporter.close()
    written = out.getvalue()
    assert written.count("\x1b[1A") >= SHOWN.count("\n") - 1, "it goes up to its first line, to paint again"
    assert "  01234567  14s  RUNNING" in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)


def test_a_pipe_behind_a_terminal_is_not_painted() -> None:
    out = io.StringIO()
    reporter = TerminalReporter(out, Screen(), colour=True)
    reporter(Snapshot(AT, STATUS, live=True), Snapshot(AT + timedelta(seconds=2), STATUS, live=True))
    reporter.close()
    assert "\x1b" not in out.getvalue()
    assert out.getvalue().count("is ACTIVE") == 1


EVIL = "a\x1b[2Jb\n##[add-path]/x\u202e"


def test_nothing_in_it_controls_a_terminal_or_a_runner() -> None:
    facts: tuple[Fact, ...] = (
        replace(SERVICE, service=EVIL, status=EVIL, revision=EVIL, commit=EVIL, head=EVIL, verdict=EVIL, reason=EVIL),
        replace(FLYING, status=EVIL, revision=EVIL, commit=EVIL, rollout=EVIL, reason=EVIL),
        TasksSeen(2, 1, 1, (TaskCount(1, EVIL, EVIL, EVIL),)),
        replace(TASK, task=EVIL, status=EVIL, health=EVIL, revision=EVIL, commit=EVIL, address=EVIL, started_by=EVIL),
        ServiceMessage(AT, EVIL),
        environment(EVIL, problem=EVIL),
        environment(EVIL, revision=EVIL, commit=EVIL, verdict=EVIL),
        PastDeployment(deployment=EVIL, verdict="failed", status=EVIL, reason=EVIL, revision=EVIL, commit=EVIL,
                       actor=EVIL, run_url=EVIL, created_at=AT, finished_at=AT, seconds=1),
        Note(EVIL),
        Drift(differs=None, why=EVIL, warnings=(EVIL,)),
        Planned("service", EVIL, "update", (Change(EVIL, EVIL, EVIL),), detail=EVIL),
        Planned("service", EVIL, "unchecked", detail=EVIL),
    )  # fmt: skip
    assert not re.search(r"[\x1b\u202e]", show(*facts))
    out = io.StringIO()
    PlainReporter(out, out, runner=True)(Snapshot(AT, facts))
    assert not re.search(r"##\[.*\]", out.getvalue())


CELL = st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs")), max_size=120)


@given(st.lists(st.tuples(st.sampled_from(["PRIMARY", "ACTIVE"]), CELL, st.sampled_from(["", "1", "2"])), min_size=1))
def test_a_table_fits_a_hundred_columns_whatever_names_are_in_it(rows: list[tuple[str, str, str]]) -> None:
    lines = table(("STATUS", "REVISION", "PENDING"), rows, gives_way=1)
    assert len(lines) == len(rows) + 1
    assert all(len(line) <= 100 for line in lines)
    if not any(pending for _, _, pending in rows):
        assert "PENDING" not in lines[0]
