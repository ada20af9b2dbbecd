"""What the refusal of a write means: AWS refuses the whole call, or single items in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ecsdeploy.core.step import Answer, Step
from ecsdeploy.errors import AwsError, ExitCode

RUN_TASK = "ecs:RunTask"
PART = "Failure"
"""The code of a part that ECS refuses: it gives a reason in words alone."""


def fits(meant: tuple[Answer, ...], error: AwsError) -> bool:
    """Return whether `error` is one of the answers that are meant."""
    return any(answer.fits(error.code, error.message) for answer in meant)


def require_whole(step: Step, answer: Mapping[str, Any]) -> None:
    """Raise the first of the answer's `failures` that is not "already done"."""
    for error in _failures(step, answer):
        if not fits(step.repeat.done, error):
            raise error
    if step.call == RUN_TASK and not answer.get("tasks"):
        raise _not_started("ECS gave no reason.")


def _not_started(reason: str) -> AwsError:
    """Return what it means if RunTask answers without a task."""
    error = AwsError(
        "ECS did not start the task.",
        code=PART,
        operation="RunTask",
        message=reason,
        why=reason,
        fix="Run the same command again in a minute, or correct what ECS names.",
    )
    error.exit_code = ExitCode.FAILED
    return error


def _failures(step: Step, answer: Mapping[str, Any]) -> Iterator[AwsError]:
    for each in answer.get("failures") or ():
        code = str(each.get("failureCode", PART))
        reason = str(each.get("failureReason") or each.get("reason", ""))
        if step.call == RUN_TASK:
            yield _not_started(reason)
            continue
        what = each.get("arn") or each.get("imageId", {}).get("imageDigest", "")
        error = AwsError(
            f"AWS refused {step.call} for {what}.",
            code=code,
            operation=step.call.partition(":")[2],
            message=reason,
            why=reason,
        )
        error.exit_code = ExitCode.FAILED
        yield error
