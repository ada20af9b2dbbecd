"""What a user is told of a look at a deployment: only what is new, in the order in which it matters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ecsdeploy.core.card_news import more
from ecsdeploy.core.diagnose import Failure, alike, card, explain_event, together
from ecsdeploy.core.rollout.evidence import has_log
from ecsdeploy.core.rollout.seen import Seen, Snapshot
from ecsdeploy.core.rollout.told import Carded, Told
from ecsdeploy.core.task import Task
from ecsdeploy.core.task_state import task_state
from ecsdeploy.events import Event, FailureCard, Note, RolloutState, ServiceMessage, Warn

HEARTBEAT_SECONDS = 30.0
CARDS = 3
"""How many causes are shown; the others are counted by ECS."""


class Teller:
    """Collects what is news in `seen`; `told` is what has been told with it."""

    def __init__(self, seen: Seen, snapshot: Snapshot) -> None:
        self._seen, self._snapshot = seen, snapshot
        self.told: Told = seen.told
        self.events: list[Event] = []

    def tell(self) -> None:
        """Collect everything."""
        self._unreadable()
        self._messages()
        self._tasks()
        self._cards()
        self._counts()
        self._turns()

    def once(self, key: object, event: Event) -> None:
        """Tell `event`, unless one with this key was told before."""
        if key not in self.told.once:
            self.told = replace(self.told, once=self.told.once | {key})
            self.events.append(event)

    def _unreadable(self) -> None:
        for what in self._snapshot.unreadable:
            self.once(what, Warn(f"Some details of the deployment cannot be shown: {what}"))

    def _messages(self) -> None:
        """Tell the service's events, and once why no task is created: then no stopped task can tell."""
        service, since = self._snapshot.service, self._seen.deployment.created_at
        for event in reversed(service.events if service is not None else ()):
            if event.id in self.told.events or (since is not None and event.at < since):
                continue
            self.told = replace(self.told, events=self.told.events | {event.id})
            self.events.append(ServiceMessage(event.at, event.message))
            if found := explain_event(event.message):
                self.once(found, Warn(f"No task was started. {found.cause} {found.fix}"))

    def _tasks(self) -> None:
        for task in self._snapshot.tasks:
            state = (task.status, task.health)
            if self._seen.is_ours(task) and self.told.tasks.get(task.arn) != state:
                self.told = replace(self.told, tasks={**self.told.tasks, task.arn: state})
                self.events.append(task_state(task))

    def _cards(self) -> None:
        """Show each cause as soon as its log was asked for, and later what has become known since."""
        for failure in causes(self._seen)[:CARDS]:
            shown = card(failure, self._seen.aim.about)
            before = next((each for each in self.told.cards if each.signs & failure.signs), None)
            if before is None:
                self._carded(None, Carded(failure.signs, shown))
                self.events.append(shown)
            elif (news := more(before.card, shown)) is not None:
                self._carded(before, Carded(before.signs | failure.signs, shown))
                self.events.append(news)

    def _carded(self, before: Carded | None, now: Carded) -> None:
        cards = (now if each is before else each for each in self.told.cards)
        self.told = replace(self.told, cards=(*cards, *(() if before is not None else (now,))))

    def _counts(self) -> None:
        now, at = self._snapshot.deployment, self._seen.at
        if now is None:
            return
        counts = (now.status, now.requested, now.running, now.pending, now.failures)
        if counts == self.told.counts and at - self.told.counts_at < HEARTBEAT_SECONDS:
            return
        self.told = replace(self.told, counts=counts, counts_at=at)
        self.events.append(self._state())

    def _state(self) -> RolloutState:
        now = self._seen.deployment
        return RolloutState(
            deployment=now.id,
            status=now.status,
            desired=now.requested,
            running=now.running,
            pending=now.pending,
            failed=now.failures,
            threshold=now.threshold,
            stage=now.stage,
            elapsed=self._seen.at,
            # What was seen of the tasks is older than the end, and would contradict it.
            tasks=tuple(map(task_state, self._seen.live)) if now.ongoing else (),
        )

    def _turns(self) -> None:
        """Tell what the counts do not: that it is rolled back, was replaced, or is called a success too early."""
        seen, now = self._seen, self._seen.deployment
        if seen.turns.rolling_back is not None and seen.stop is None:
            why = now.rollback_reason or now.reason or ("asked for" if "REQUESTED" in now.status else "failed")
            self.once("rolling back", Note(f"Rolling back: {why}"))
        if seen.newer is not None:
            self.once("replaced", Note(f"Replaced by the deployment {seen.newer.id}."))
        service = self._snapshot.service
        if now.status == "SUCCESSFUL" and service is not None and service.running < service.desired:
            counts = f"{service.running} of {service.desired} tasks run"
            self.once("too few", Note(f"ECS reports {now.status}, but {counts}: waiting for the others."))


def causes(seen: Seen) -> list[Failure]:
    """Return the failures of our tasks whose logs were asked for, those of one cause as one; most tasks first."""
    known = [each for each in alike(seen.failed) if any(task.arn in seen.logs or not has_log(task) for task in each)]
    found = together(_failure(seen, group) for group in known)
    return sorted(found, key=lambda failure: len(failure.tasks), reverse=True)


def _failure(seen: Seen, group: list[Task]) -> Failure:
    """Return the group as one failure; its newest task that has a log is the one to show."""
    read = (task for task in group if task.arn in seen.logs and seen.logs[task.arn].lines)
    shown = next(read, group[0])
    log = seen.logs[shown.arn].lines if shown.arn in seen.logs else ()
    return Failure((shown, *(task for task in group if task is not shown)), log, _target_health(seen, group))


_UNHEALTHY = re.compile(r"(?:\(task (?P<task>\w+)\) )?\(port \d+\) is unhealthy in .*due to \(reason (?P<reason>.+)\)")
"""What ECS says of a target (Developer Guide, service event messages)."""


def _target_health(seen: Seen, group: list[Task]) -> str:
    """Return the load balancer's reason for the health of the tasks' targets, as the newest event has it; or ""."""
    if seen.service is None or not any("ELB health checks" in task.stopped_reason for task in group):
        return ""
    found = (_UNHEALTHY.search(event.message) for event in seen.service.events)
    ids = {task.id for task in group}
    return next((each["reason"] for each in found if each and (each["task"] is None or each["task"] in ids)), "")


def _refused(seen: Seen) -> Iterator[FailureCard]:
    """Yield why ECS could not create a task: then no task can tell."""
    for message in seen.refusals[-1:]:
        if (found := explain_event(message)) is not None:
            yield FailureCard("", "", message, (), found.cause, found.fix)


def whole(seen: Seen) -> tuple[FailureCard, ...]:
    """Return every card once more, with all that is known now; the cause of most tasks comes last."""
    found = [card(failure, seen.aim.about) for failure in causes(seen)[:CARDS]] or list(_refused(seen))
    return tuple(replace(each, part="whole") for each in reversed(found))
