"""Waits for other deployments of the service, as `--if-busy wait` asks for.

What was decided before the wait is of no use after it: the account is read again, and decided again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.config.duration import text_of
from ecsdeploy.core.account import Account, ServiceSeen
from ecsdeploy.core.busy import IfBusy, in_words, still_busy, whose
from ecsdeploy.core.plan import Plan
from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.core.verdict import Kind, judge
from ecsdeploy.errors import Busy
from ecsdeploy.events import Note, Step
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.runtime import Watcher

T = TypeVar("T")

EVERY_SECONDS = 3.0
"""Between two looks: half as often as at a deployment of one's own, since nobody waits for its cause."""
TELL_SECONDS = 30.0
GONE_SECONDS = 10.0
"""A deployment that is not shown for so long was deleted with its service."""

ENDS: dict[Kind, str] = {
    "succeeded": "succeeded",
    "empty": "is over; the service is set to run no task",
    "rolled-back": "failed, and ECS rolled back to what ran before",
    "stopped": "was stopped before it was done",
    "superseded": "was replaced by a newer one",
    "failed": "failed, and was not rolled back",
}


def waits_first(account: Account, plan: Plan, if_busy: IfBusy) -> Iterator[Note]:
    """Yield what `deploy` does before it does what was planned, if it has to wait."""
    if if_busy == "wait" and plan.awaited.until != "flight" and (facts := _in_the_way(account)) is not None:
        yield Note(f"`deploy` first waits for the end of {facts}, then reads and decides again.")


def builds_meanwhile(account: Account, if_busy: IfBusy) -> Iterator[Note]:
    """Yield what another deployment means to a build: it is not waited for until the image is there."""
    if if_busy == "wait" and (facts := _in_the_way(account)) is not None:
        yield Note(f"The image is built meanwhile: the service still has {facts}.")


def _in_the_way(account: Account) -> str | None:
    seen = account.service
    if seen is None or seen.in_flight is None:
        return None
    return _named(seen, whose(seen.in_flight, account.flying, account.at))


def _named(seen: ServiceSeen, facts: str) -> str:
    of = f" of {short_name(seen.flying_to)}" if seen.flying_to else ""
    return f"the deployment{of} in flight" + (f" ({facts})" if facts else "")


@dataclass
class Turn:
    """The wait for one's turn: `seconds` at most, for all the deployments that come before.

    `ecs` is the gateway to the target's cluster, if there is one already.
    """

    run: Watcher
    target: Target
    if_busy: IfBusy
    seconds: int
    ecs: Ecs | None = None
    _deadline: float | None = field(default=None, init=False)

    def take(self, decide: Callable[[Account], T], account: Account, read: Callable[[], Account]) -> T:
        """Return what `decide` makes of the account once no other deployment is in its way.

        Raises its `Busy` where that is not to be waited for, or was waited for too long, and whatever else it raises.
        """
        while True:
            try:
                return decide(account)
            except Busy:
                if self.if_busy != "wait" or account.service is None or account.service.in_flight is None:
                    raise
            account = self._after(account, account.service, account.service.in_flight, read)

    def _after(
        self, account: Account, seen: ServiceSeen, flying: ServiceDeployment, read: Callable[[], Account]
    ) -> Account:
        """Return the account as it is when `flying` is over, having told how that ended."""
        facts = whose(flying, account.flying, account.at)
        if self._deadline is None:
            self._deadline = self.run.clock.monotonic() + self.seconds
        self.run.report(Step(f"Waiting up to {text_of(self.seconds)} for {_named(seen, facts)}"))
        ecs = self.ecs or Ecs(self.run.aws, self.target.names.cluster)
        if not flying.arn.startswith("arn:"):
            ecs.take_older_view(seen.service.name)
        wait = _Wait(self.run, ecs, flying)
        try:
            ended = wait.until_over(self._deadline)
        except DeadlineReached:
            raise still_busy(seen.service.name, wait.now, whose(flying, account.flying), self.seconds) from None
        after = read()
        self.run.report(Note(f"{_ended(ended, seen, after)}. Reading and deciding again."))
        return after


def _ended(ended: ServiceDeployment | None, seen: ServiceSeen, after: Account) -> str:
    """Return how a deployment that is over ended; None is one that is gone."""
    of = f" of {short_name(seen.flying_to)}" if seen.flying_to else ""
    newest = after.service.last if after.service is not None else None
    newer = ended is not None and newest is not None and newest.arn != ended.arn
    verdict = judge(ended, newer=newer) if ended is not None else None
    if verdict is None:
        return f"The other deployment{of} is gone"
    because = verdict.reason.rstrip(".") if verdict.kind != "succeeded" else ""
    return f"The other deployment{of} {ENDS[verdict.kind]}" + (f": {because}" if because else "")


@dataclass
class _Wait:
    """The wait for the end of one deployment; `now` is how it was seen last."""

    run: Watcher
    ecs: Ecs
    now: ServiceDeployment

    def __post_init__(self) -> None:
        self._began = self._seen = self.run.clock.monotonic()
        self._told, self._told_at = _counts(self.now), self._began

    def until_over(self, deadline: float) -> ServiceDeployment | None:
        """Return how it ended, None if ECS no longer shows it. Raises `DeadlineReached`."""
        read = lambda: self.ecs.deployment(self.now.arn)  # noqa: E731 - what is read, in a word
        return poll(read, self._judge, clock=self.run.clock, every=EVERY_SECONDS, deadline=deadline)[0]

    def _judge(self, now: ServiceDeployment | None) -> tuple[ServiceDeployment | None] | None:
        clock = self.run.clock.monotonic()
        if now is None:
            return (None,) if clock - self._seen > GONE_SECONDS else None
        self.now, self._seen = now, clock
        if not now.ongoing:
            return (now,)
        counts = _counts(now)
        if counts != self._told or clock - self._told_at >= TELL_SECONDS:
            self._told, self._told_at = counts, clock
            self.run.report(Note(f"Waiting for {in_words(timedelta(seconds=clock - self._began))}: {counts}."))
        return None


def _counts(now: ServiceDeployment) -> str:
    failed = f", {now.failures} failed" if now.failures else ""
    return f"it is {now.status}, {now.running} of {now.requested} tasks run{failed}"
