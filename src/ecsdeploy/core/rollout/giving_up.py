"""Whether a deployment can still succeed, judged by the tasks that failed."""

from __future__ import annotations

from ecsdeploy.core import diagnose
from ecsdeploy.core.causes import hopeless_event
from ecsdeploy.core.rollout.going_back import back_to
from ecsdeploy.core.rollout.seen import Seen
from ecsdeploy.core.rollout.telling import causes
from ecsdeploy.core.task import Task


def why_give_up(seen: Seen) -> str:
    """Return why the deployment cannot succeed, "" while it may.

    One task proves it where no retry can help. Otherwise it takes several that failed for one cause, and none that
    runs may have lived longer than they did: it could be the one that succeeds.
    """
    after = seen.aim.give_up_after
    if after is None or seen.ever_healthy or not seen.deployment.ongoing:
        return ""
    if not seen.ours and any(map(hopeless_event, seen.refusals)) and back_to(seen) is not None:
        return "no retry can help"
    for failure in causes(seen):
        tasks = [task for task in failure.tasks if diagnose.counts_against(task)]
        if tasks and diagnose.hopeless(tasks[0], failure.log) and not _may_settle(seen, tasks[0]):
            return "no retry can help"
        if len(tasks) >= after and not _outlived(seen, tasks):
            failed = "tasks failed for the same cause" if len(tasks) > 1 else "task failed"
            return f"{len(tasks)} {failed}, and none was ever healthy"
    return ""


def _may_settle(seen: Seen, task: Task) -> bool:
    """Return whether the rights that `task` lacked may be on their way: its roles are as new as the service."""
    return diagnose.is_forbidden(task) and back_to(seen) is None


def _outlived(seen: Seen, failed: list[Task]) -> bool:
    """Return whether a task runs that is older than each of `failed` became."""
    longest = max(map(_lived, failed))
    ages = (seen.at - seen.running_since.get(task.arn, seen.at) for task in seen.live if task.running)
    return any(age > longest + 1 for age in ages)


def _lived(task: Task) -> float:
    ended = task.stopping_at or task.stopped_at
    return (ended - task.started_at).total_seconds() if ended and task.started_at else 0.0
