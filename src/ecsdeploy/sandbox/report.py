"""What the commands of `ecsdeploy sandbox` show, as lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ecsdeploy.sandbox.faults import API_FAULTS, SCAN_FAULTS, TASK_FAULTS
from ecsdeploy.sandbox.remote import ask
from ecsdeploy.sandbox.state import all_homes, home_of, read_state


def statuses(name: str | None, environ: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the status of every sandbox that is up, or of the one of that name; one that hangs says so."""
    homes = [home_of(name, environ)] if name else all_homes(environ)
    found = []
    for state in filter(None, map(read_state, homes)):
        try:
            found.append(ask(state, "status"))
        except OSError as error:
            found.append({"name": state.name, "endpoint": state.endpoint(), "pid": state.pid, "error": str(error)})
    return found


def status_lines(found: Iterable[Mapping[str, Any]], *, as_json: bool) -> Iterable[str]:
    """Yield one sandbox's status per line (JSON), or in a few."""
    for one in found:
        if as_json:
            yield json.dumps(one)
        elif "error" in one:
            yield f"{one['name']}  {one['endpoint']}  pid {one['pid']}  does not answer: {one['error']}"
        else:
            yield (
                f"{one['name']}  {one['endpoint']}  pid {one['pid']}  {one['runtime']}  speed {one['speed']:g}  "
                f"{one['region']}  account {one['account']}{'  IAM enforced' if one['iam_enforced'] else ''}"
            )
            yield (
                f"  {one['clusters']} clusters, {one['services']} services, {one['running_tasks']} tasks running, "
                f"up for {one['uptime_seconds']:.0f}s"
            )
            yield from (f"  {line}" for line in waiting_lines(one["faults"]))
            yield from (f"  {line}" for line in group_lines(one["security_groups"]))


def group_lines(found: Mapping[str, Any]) -> list[str]:
    """Return what was dropped because no security group lets it in, or why nothing is."""
    told = [] if found["enforced"] else [f"Security groups are not enforced: {found['why_not']}."]
    return [*told, *(str(loss["text"]) for loss in found["dropped"])]


def waiting_lines(faults: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return one line for each fault that waits to happen."""
    return [f"waiting: {fault['fault']} {_where(fault)}" for fault in faults]


def fault_lines() -> list[str]:
    """Return every fault there is, with what it does."""
    width = max(map(len, [*TASK_FAULTS, *API_FAULTS, *SCAN_FAULTS])) + 2
    tasks = [f"  {name:<{width}}{does}" for name, does in TASK_FAULTS.items()]
    calls = [f"  {name:<{width}}{does}" for name, does in API_FAULTS.items()]
    scans = [f"  {name:<{width}}{does}" for name, does in SCAN_FAULTS.items()]
    return [
        *("Of the next deployment's tasks, or with --tag:", *tasks, ""),
        *("Of API calls, with --operation:", *calls, ""),
        *("Of the next image's scan, or with --tag:", *scans),
    ]


def _where(fault: Mapping[str, Any]) -> str:
    if fault["fault"] in API_FAULTS:
        place = f"in calls of {fault.get('operation', 'anything')}"
    elif fault["fault"] in SCAN_FAULTS:
        place = f"in scans of images tagged {fault['tag']}" if "tag" in fault else "in the next image's scan"
    else:
        place = f"in tasks of images tagged {fault['tag']}" if "tag" in fault else "in the next deployment"
    left = fault.get("left")
    return f"{place}, {left} more time{'' if left == 1 else 's'}" if left else f"{place}, until healed"
