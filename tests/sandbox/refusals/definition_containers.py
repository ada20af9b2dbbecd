"""Containers: what they are, load, mount and wait for, and their health checks."""

from __future__ import annotations

from typing import Any

from tests.sandbox.refusals.definitions import container, definition, of_container, of_task, rule
from tests.sandbox.refusals.rule import Form

CHECK = {"command": ["CMD-SHELL", "exit 0"]}


def _depends(condition: str, on: str = "db", **target: Any) -> Form:
    return definition(container(dependsOn=[{"containerName": on, "condition": condition}]), container("db", **target))


def _files(*values: str) -> Form:
    return {"environmentFiles": [{"type": "s3", "value": value} for value in values]}


def _limits(soft: int, hard: int) -> Form:
    return {"ulimits": [{"name": "nofile", "softLimit": soft, "hardLimit": hard}]}


def _beyond(field: str, limit: int) -> str:
    return f"Health check {field} must be less than or equal to the maximum allowed value {limit} for container 'app'"


FILE = "arn:aws:s3:::settings/app.env"

RULES = (
    # In these three AWS was quoted without what may stand at the end; the full stop is in a user's report.
    rule(
        "container-definitions-empty",
        "Container list cannot be empty.",
        good=definition(container()),
        bad=definition(),
        seen="2026-09-02",
    ),
    rule(
        "duplicate-container-names",
        "Container names must be unique within a task definition",
        good=definition(container(), container("db")),
        bad=definition(container(), container()),
        seen="2026-09-02",
        begins=True,
    ),
    rule(
        "essential-container",
        "Task definition doesn't have any essential container",
        good=definition(container(), container("db", essential=False)),
        bad=definition(container(essential=False)),
        seen="2026-09-02",
        begins=True,
    ),
    of_task(
        "taskdef-family",
        "Family contains invalid characters.",
        good={"family": "refusals_2-b"},
        bad={"family": "テスト用"},
        seen="2026-09-04",
    ),
    rule(
        "dependson-container-missing",
        "Cannot depend on container + 'nope' because it does not exist",
        good=_depends("START"),
        bad=_depends("START", on="nope"),
    ),
    rule(
        "dependson-healthy-without-healthcheck",
        "A dependency container with HEALTHY condition must have health check configured",
        good=_depends("HEALTHY", healthCheck=CHECK),
        bad=_depends("HEALTHY"),
    ),
    rule(
        "dependson-complete-on-essential",
        "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container",
        good=_depends("COMPLETE", essential=False),
        bad=_depends("COMPLETE"),
    ),
    of_container(
        "healthcheck-interval-range",
        _beyond("interval", 300),
        good={"healthCheck": {**CHECK, "interval": 300}},
        bad={"healthCheck": {**CHECK, "interval": 301}},
    ),
    of_container(
        "healthcheck-timeout-range",
        _beyond("timeout", 60),
        good={"healthCheck": {**CHECK, "timeout": 60}},
        bad={"healthCheck": {**CHECK, "timeout": 61}},
    ),
    of_container(
        "healthcheck-retries-range",
        _beyond("retries", 10),
        good={"healthCheck": {**CHECK, "retries": 10}},
        bad={"healthCheck": {**CHECK, "retries": 11}},
    ),
    of_container(
        "healthcheck-start-period-range",
        _beyond("startPeriod", 300),
        good={"healthCheck": {**CHECK, "startPeriod": 300}},
        bad={"healthCheck": {**CHECK, "startPeriod": 301}},
    ),
    of_container(
        "restart-policy-attempt-period-range",
        "The 'restartAttemptPeriod' setting for container 'app' must be between 60 and 1800.",
        good={"restartPolicy": {"enabled": True, "restartAttemptPeriod": 60}},
        bad={"restartPolicy": {"enabled": True, "restartAttemptPeriod": 59}},
    ),
    of_container(
        "ulimit-soft-over-hard",
        "Soft limit exceeds hard limit for ulimit nofile",
        good=_limits(1024, 1024),
        bad=_limits(1025, 1024),
    ),
    of_container(
        "environment-files-max",
        "The maximum number of environment files was exceeded. Specify ten or less and try again.",
        good=_files(*[FILE] * 10),
        bad=_files(*[FILE] * 11),
    ),
    of_container(
        "environment-files-type", "Invalid arn syntax.", good=_files(FILE), bad=_files(FILE, "settings/app.env")
    ),
    # AWS answered this where an execution role was left out too: the account is looked at first.
    rule(
        "secrets-without-execution-role",
        "The Systems Manager parameter ARN has a different account ID than the current account. The current account "
        "ID is 123456789012 and the ARN account ID is 222233334444. Cross-account access for ARNs is not currently "
        "supported.",
        good=definition(
            container(secrets=[{"name": "KEY", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/key"}])
        ),
        bad=definition(
            container(secrets=[{"name": "KEY", "valueFrom": "arn:aws:ssm:us-east-1:222233334444:parameter/key"}]),
            executionRoleArn=None,
        ),
    ),
    of_container(
        "volumesfrom-source-container-missing",
        "Invalid 'volumesFrom' setting. Unknown container: 'nope'.",
        good={"volumesFrom": []},
        bad={"volumesFrom": [{"sourceContainer": "nope"}]},
    ),
)
