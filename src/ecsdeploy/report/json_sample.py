"""A sample of each event, for the document, with a value in every field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

# By the field's name, or by the object's and the field's where a name means several things. What is not here is shown
# with its own name as its value.
_SAMPLES: Mapping[str, object] = {
    "action": "updated",
    "after": "512",
    "as_of": "2026-11-01",
    "at": datetime(2026, 11, 29, 9, 30, 5, tzinfo=UTC),
    "before": "256",
    "BuildLine.text": "#8 [4/5] RUN npm ci",
    "by": "ecsdeploy deploy",
    "calls": "ecs:UpdateService",
    "characters": 1725,
    "check": "node healthcheck.js",
    "Check.about": "workflow",
    "Check.file": ".github/workflows/deploy.yml",
    "Check.fix": "Write acme/setup@ and the whole commit, with the version in a comment.",
    "Check.line": 12,
    "Check.rule": "unpinned-action",
    "Check.status": "problem",
    "Check.text": "acme/setup@v1 is not pinned to a commit.",
    "Check.why": "Whoever can move that tag or branch runs code in this job, and gets at AWS.",
    "container": "hello-service",
    "containers": "hello-service: exit code 1",
    "current": 1048576,
    "deployment": "ecs-svc/1234567890123456789",
    "desired": 2,
    "detail": "",
    "caveat": "AWS may stop a task with two minutes' notice.",
    "difference": "4.50",
    "does": "run a command in a task of its own",
    "dollars": "9.01",
    "elapsed": 41.5,
    "Error.fix": "Confirm with --yes.",
    "Error.what": "Nobody can answer here.",
    "Error.why": "The command changes something, and asks first.",
    "exit_code": 3,
    "facts": {"service": "hello-service/hello-service"},
    "failed": 0,
    "failing": "2 tasks have failed since: The container hello-service ended with an error (exit code 1).",
    "FailureCard.cause": "The container hello-service ended with an error (exit code 1).",
    "FailureCard.fix": "The log says why.",
    "GaveUp.then": "Rolling back to hello-service:7.",
    "GaveUp.why": "2 tasks failed for the same cause, and none was ever healthy",
    "granted": "run",
    "health": "HEALTHY",
    "kind": "task definition",
    "label": "Fargate vCPU",
    "layer": "5f70bf18a086",
    "log_lines": "Error: DATABASE_URL is not set",
    "LogLine.text": "GET / 200",
    "MonthlyCost.before": "4.51",
    "name": "hello-service:8",
    "note": "",
    "Note.text": "The image of commit 3f2c1ab is in ECR already.",
    "ok": True,
    "Outcome.text": "Deployed hello-service:8.",
    "Output.name": "task-definition-arn",
    "Output.value": "arn:aws:ecs:us-east-1:123456789012:task-definition/hello-service:8",
    "Printed.name": "terraform",
    "Printed.text": "{\n  ...\n}",
    "path": "containerDefinitions.hello-service.memory",
    "pending": 1,
    "Permits.command": "run",
    "Policy.command": "run",
    "Policy.document": {"Version": "2012-10-17", "Statement": []},
    "quantity": "0.25 vCPU, 730 hours",
    "Reason.why": "Runs any command in the app's own container, with the task role's permissions.",
    "region": "us-east-1",
    "Result.name": "url",
    "revision": "hello-service:8",
    "RolloutState.status": "IN_PROGRESS",
    "running": 1,
    "seconds": 3.2,
    "ServiceMessage.text": "(service hello-service) has started 1 tasks: (task 0f1e2d3c4b5a69788796a5b4c3d2e1f0).",
    "sid": "Run",
    "stage": "",
    "status": "Pushing",
    "Step.text": "Building image hello-service:3f2c1ab",
    "stop_code": "EssentialContainerExited",
    "stopped_reason": "Essential container in task exited",
    "Stream.ecsdeploy": "0.2.0",
    "target_health": "Request timed out",
    "task": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "TaskState.status": "RUNNING",
    "then": "the rollout is watched to its verdict",
    "threshold": 3,
    "Timeline.text": "replacement 0f1e2d3c is RUNNING",
    "title": "Fargate Spot",
    "total": 4194304,
    "unknown": "data transfer",
    "value": "http://203.0.113.7:3000",
    "version": 1,
    "warnings": "sg-0a1b2c3d (hello-service) lets in more than the config says: tcp 22 from 10.0.0.0/8.",
    "Warn.text": "The tag latest moves: a digest does not.",
    "who": "by [iam] grants",
}
_BY_TYPE: Mapping[Any, object] = {int: 1, float: 1.5, bool: True, datetime: _SAMPLES["at"]}


def sample(shape: type[T]) -> T:
    """Return an object of a dataclass with something in each of its fields."""
    hints = get_type_hints(shape)
    names = [field.name for field in fields(shape)]  # type: ignore[arg-type]
    return shape(**{name: _sample(hints[name], shape.__name__, name) for name in names})


def _sample(hint: Any, shape: str, name: str) -> object:
    origin, inner = get_origin(hint), get_args(hint)
    known = _SAMPLES.get(f"{shape}.{name}", _SAMPLES.get(name, name))
    if isinstance(known, Mapping) or _fits(known, hint):
        return known
    if is_dataclass(hint):
        return sample(hint)  # type: ignore[arg-type]
    if origin in (Union, UnionType):
        return _sample(next(each for each in inner if each is not NoneType), shape, name)
    if origin in (None, Literal):
        return inner[0] if inner else _BY_TYPE.get(hint, name)
    return (
        {"name": _sample(inner[1], shape, name)} if issubclass(origin, Mapping) else (_sample(inner[0], shape, name),)
    )


def _fits(value: object, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    return hint is Any or (isinstance(hint, type) and get_origin(hint) is None and isinstance(value, hint))
