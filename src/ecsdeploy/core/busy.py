"""A deployment in flight that is in the way: whose it is, why it is not interrupted, and what can be done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from ecsdeploy.config.duration import text_of
from ecsdeploy.config.tags import ACTOR, COMMIT, RUN
from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.task_definition import TaskDefinition, short_name
from ecsdeploy.errors import Busy

IfBusy = Literal["fail", "wait", "supersede"]
"""What a command does about it: refuse, decide again when it is over, or replace it at once."""

FRESH = timedelta(minutes=10)
"""A revision that was registered longer before its deployment was not registered by who deploys it."""
_DIGITS = 7


def is_rollback(flying: ServiceDeployment) -> bool:
    """Return whether it failed or was stopped, and ECS is about to go back to what ran before."""
    return "ROLLBACK" in flying.status or flying.status == "STOP_REQUESTED"


def whose(flying: ServiceDeployment, revision: TaskDefinition | None, now: datetime | None = None) -> str:
    """Return the commit, actor, CI run and age of a deployment of `revision`, as far as known: "" if nothing is.

    Without `now`, the age is left out.
    """
    age = _age(flying, now) if now is not None else ""
    return ", ".join(filter(None, (_who(flying, revision), _run(revision), age)))


def _who(flying: ServiceDeployment, revision: TaskDefinition | None) -> str:
    """Return the commit, and who registered the revision, which usually is who deploys it."""
    tags = revision.tags if revision is not None else {}
    by = "by" if _is_fresh(flying, revision) else "registered before by"
    actor = f"{by} {tags[ACTOR]}" if tags.get(ACTOR) else ""
    return " ".join(filter(None, (tags.get(COMMIT, "")[:_DIGITS], actor)))


def _run(revision: TaskDefinition | None) -> str:
    url = revision.tags.get(RUN, "") if revision is not None else ""
    return url if url.startswith("https://") else ""


def _age(flying: ServiceDeployment, now: datetime) -> str:
    return f"{in_words(now - flying.created_at)} old" if flying.created_at is not None else ""


def _is_fresh(flying: ServiceDeployment, revision: TaskDefinition | None) -> bool:
    at = revision.registered_at if revision is not None else None
    return at is None or flying.created_at is None or flying.created_at - at <= FRESH


def in_words(time: timedelta) -> str:
    """Return a time to the second, or from an hour on to the minute: `2 min 10 s`; a negative one is `0 s`."""
    minutes, seconds = divmod(max(0, int(time.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def busy(
    service: str,
    flying: ServiceDeployment,
    to: str,
    revision: TaskDefinition | None = None,
    now: datetime | None = None,
) -> Busy:
    """Return the refusal to interrupt `flying`, a deployment of the task definition `to` ("" if not known).

    `revision` is that task definition, whose tags say whose the deployment is.
    """
    who, run, age = _who(flying, revision), _run(revision), _age(flying, now) if now is not None else ""
    by = f": {who}" if who else ""
    of = f"{flying.id} of {short_name(to)}" if to else flying.id
    so = f"{flying.status}{f', {age}' if age else ''}{f': {run}' if run else '.'}"
    if is_rollback(flying):
        return Busy(
            f"{service} is being rolled back{by}.",
            why=f"{of} failed or was stopped, and is {so}",
            fix="Wait for ECS to finish: with --if-busy wait, or by running the same command again later.",
        )
    stop = f"aws ecs stop-service-deployment --service-deployment-arn {flying.arn}"
    return Busy(
        f"Another deployment of {service} is in flight{by}.",
        why=f"{of} is {so}",
        # An ECS that keeps no service deployments gives only an id, and has no call that stops one.
        fix="Wait for it with --if-busy wait, or replace it at once with --if-busy supersede"
        + (f"; or stop it, which rolls it back: `{stop}`." if flying.arn.startswith("arn:") else "."),
    )


def still_busy(service: str, flying: ServiceDeployment, facts: str, seconds: int) -> Busy:
    """Return the refusal after `seconds` of waiting for deployments in flight, of which `flying` is the last."""
    known = f": {facts}" if facts else ""
    return Busy(
        f"{service} is still busy after {text_of(seconds)}{known}.",
        why=f"{flying.id} is {flying.status}, and --timeout says how long to wait for it.",
        fix="Wait longer with --timeout, or replace it with --if-busy supersede.",
    )


def replaces(service: str, flying: ServiceDeployment, facts: str) -> str:
    """Return the warning that `flying` is replaced, and what that means.

    ECS has nothing to roll back to while it rolls back: what it goes back to is in progress again (Developer Guide,
    "How the Amazon ECS deployment circuit breaker detects failures": a candidate is COMPLETED).
    """
    known = f" ({facts})" if facts else ""
    if is_rollback(flying):
        return (
            f"{service} is being rolled back{known}, and this does not wait for the end: if it fails as well, "
            "ECS may have nothing to roll back to."
        )
    return (
        f"This replaces the deployment of {service} that is in flight{known}: "
        "an ecsdeploy that watches it ends with exit code 7."
    )
