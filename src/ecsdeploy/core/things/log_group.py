"""The log group, and how long it keeps events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ecsdeploy.changes import Change
from ecsdeploy.core.account import Account, Hidden, LogGroupSeen
from ecsdeploy.core.container_logs import HOW_TO_HAVE_GROUP
from ecsdeploy.core.log_group import log_group_changes
from ecsdeploy.core.step import Ref, Repeat, Step, answers, update
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.upkeep import Upkeep, by_root
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.errors import Refused


def decide(wanted: Wanted, account: Account, upkeep: Upkeep) -> Decision:
    """Return what to do about the log group. Raises `Refused`, `PermissionDenied`.

    Another group, which [task.raw] names, is its owner's: it is never made nor changed, and has to be there.
    """
    missing = None if not account.missing_logs else _missing(account.missing_logs)
    if missing is not None and not upkeep.reconcile:
        raise missing
    decision = _decide(wanted, account, upkeep)
    return decision if missing is None else replace(decision, warnings=(f"{missing.what} {missing.fix}",))


def _missing(groups: tuple[str, ...]) -> Refused:
    return Refused(
        f"There is no log group {', '.join(groups)}.",
        why="A container in [task.raw] logs there, and without it no task starts.",
        fix=HOW_TO_HAVE_GROUP,
    )


def _decide(wanted: Wanted, account: Account, upkeep: Upkeep) -> Decision:
    ref = Ref("log group", wanted.target.names.log_group)
    found, days = account.log_group, wanted.target.config.logs.retention_days
    if isinstance(found, Hidden):
        if upkeep.reconcile or account.service is None:
            raise found.error  # tasks without a log group do not start
        return Decision(ref=ref, hidden=found)
    if found is None:
        return Decision(ref=ref, steps=tuple(_creation(wanted, ref, days)))
    changes = log_group_changes(found.group, days)
    if isinstance(found.tags, Hidden):
        if upkeep.reconcile:
            raise found.tags.error
        return Decision(ref=ref, quiet=True, hidden=found.tags if changes else None)
    due = upkeep.due(ref.kind, ref.name, found.tags, wanted.target.tags, changes)
    if not due:
        return Decision(ref=ref, quiet=not upkeep.reconcile)
    return Decision(ref=ref, steps=tuple(_changes(wanted, found, due, ref)))


def _creation(wanted: Wanted, ref: Ref, days: int) -> Iterator[Step]:
    yield Step(
        about=ref,
        action="created",
        call="logs:CreateLogGroup",
        parameters={"logGroupName": ref.name, "tags": wanted.target.tags},
        detail=f"keeps {days} days",
        repeat=Repeat(taken=answers("ResourceAlreadyExistsException")),
    )
    yield _keep(ref, days, ())


def _changes(wanted: Wanted, found: LogGroupSeen, due: tuple[Change, ...], ref: Ref) -> Iterator[Step]:
    for root, changes in by_root(due).items():
        if root == "tags":
            parameters = {"resourceArn": found.group.arn, "tags": wanted.target.tags}
            yield update(ref, "logs:TagResource", parameters, changes)
        else:
            yield _keep(ref, wanted.target.config.logs.retention_days, changes)


def _keep(ref: Ref, days: int, changes: tuple[Change, ...]) -> Step:
    repeat = Repeat(passes=answers("OperationAbortedException", "ResourceNotFoundException"))
    parameters = {"logGroupName": ref.name, "retentionInDays": days}
    return update(ref, "logs:PutRetentionPolicy", parameters, changes, repeat=repeat)
