"""The log group."""

from __future__ import annotations

from typing import Any

from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, row

AREA = "Log group"


def _group(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = bench.client("logs").describe_log_groups(logGroupNamePrefix=f"/ecs/{bench.app}")[
        "logGroups"
    ][0]
    return found


@row(AREA, "missing", does="makes it again, even when nothing else differs")
def log_group_missing(bench: Bench) -> Steps:
    bench.deployed()
    bench.client("logs").delete_log_group(logGroupName=f"/ecs/{bench.app}")
    ran = yield
    assert ran.err.count(f"+ log group /ecs/{bench.app}: created (keeps 30 days)\n") == 1
    assert _group(bench)["retentionInDays"] == 30


@row(AREA, "missing", command="logs", does="says so, and how to create it", code=3)
def log_group_missing_logs(bench: Bench) -> Steps:
    ran = yield
    assert f"error: There is no log group /ecs/{bench.app}.\n" in ran.err


@row(AREA, "keeps its events for a different time", does="leaves it: somebody chose that")
def log_group_other_retention(bench: Bench) -> Steps:
    bench.deployed()
    bench.client("logs").put_retention_policy(logGroupName=f"/ecs/{bench.app}", retentionInDays=7)
    ran = yield
    assert ran.writes == {}


@row(AREA, "keeps its events for a different time", command="setup", does="sets the config's, and shows both")
def log_group_other_retention_setup(bench: Bench) -> Steps:
    bench.deployed()
    bench.client("logs").put_retention_policy(logGroupName=f"/ecs/{bench.app}", retentionInDays=7)
    ran = yield
    assert f"~ log group /ecs/{bench.app}: updated\n    retentionInDays: 7 -> 30\n" in ran.err


@row(AREA, "keeps its events for ever (an earlier run was interrupted)", does="sets the config's")
def log_group_without_retention(bench: Bench) -> Steps:
    bench.deployed()
    bench.client("logs").delete_retention_policy(logGroupName=f"/ecs/{bench.app}")
    yield
    assert _group(bench)["retentionInDays"] == 30


@row(AREA, "of somebody else", command="setup", does="refuses to change it", code=3)
def log_group_of_somebody_else(bench: Bench) -> Steps:
    bench.client("logs").create_log_group(logGroupName=f"/ecs/{bench.app}")
    ran = yield
    assert f"error: The log group /ecs/{bench.app} exists and was not made by ecsdeploy.\n" in ran.err


@row(AREA, "of somebody else", does="writes to it as it is")
def log_group_used(bench: Bench) -> Steps:
    bench.client("logs").create_log_group(logGroupName=f"/ecs/{bench.app}")
    bench.release()
    yield
    assert "retentionInDays" not in _group(bench)


@row(AREA, "empty", command="logs", does="says that there is nothing")
def log_group_empty(bench: Bench) -> Steps:
    bench.client("logs").create_log_group(logGroupName=f"/ecs/{bench.app}")
    ran = yield
    assert ran.err.startswith(f"No log events in /ecs/{bench.app} in the last 10m.\n")


def _shared(bench: Bench, driver: str = "awslogs") -> None:
    """Let the service's container log to a group of its own."""
    options = '{ awslogs-group = "/shared/apps" }' if driver == "awslogs" else '{ splunk-url = "https://splunk" }'
    log = f'logConfiguration = {{ logDriver = "{driver}", options = {options} }}\n'
    bench.config(f'\n[[task.raw.containerDefinitions]]\nname = "{bench.app}"\n{log}')


@row(AREA, "of `[task.raw]`, missing", does="refuses: it is somebody else's to create", code=3)
def log_group_of_raw_missing(bench: Bench) -> Steps:
    _shared(bench)
    bench.release()
    ran = yield
    assert "error: There is no log group /shared/apps.\n" in ran.err
    assert ran.writes == {}


@row(AREA, "of `[task.raw]`, missing", command="setup", does="warns, and grants it")
def log_group_of_raw_missing_setup(bench: Bench) -> Steps:
    bench.deployed()
    _shared(bench)
    ran = yield
    assert "There is no log group /shared/apps." in ran.err
    assert bench.client("logs").describe_log_groups(logGroupNamePrefix="/shared")["logGroups"] == []


@row(AREA, "none: the container logs elsewhere", command="logs", does="says where", code=3)
def log_elsewhere(bench: Bench) -> Steps:
    _shared(bench, "splunk")
    ran = yield
    assert f"{bench.app} logs to splunk: there is nothing of it to read in CloudWatch Logs.\n" in ran.err
