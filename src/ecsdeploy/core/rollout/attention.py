"""What is worth asking next, and when: the fewest calls that show a failure, and the end, soon enough.

While nothing can change, looks are rare: tasks are being started, or have to run for a while to count as healthy. They
are frequent just after tasks have started, while they fail, and when the end is near. ECS accepts more (20 calls a
second for the whole account, "Request throttling"), but it is not only ours.
"""

from __future__ import annotations

from math import ceil

from ecsdeploy.core.diagnose import fingerprint
from ecsdeploy.core.rollout.evidence import has_log
from ecsdeploy.core.rollout.seen import KNOWN, Ask, Seen
from ecsdeploy.core.task import Task

END, END_SECONDS = 1.0, 8.0
"""Seconds between two looks when the deployment can end at any moment; if that takes longer, they become fewer."""
ENDING = 2.0
FAILING = 1.5
PROVISIONING, PENDING, UNSEEN = 4.0, 3.0, 1.5
RUNNING_LEAST, RUNNING_MOST, STRETCHED = 2.2, 7.0, 1.25
EARLY = 0.3
"""How long before the moment when the tasks count as healthy the first look is."""
RECORD_SECONDS, LATE_RECORD_SECONDS = 20.0, 4.0
"""How long the deployment's own record may go unasked while its tasks are looked at: it may be replaced. Less once
their first check is overdue: it may be over."""
NO_TASK_SECONDS, MESSAGES_EVERY = 5.0, 15.0
"""When, and how often, the service's events are asked why no task is there, or why tasks fail."""
COUNT_EVERY, GONE_SECONDS = 5.0, 4.0
LISTS_EVERY, LISTS_SELDOM = 2.0, 15.0
LOG_READS, LOG_EVERY = 5, 2.0
LOGS_AT_ONCE = 5
"""How many logs are read side by side: GetLogEvents takes 10 to 30 a second, for the whole account."""
EXPLAIN_SECONDS = 30.0
"""How long a verdict waits for its explanation, where AWS does not answer."""
BURST, EXPLAINING = 6, 3
"""How many calls may be sent ahead of one a second; and so many more to explain what is over."""


def attention(seen: Seen) -> Ask:
    """Return what to ask next, never more than a call a second on average."""
    ask = _worth(seen)
    if not cost(ask) and not ask.logs:
        ask = Ask(after=max(ask.after, END), deployment=True)
    return _affordable(seen, ask, BURST)


def _affordable(seen: Seen, ask: Ask, ahead: int) -> Ask:
    return ask.later(max(ask.after, seen.spent + cost(ask) - ahead - seen.at))


def explains(seen: Seen) -> Ask | None:
    """Return what could still say why a deployment failed that is over; None if that was asked."""
    if logs := tuple(_unread(seen)[:LOGS_AT_ONCE]):
        return Ask(logs=logs)
    if is_explained(seen):
        return None
    return _affordable(seen, Ask(service=True, listed=True, stopped=True, tasks=_open(seen)), BURST + EXPLAINING)


def is_explained(seen: Seen) -> bool:
    """Return whether it is known why the deployment fails, or all was asked that could say it since it does."""
    begun = seen.turns.over if seen.turns.rolling_back is None else seen.turns.rolling_back
    known = 0 < len(seen.failed) >= seen.deployment.failures
    late = begun is not None and seen.at - begun > EXPLAIN_SECONDS
    return known or seen.blind or late or seen.asked.stopped >= (begun or 0.0)


def cost(ask: Ask) -> int:
    """Return how many calls to ECS `ask` makes."""
    described = max(ceil(len(ask.tasks) / KNOWN), 1 if ask.listed or ask.stopped else 0)
    return ask.deployment + ask.service + ask.listed + ask.stopped + ask.newer + described


def _worth(seen: Seen) -> Ask:
    if logs := tuple(_unread(seen)[:LOGS_AT_ONCE]):
        return Ask(logs=logs, deployment=seen.asked.deployment < seen.failed_at)
    if seen.stop is not None and seen.stops_it and seen.asked.deployment < seen.stop.at:
        return Ask(deployment=True, service=True)
    if (at_once := _uncovered(seen)) is not None:
        return at_once
    pause = _pause(seen)
    at = seen.at + pause
    tasks = _open(seen) if _tells_by_tasks(seen) else ()
    is_late = _is_late(seen)
    record = at - seen.asked.deployment >= (LATE_RECORD_SECONDS if is_late else RECORD_SECONDS)
    if record and is_late:
        tasks = ()  # by turns
    return Ask(
        after=pause,
        deployment=not tasks or record or seen.failing,
        service=_asks_service(seen, at),
        tasks=tasks,
        newer=seen.turns.stopped is not None and not seen.is_replaced,
        logs=tuple(_grown(seen, at)),
    )


def _is_late(seen: Seen) -> bool:
    """Return whether all tasks run for so long that their health may tell nothing: ECS may have ended it already."""
    running = bool(seen.live) and all(task.running for task in seen.live)
    return running and not seen.failing and seen.due - seen.at <= -END_SECONDS


def _pause(seen: Seen) -> float:
    """Return the seconds until the next look."""
    if seen.rolls_back or seen.turns.stopped is not None or not seen.deployment.ongoing:
        return END if seen.at - (seen.turns.rolling_back or 0.0) < END_SECONDS * 2 else ENDING
    if seen.failing:
        return FAILING
    live = seen.live
    if not live:
        return UNSEEN if seen.at < MESSAGES_EVERY else PENDING
    running = [task for task in live if task.running]
    counted = seen.deployment.running if seen.is_sample else len(running)
    if len(running) < len(live) or counted < seen.deployment.requested:
        starting = PROVISIONING if all(task.status == "PROVISIONING" for task in live) else PENDING
        return min(starting, _while_running(seen)) if running else starting
    left = seen.due - seen.at
    if left <= 0 or all(map(seen.is_healthy, live)):
        return END if left > -END_SECONDS else ENDING
    pause, until_due = _while_running(seen), max(left - EARLY, END)
    return until_due if until_due <= pause * STRETCHED else pause


def _while_running(seen: Seen) -> float:
    """Return the pause while tasks run: most of those that fail do so soon after they have started."""
    age = seen.at - max(seen.running_since.values(), default=seen.at)
    return min(max(1.1 + 0.42 * age, RUNNING_LEAST), RUNNING_MOST)


def _tells_by_tasks(seen: Seen) -> bool:
    """Return whether the tasks say more than the deployment's counts.

    Once all run, a count falls as soon as one of them fails; only its health is not counted.
    """
    if seen.rolls_back or not seen.deployment.ongoing or seen.blind:
        return False
    live = seen.live
    starts = any(not task.running for task in live)
    unhealthy = seen.aim.checked and not all(map(seen.is_healthy, live))
    return (bool(live) and (starts or unhealthy)) or seen.failing


def _open(seen: Seen) -> tuple[str, ...]:
    """Return the tasks of which something is still open: those that start or stop before those that run."""
    mine = [task for task in seen.ours if task.status != "STOPPED"]
    mine.sort(key=lambda task: (task.running and seen.is_healthy(task), task.running))
    return tuple(task.arn for task in mine[:KNOWN])


def _uncovered(seen: Seen) -> Ask | None:
    """Return what to ask at once: the counts speak of tasks that are not known, or of a change that tasks explain."""
    now, known, asked = seen.deployment, seen.live, seen.asked
    if seen.blind or not now.ongoing or asked.deployment < asked.tasks:
        return None
    if seen.rolls_back:
        return None if is_explained(seen) else Ask(service=True, listed=True, stopped=True, tasks=_open(seen))
    some = now.running + now.pending
    if known and asked.deployment > asked.tasks and seen.counts != seen.described_with:
        return Ask(tasks=_open(seen))
    failed = now.failures > len(seen.failed)
    fewer = some < now.requested and asked.listed >= 0
    enough = len(known) >= KNOWN or (seen.is_sample and bool(known) and asked.fruitless > 0)
    if not (failed or fewer or (some > len(known) and not enough)):
        return None
    wait = max(0.0, asked.listed + min(LISTS_EVERY * (1 + asked.fruitless), LISTS_SELDOM) - seen.at)
    if wait > _pause(seen):
        return None
    return Ask(after=wait, listed=True, stopped=failed or fewer or seen.failing, deployment=wait > 0, tasks=_open(seen))


def _asks_service(seen: Seen, at: float) -> bool:
    since = at - seen.asked.service
    if seen.rolls_back:
        return since >= (FAILING if seen.leaves_a_rollback or seen.is_replaced else MESSAGES_EVERY)
    if not seen.deployment.ongoing or seen.turns.missing is not None:
        return since >= COUNT_EVERY
    unexplained = not seen.tasks and at >= NO_TASK_SECONDS
    return (unexplained or seen.failing) and since >= MESSAGES_EVERY


def _unread(seen: Seen) -> list[Task]:
    """Return a failed task of each kind whose log nobody asked for yet."""
    failed = [task for task in seen.failed if has_log(task)]
    read = {fingerprint(task) for task in failed if task.arn in seen.logs}
    found = {fingerprint(task): task for task in reversed(failed)}
    return [task for kind, task in found.items() if kind not in read]


def _grown(seen: Seen, at: float) -> list[Task]:
    """Return the failed tasks whose log was empty, and may not be any more: it arrives after the container's end."""
    failed = [task for task in seen.failed if task.arn in seen.logs]
    logs = [(task, seen.logs[task.arn]) for task in failed]
    return [task for task, log in logs if not log.lines and log.reads < LOG_READS and at - log.at >= LOG_EVERY]
