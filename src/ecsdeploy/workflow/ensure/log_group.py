"""The log group."""

from __future__ import annotations

from ecsdeploy.aws.log_group import LogGroups
from ecsdeploy.core.log_group import LogGroup, log_group_changes
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.errors import Failed, PermissionDenied
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.ensure.place import tags_of
from ecsdeploy.workflow.ensure.retry import retry
from ecsdeploy.workflow.ensure.telling import created, doing, making, unchanged, updated

KIND = "log group"


def ensure_log_group(run: Run, upkeep: Upkeep) -> None:
    """Create the log group, or bring its retention to what the config says."""
    groups, name, days = LogGroups(run.aws), run.names.log_group, run.config.logs.retention_days
    found = groups.find(name)
    if found is None:
        with making(run, upkeep, KIND, name):
            if groups.create(name, tags_of(run)):
                created(run, KIND, name, f"keeps {days} days")
                _keep(run, groups, name, days)
                return
        found = groups.find(name)
    if found is None:
        raise Failed(
            f"The log group {name} exists and is not listed.",
            why="CreateLogGroup says that it exists, DescribeLogGroups does not show it.",
            fix="Run the same command again in a minute.",
        )
    _bring_up(run, groups, found, upkeep)


def _bring_up(run: Run, groups: LogGroups, found: LogGroup, upkeep: Upkeep) -> None:
    days, wanted = run.config.logs.retention_days, tags_of(run)
    changes = log_group_changes(found, days)
    if not changes and not upkeep.reconcile:
        return
    try:
        tags = groups.tags(found)
    except PermissionDenied:
        if upkeep.reconcile:
            raise
        return
    due = upkeep.due(KIND, found.name, tags, wanted, changes)
    if not due:
        unchanged(run, upkeep, KIND, found.name)
        return
    with doing(run, f"updating {KIND} {found.name}"):
        if any(tags.get(key) != value for key, value in wanted.items()):
            groups.tag(found, wanted)
        if changes:
            _keep(run, groups, found.name, days)
    updated(run, KIND, found.name, due)


def _keep(run: Run, groups: LogGroups, name: str, days: int) -> None:
    retry(run, lambda: groups.keep(name, days), codes=("OperationAbortedException", "ResourceNotFoundException"))
