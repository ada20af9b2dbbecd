"""`ecsdeploy rollback`: the service goes back to a revision that ran before, watched to its verdict."""

from __future__ import annotations

from dataclasses import replace

from ecsdeploy.asked import ask
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.account import Account, ServiceSeen
from ecsdeploy.core.busy import IfBusy, busy, is_rollback
from ecsdeploy.core.ownership import no_service, require_deployable
from ecsdeploy.core.plan import Plan, make_plan
from ecsdeploy.core.rollback import (
    Asked,
    Goal,
    came_back,
    missing,
    nothing_older,
    older,
    parse_to,
    require_usable,
)
from ecsdeploy.core.rollout.seen import Until
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.core.trip import Trip
from ecsdeploy.core.upkeep import FILL
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.events import Output
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.busy import Turn
from ecsdeploy.workflow.carry_out import applier, consent, replanning
from ecsdeploy.workflow.goal import Finder, Past
from ecsdeploy.workflow.read import Need, read
from ecsdeploy.workflow.watch import watch


def rollback(
    run: Run, target: Target, to: str | None, *, timeout: int | None, until: Until = "stable", if_busy: IfBusy = "fail"
) -> Verdict:
    """Go back to the revision `to` (None: the last older one that succeeded); return the verdict, which was reported.

    Watches for `timeout` seconds at most, None means the config's. `until` is what is waited for, `if_busy` what to do
    about a deployment in flight. Raises `Refused`, `Busy`, `UsageError`.
    """
    asked = parse_to(to, target.names.family) if to is not None else None
    seconds = timeout if timeout is not None else target.config.service.timeout

    def account() -> Account:
        return read(run.aws, target, run.clock, Need(parts=("service",), running=False, flight=True))

    def decided(found: Account) -> tuple[Trip, Wanted, Plan]:
        if found.service is None:
            raise no_service(target)
        require_deployable(found.service.service, target.tags, adopt=False)
        trip = Chart(run, target, found, found.service, if_busy).trip(asked)
        wanted = replace(trip.wanted(), if_busy=if_busy).in_turn
        return trip, wanted, make_plan(wanted, found, FILL)

    trip, wanted, plan = Turn(run, target, if_busy, seconds).take(decided, account(), account)
    run.report(Output("image", trip.goal.revision.image(target.names.container)))
    if plan.steps:
        require_usable(target, trip.goal)
        run.report(*trip.lines())
    consent(run, plan.decisions)
    applied = applier(run, target, FILL, replanning(wanted, FILL, account)).apply(plan)
    return watch(run, target, applied.awaited, applied, timeout=seconds, until=until, says=trip.says())


class Chart:
    """Where a service can go back to."""

    def __init__(self, run: Run, target: Target, account: Account, seen: ServiceSeen, if_busy: IfBusy) -> None:
        self._run, self._target, self._account, self._seen = run, target, account, seen
        self._supersedes = if_busy == "supersede"
        self._ecs = Ecs(run.aws, target.names.cluster)
        self._past = Past(self._ecs, seen)

    def trip(self, asked: Asked | None) -> Trip:
        """Return the way to what is named (None: to the last older revision that succeeded).

        Raises `Refused`, `UsageError`, and `Busy` if nothing is older than what a deployment in flight replaces.
        """
        finder, runs = Finder(self._run, self._target, self._ecs), self._seen.service.task_definition
        current = ask(lambda: self._ecs.task_definition(runs))
        arn, failed = ("", "") if asked is not None else self._last()
        revision = finder.named(asked or Asked("revision", short_name(arn))) if arn != runs else current()
        if revision is None:
            raise missing(Asked("revision", short_name(runs)))
        lost = ask(lambda: finder.lost(revision)) if revision.arn != runs else str
        further = older(self._past, runs) if failed else None
        at, runs_at = self._past.when(revision.arn), self._past.when(runs)
        return Trip(
            target=self._target,
            seen=self._seen,
            goal=Goal(revision=revision, at=at, lost=lost()),
            now=self._run.clock.now(),
            runs=current(),
            runs_at=runs_at,
            failed=failed,
            further=further.task_definition if further is not None else "",
        )

    def _last(self) -> tuple[str, str]:
        """Return the ARN of what to go back to, and of what ECS has rolled back by itself (or "")."""
        seen, runs = self._seen, self._seen.service.task_definition
        if seen.last is not None and seen.last.status == "ROLLBACK_SUCCESSFUL":
            target = seen.last.target_revision
            failed = self._ecs.task_definitions_of([target]).get(target, "")
            if came_back(seen, failed):
                return runs, failed
        # While a deployment is in flight, the service names its target: the revision before succeeded last.
        ran = next(iter(self._past), None) if seen.in_flight is not None else None
        left = ran.task_definition if ran is not None else runs
        found = older(self._past, left)
        flying, joined = seen.in_flight, found is not None and found.task_definition == seen.flying_to
        if flying is not None and self._supersedes and not joined and seen.flying_to != left:
            if ran is not None and not is_rollback(flying):
                return left, ""  # what is in flight is what is to be left
            found = None  # ECS is on its way back, or there is nothing to go back to
        if found is not None:
            return found.task_definition, ""
        if flying is not None:
            told = self._account
            raise busy(self._target.names.service, flying, seen.flying_to, told.flying, told.at)
        raise nothing_older(self._target, left, self._past)
