"""What follows from what was seen of a deployment: go on, stop it, or it is over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from ecsdeploy.core import diagnose
from ecsdeploy.core.causes import hopeless_event
from ecsdeploy.core.rollout.attention import GONE_SECONDS, attention, explains, is_explained
from ecsdeploy.core.rollout.seen import Ask, Seen, Stopped, Until
from ecsdeploy.core.rollout.telling import causes, whole
from ecsdeploy.core.service import Deployment, ServiceDeployment
from ecsdeploy.core.task import Task
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.core.verdict import Verdict, judge

VISIBLE_SECONDS = 60.0
"""How long ECS may take to show a deployment that it has started."""
LISTED_SECONDS = 4.0
"""How long a newer deployment that replaced ours may take to be listed."""
AGAIN_SECONDS = 2.0
"""How long after an attempt to stop the deployment that settled nothing there is another."""
LEFT_SECONDS = 10.0
"""How long ECS may take to end a deployment that has nothing to go back to."""


@dataclass(frozen=True)
class GoOn:
    """Watch on: ask this next."""

    ask: Ask


@dataclass(frozen=True)
class Stop:
    """The deployment cannot succeed: stop it.

    It goes back to `back_to`, a task definition; "" if only ECS knows it, None if there is nothing to go back to.
    """

    why: str
    back_to: str | None


@dataclass(frozen=True)
class Gone:
    """ECS no longer has the deployment."""


@dataclass(frozen=True)
class Done:
    """It is over, or what was waited for is reached."""

    verdict: Verdict


@dataclass(frozen=True)
class RunGate:
    """ECS calls it a success: it has to pass the gate."""

    verdict: Verdict


Reaction = GoOn | RunGate | Stop | Gone | Done


def react(seen: Seen) -> Reaction:
    """Return what to do now."""
    if seen.missing_since is not None and _is_gone(seen):
        return Gone()
    verdict = _verdict(seen)
    if verdict is not None:
        return _over(seen, verdict)
    if _may_stop(seen) and (why := hopeless(seen)):
        fresh = seen.asked.deployment >= seen.failed_at
        return Stop(why, _back_to(seen)) if fresh else GoOn(Ask(deployment=True))
    return GoOn(attention(seen))


def _may_stop(seen: Seen) -> bool:
    """Return whether the deployment can be stopped."""
    return not seen.rolls_back and seen.deployment.status != "STOP_REQUESTED" and _may_try(seen)


def _may_try(seen: Seen) -> bool:
    """Return whether no attempt to stop it has settled that, and none was made a moment ago."""
    return seen.stop is None or (seen.stop.again and seen.at - seen.stop.at >= AGAIN_SECONDS)


def _over(seen: Seen, verdict: Verdict) -> Reaction:
    """Return what follows from a verdict: if the deployment failed, it is explained first."""
    if verdict.kind == "succeeded" and seen.aim.gated:
        return RunGate(verdict) if seen.proven is None else Done(seen.proven)
    if verdict.kind not in ("rolled-back", "failed"):
        return Done(verdict)
    if (unexplained := explains(seen)) is not None:
        return GoOn(unexplained)
    if verdict.kind == "failed" and _is_left_failed(seen) and (back := _back_to(seen)):
        if seen.asked.service < (seen.stopped_since or 0.0):
            return GoOn(Ask(service=True))
        return Stop("ECS ended the deployment without a rollback", back) if _may_try(seen) else GoOn(attention(seen))
    return Done(replace(verdict, cards=whole(seen)))


def _is_left_failed(seen: Seen) -> bool:
    """Return whether ECS stopped the deployment for its failures and rolled nothing back: rollback is off."""
    gives_up = seen.aim.give_up_after is not None and (seen.stop is None or seen.stop.again)
    return gives_up and seen.deployment.status == "STOPPED" and bool(causes(seen))


def _verdict(seen: Seen) -> Verdict | None:
    now = seen.deployment
    if seen.missing_since is not None:
        return None
    if _has_gone_back(seen):
        return Verdict(
            kind="rolled-back", reason=_why(seen), deployment=now, under_way=now.ongoing, serves=_serves(seen)
        )
    if now.ongoing:
        return _so_far(seen)
    if now.status == "STOPPED" and seen.newer is None and _may_be_replaced(seen):
        return None
    return _ended(seen)


def _so_far(seen: Seen) -> Verdict | None:
    """Return the verdict on a deployment that goes on, if what is waited for is reached, or it waits for somebody."""
    now, until = seen.deployment, seen.aim.until
    if seen.stop is not None and _is_left(seen, seen.stop):
        return Verdict(kind="failed", reason=seen.stop.why, deployment=now, under_way=True)
    if seen.rolls_back:
        return None
    if now.awaits:
        return Verdict(kind="paused", reason=_pause_of(now), deployment=now, under_way=True)
    return Verdict(kind=until, deployment=now) if until in ("started", "healthy") and _reached(seen, until) else None


def _pause_of(now: ServiceDeployment) -> str:
    return f"the lifecycle hook {now.awaits} waits for an answer" + (f" in {now.stage}" if now.stage else "")


def _is_left(seen: Seen, stop: Stopped) -> bool:
    """Return whether the deployment failed, has nothing to go back to, and ECS does not end it."""
    refused = not stop.accepted and not stop.again
    return _back_to(seen) is None and (refused or seen.at - stop.at > LEFT_SECONDS)


def _ended(seen: Seen) -> Verdict | None:
    """Return the verdict on a deployment that is over."""
    verdict = judge(seen.deployment, newer=_is_superseded(seen), asked_to_stop=seen.asked_to_stop)
    if verdict is not None and verdict.kind == "succeeded" and _too_few(seen):
        return None
    if seen.is_replaced:
        return None
    if verdict is not None and seen.stops_it and verdict.kind in ("stopped", "rolled-back"):
        return replace(verdict, kind="rolled-back", reason=_why(seen))
    return verdict


def _is_superseded(seen: Seen) -> bool:
    """Return whether a newer deployment ended ours; one that failed was over before the next one began."""
    now, newer = seen.deployment, seen.newer
    failed = 0 < now.threshold <= now.failures and seen.rolling_back_since is None
    if newer is not None and failed and now.finished_at and newer.created_at:
        return newer.created_at <= now.finished_at
    return newer is not None or _is_taken_over(seen)


def _is_taken_over(seen: Seen) -> bool:
    """Return whether the service runs another revision than ours, and nobody rolled ours back."""
    if seen.service is None or seen.rolls_back or seen.asked.shown < (seen.stopped_since or 0.0):
        return False
    return seen.service.task_definition not in ("", seen.aim.task_definition)


def _why(seen: Seen) -> str:
    if seen.stop is not None and seen.stops_it:
        return next((each.cause for each in reversed(whole(seen))), seen.stop.why)
    return seen.deployment.rollback_reason or seen.deployment.reason


# ---- the end


def _too_few(seen: Seen) -> bool:
    """Return whether too few tasks run although ECS reports success: none was seen yet.

    The service is asked, since a finished deployment may no longer have counts.
    """
    now, service, asked = seen.deployment, seen.service, seen.asked
    if now.running >= now.requested:
        return False
    if asked.service < asked.deployment:
        return True
    return service is not None and asked.shown >= asked.service and service.running < service.desired


def _may_be_replaced(seen: Seen) -> bool:
    """Return whether what replaced ours may not be listed yet; not if ours failed, or was asked to stop."""
    now = seen.deployment
    explained = seen.asked_to_stop or seen.is_replaced or (now.threshold and now.failures >= now.threshold)
    return not explained and seen.at - (seen.stopped_since or 0.0) < LISTED_SECONDS


def _is_gone(seen: Seen) -> bool:
    """Return whether a deployment that is not shown was deleted with its service, and is not only new."""
    missing = seen.at - (seen.missing_since or 0.0)
    deleted = seen.service is not None and seen.service.status in ("DRAINING", "INACTIVE")
    return missing > VISIBLE_SECONDS or (missing > GONE_SECONDS and deleted)


def _reached(seen: Seen, until: Until) -> bool:
    wanted, now = seen.deployment.requested, seen.deployment.running
    if until == "healthy" and seen.is_sample:
        return 0 < wanted <= now and bool(seen.live) and all(map(seen.is_proven, seen.live))
    good = sum(map(seen.is_proven, seen.live)) if until == "healthy" else max(now, sum(t.running for t in seen.live))
    return 0 < wanted <= good


# ---- giving up


def hopeless(seen: Seen) -> str:
    """Return why the deployment cannot succeed, "" while it may.

    One task proves it where no retry can help. Otherwise it takes several that failed for one cause, and none that
    runs may have lived longer than they did: it could be the one that succeeds.
    """
    after = seen.aim.give_up_after
    if after is None or seen.ever_healthy or not seen.deployment.ongoing:
        return ""
    if not seen.ours and any(map(hopeless_event, seen.refusals)):
        return "no retry can help"
    for failure in causes(seen):
        tasks = [task for task in failure.tasks if diagnose.counts_against(task)]
        if tasks and diagnose.hopeless(tasks[0], failure.log):
            return "no retry can help"
        if len(tasks) >= after and not _outlived(seen, tasks):
            failed = "tasks failed for the same cause" if len(tasks) > 1 else "task failed"
            return f"{len(tasks)} {failed}, and none was ever healthy"
    return ""


def _outlived(seen: Seen, failed: list[Task]) -> bool:
    """Return whether a task runs that is older than each of `failed` became."""
    longest = max(map(_lived, failed))
    ages = (seen.at - seen.running_since.get(task.arn, seen.at) for task in seen.live if task.running)
    return any(age > longest + 1 for age in ages)


def _lived(task: Task) -> float:
    ended = task.stopping_at or task.stopped_at
    return (ended - task.started_at).total_seconds() if ended and task.started_at else 0.0


def _others(seen: Seen) -> list[Deployment]:
    """Return the service's other deployments: what it would go back to is among them."""
    of_service = seen.service.deployments if seen.service is not None else ()
    if seen.aim.started_by:
        return [each for each in of_service if each.id != seen.aim.started_by]
    return [each for each in of_service if each.task_definition != seen.aim.task_definition]


def _back_to(seen: Seen) -> str | None:
    """Return the task definition that still serves; None if the service never had another."""
    others = [each for each in _others(seen) if each.task_definition]
    if others:
        return max(others, key=lambda each: each.running).task_definition
    now = seen.deployment
    return "" if seen.service is None or now.source_revisions or now.rollback_revision else None


def _has_gone_back(seen: Seen) -> bool:
    """Return whether ECS has accepted the rollback, and the old tasks are seen to serve."""
    if not (seen.rolls_back and (seen.leaves_a_rollback or seen.is_replaced)):
        return False
    if seen.asked_to_stop or seen.service is None or not is_explained(seen):
        return False
    ended = seen.deployment.status == "STOPPED" and not seen.is_replaced
    if ended and (seen.newer is not None or _may_be_replaced(seen)):
        return False
    tried = seen.stop.at if seen.stop is not None else 0.0
    since = tried if seen.rolling_back_since is None else seen.rolling_back_since
    return seen.asked.shown >= since and sum(each.running for each in _others(seen)) >= _enough(seen)


def _serves(seen: Seen) -> str:
    serving, service = max(_others(seen), key=lambda each: each.running), seen.service
    desired = service.desired if service is not None else serving.desired
    return f"{short_name(serving.task_definition)}, {serving.running} of {desired} tasks run"


def _enough(seen: Seen) -> int:
    """Return how many tasks have to run: as many as the service says at least, and one in any case.

    All of them, if it is waited until the rollback is over.
    """
    service = seen.service
    if service is None or not seen.leaves_a_rollback:
        return service.desired if service is not None else 1
    rules: Any = service.raw.get("deploymentConfiguration") or {}
    percent = rules.get("minimumHealthyPercent")
    return max(1, ceil(service.desired * (100 if percent is None else percent) / 100))
