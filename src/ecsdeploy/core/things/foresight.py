"""Warnings about a change to the service, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecsdeploy.changes import Change
from ecsdeploy.core.account import Account, Hidden
from ecsdeploy.core.step import Later
from ecsdeploy.core.task_definition import TaskDefinition, revision_of, short_name
from ecsdeploy.core.wanted import Wanted

OF_NEW_TASKS = frozenset({"enableECSManagedTags", "enableExecuteCommand", "propagateTags"})
"""Settings that a task has from its start and that start no deployment when they change (ECS API, UpdateService)."""


def contests(wanted: Wanted, account: Account) -> Iterator[str]:
    """Yield a warning if something else sets the count too: autoscaling, or the config."""
    limits = account.scalable
    if wanted.settings:
        if limits is not None and not isinstance(limits, Hidden):
            yield (
                f"Autoscaling keeps this service between {limits[0]} and {limits[1]} tasks, and the config sets "
                f"{wanted.count}. Leave [service] count out to let autoscaling decide."
            )
        return
    if isinstance(limits, Hidden):
        yield f"Whether autoscaling will change the count again was not checked, no permission for {limits}."
    elif limits is not None:
        yield _of_autoscaling(wanted.count or 0, *limits)
    count = wanted.target.config.service.count
    if count is not None and count != wanted.count:
        deploy = f"ecsdeploy deploy{wanted.target.env_option}"
        yield f"The config says [service] count = {count}: the next `{deploy}` sets it back to that."


def _of_autoscaling(count: int, least: int, most: int) -> str:
    """Return what happens to a count (Application Auto Scaling User Guide, "Concepts": outside of its limits, it is
    brought back to them whenever a scaling policy acts).
    """
    if least <= count <= most:
        return (
            f"Autoscaling keeps this service between {least} and {most} tasks: it may change {count} again at any time."
        )
    side, limit = ("below", least) if count < least else ("above", most)
    which = "minimum" if count < least else "maximum"
    return f"{count} is {side} autoscaling's {which}: it goes to {limit} as soon as one of its policies acts."


def late(changes: Iterable[Change]) -> Iterator[str]:
    """Yield a warning about changed settings that no deployment brings to the tasks."""
    found = sorted({change.path for change in changes} & OF_NEW_TASKS)
    if found:
        yield (
            f"Running tasks keep {' and '.join(found)} as it was: `ecsdeploy deploy --force-new-deployment` "
            "replaces them."
        )


def without_way_back(account: Account, arn: str | Later) -> Iterator[str]:
    """Yield a warning if ECS could not roll back, because the running image is no longer in ECR.

    That is not a reason to stop: a service whose image expired needs a new one.
    """
    running: TaskDefinition | None = account.running
    if running is not None and account.lost and arn != running.arn:
        yield (
            f"The image of {short_name(running.arn)}, which runs now, is no longer in ECR: if this deployment "
            "fails, ECS cannot start those tasks again. Raise [image] keep."
        )


def held_back(wanted: Wanted, account: Account, arn: str | Later) -> Iterator[str]:
    """Yield a warning if the config's revision already exists, and the service runs an older one.

    It was rolled back, by ECS or by a user, or was never deployed: ECS does not say which.
    """
    running: TaskDefinition | None = account.running
    if not wanted.settings or running is None or isinstance(arn, Later):
        return
    family, number = revision_of(arn)
    if family == running.family and number > running.revision:
        yield (
            f"{wanted.target.names.service} runs {short_name(running.arn)}, and the config says {short_name(arn)}, "
            "which was registered before: if it was rolled back, this deploys it again."
        )
