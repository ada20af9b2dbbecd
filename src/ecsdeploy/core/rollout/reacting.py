"""What follows from what was seen of a deployment: go on, stop it, or it is over."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ecsdeploy.core.rollout.attention import GONE_SECONDS, attention, explains
from ecsdeploy.core.rollout.giving_up import why_give_up
from ecsdeploy.core.rollout.going_back import back_to, has_gone_back, may_be_replaced, serves
from ecsdeploy.core.rollout.seen import Ask, Seen, Stopped, Until
from ecsdeploy.core.rollout.telling import causes, whole
from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.verdict import Verdict, judge

VISIBLE_SECONDS = 60.0
"""How long ECS may take to show a deployment that it has started."""
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
    if seen.turns.missing is not None and _is_gone(seen):
        return Gone()
    verdict = _verdict(seen)
    if verdict is not None:
        return _over(seen, verdict)
    if _may_stop(seen) and (why := why_give_up(seen)):
        fresh = seen.asked.deployment >= seen.failed_at
        return Stop(why, back_to(seen)) if fresh else GoOn(Ask(deployment=True))
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
    if verdict.kind == "failed" and _is_left_failed(seen) and (back := back_to(seen)):
        if seen.asked.service < (seen.turns.stopped or 0.0):
            return GoOn(Ask(service=True))
        return Stop("ECS ended the deployment without a rollback", back) if _may_try(seen) else GoOn(attention(seen))
    return Done(replace(verdict, cards=whole(seen)))


def _verdict(seen: Seen) -> Verdict | None:
    now = seen.deployment
    if seen.turns.missing is not None:
        return None
    if has_gone_back(seen):
        return Verdict(
            kind="rolled-back", reason=_why(seen), deployment=now, under_way=now.ongoing, serves=serves(seen)
        )
    if now.ongoing:
        return _so_far(seen)
    if now.status == "STOPPED" and seen.newer is None and may_be_replaced(seen):
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


def _ended(seen: Seen) -> Verdict | None:
    """Return the verdict on a deployment that is over."""
    verdict = judge(seen.deployment, newer=_is_superseded(seen), asked_to_stop=seen.turns.asked_to_stop)
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
    failed = 0 < now.threshold <= now.failures and seen.turns.rolling_back is None
    if newer is not None and failed and now.finished_at and newer.created_at:
        return newer.created_at <= now.finished_at
    return newer is not None or _is_taken_over(seen)


def _is_taken_over(seen: Seen) -> bool:
    """Return whether the service runs another revision than ours, and nobody rolled ours back."""
    if seen.service is None or seen.rolls_back or seen.asked.shown < (seen.turns.stopped or 0.0):
        return False
    return seen.service.task_definition not in ("", seen.aim.task_definition)


def _why(seen: Seen) -> str:
    if seen.stop is not None and seen.stops_it:
        return next((each.cause for each in reversed(whole(seen))), seen.stop.why)
    return seen.deployment.rollback_reason or seen.deployment.reason


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


def _is_gone(seen: Seen) -> bool:
    """Return whether a deployment that is not shown was deleted with its service, and is not only new."""
    missing = seen.at - (seen.turns.missing or 0.0)
    deleted = seen.service is not None and seen.service.status in ("DRAINING", "INACTIVE")
    return missing > VISIBLE_SECONDS or (missing > GONE_SECONDS and deleted)


def _reached(seen: Seen, until: Until) -> bool:
    wanted, now = seen.deployment.requested, seen.deployment.running
    if until == "healthy" and seen.is_sample:
        return 0 < wanted <= now and bool(seen.live) and all(map(seen.is_proven, seen.live))
    good = sum(map(seen.is_proven, seen.live)) if until == "healthy" else max(now, sum(t.running for t in seen.live))
    return 0 < wanted <= good


def _is_left_failed(seen: Seen) -> bool:
    """Return whether ECS stopped the deployment for its failures and rolled nothing back: rollback is off."""
    gives_up = seen.aim.give_up_after is not None and (seen.stop is None or seen.stop.again)
    return gives_up and seen.deployment.status == "STOPPED" and bool(causes(seen))


def _is_left(seen: Seen, stop: Stopped) -> bool:
    """Return whether the deployment failed, has nothing to go back to, and ECS does not end it."""
    refused = not stop.accepted and not stop.again
    return back_to(seen) is None and (refused or seen.at - stop.at > LEFT_SECONDS)
