"""`ecsdeploy cost`: what the service costs a month, and what would save something."""

from __future__ import annotations

from dataclasses import replace

from ecsdeploy.asked import ask
from ecsdeploy.aws.ecr_images import EcrImages
from ecsdeploy.core.account import LogGroupSeen
from ecsdeploy.core.cost import Shape
from ecsdeploy.core.shape import log_bytes_per_month, running_shape, wanted_shape
from ecsdeploy.core.target import Target
from ecsdeploy.errors import AwsError, CredentialsError, PermissionDenied, Refused
from ecsdeploy.events import Note
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.read import Need, read
from ecsdeploy.workflow.reckon import in_full


def cost(run: Run, target: Target, *, count: int | None = None) -> None:
    """Show the cost of what runs, or of the config if nothing runs or AWS cannot be asked.

    With `count`, the cost of this many tasks of the config.
    """
    if count is not None:
        run.report(Note(f"From the config, with {count} tasks:"), in_full(target.region, _config(target, count)))
        return
    try:
        shape, whose = _running(run, target)
    except (CredentialsError, PermissionDenied, AwsError) as error:
        shape, whose = _config(target, None), f"From the config, since what runs could not be read: {error.what}"
    run.report(Note(whose), in_full(target.region, shape))


def _config(target: Target, count: int | None) -> Shape:
    return wanted_shape(target, None, count)


def _running(run: Run, target: Target) -> tuple[Shape, str]:
    images = ask(lambda: _image_bytes(run, target))
    account = read(run.aws, target, run.clock, Need(parts=("service", "log group")))
    found = running_shape(target, account)
    group = account.log_group
    logs = log_bytes_per_month(group.group, run.clock.now()) if isinstance(group, LogGroupSeen) else None
    shape = replace(found or _config(target, None), image_bytes=images(), log_bytes_per_month=logs)
    if found is None:
        return shape, f"{target} is not deployed; from the config:"
    return shape, f"{target} as it runs, {found.count} tasks:" if found.count != 1 else f"{target} as it runs, 1 task:"


def _image_bytes(run: Run, target: Target) -> int | None:
    try:
        return EcrImages(run.aws, target.names.repository).stored_bytes()
    except (AwsError, Refused):
        return None  # no repository, or no permission: a line says that the amount is not known
