"""Which tasks failed, which failures are one, what they say of their revision, and the card that shows a failure.

A task tells most of it long before it is STOPPED: its stop code, its reason and the exit codes of the containers that
have ended are there from the moment it is told to stop (ECS API, Task), so nothing here waits for the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from ecsdeploy.core.causes import ANYTHING, explain, explain_all, explain_event, hopeless_event, is_told, told_rule
from ecsdeploy.core.evidence import codes_of, container_line, culprit
from ecsdeploy.core.health_check import check_failed, container_check_failed
from ecsdeploy.core.log_choice import choose, telling
from ecsdeploy.core.log_signs import Found, read_log
from ecsdeploy.core.stopped_reasons import named
from ecsdeploy.core.subject import Subject
from ecsdeploy.core.task import Task
from ecsdeploy.events import FailureCard

__all__ = [
    "Failure",
    "Subject",
    "alike",
    "card",
    "counts_against",
    "culprit",
    "explain",
    "explain_event",
    "failures",
    "fingerprint",
    "hopeless",
    "hopeless_event",
    "together",
]

_ASKED_FOR = frozenset({"UserInitiated", "ServiceSchedulerInitiated", "SpotInterruption", "TerminationNotice"})
_PASSES = frozenset({*_ASKED_FOR, "InfrastructureHealth"})
_AT_THE_END = 5
"""So near to its end, what a log says is what ended the program, and nothing that it went on after."""


@dataclass(frozen=True)
class Failure:
    """Tasks that failed in the same way, the newest first, and the log of its failed container: lines, oldest first.

    `target` is the reason that the load balancer gives for the target's health (ELB API, TargetHealth.Description).
    """

    tasks: tuple[Task, ...]
    log: tuple[str, ...] = ()
    target: str = ""

    @property
    def signs(self) -> frozenset[object]:
        """Return what it is known by: failures that have one in common have one cause.

        Its tasks are, since a task that is looked at again has more to say, not another cause. Processes of one
        container that fall over the same error end with whatever code comes first; so, where a program ended by
        itself, what its log says counts as much as the code. A task that tells nothing yet is known by itself alone.
        """
        task, said = self.tasks[0], telling(self.log)
        failed = culprit(task)
        own = failed is not None and failed.exit_code not in (None, 0) and not is_told(task)
        return frozenset(
            {
                *(each.arn for each in self.tasks),
                *([fingerprint(task)] if failed is not None or is_told(task) or task.status == "STOPPED" else []),
                *([(failed.name, said)] if failed and own and said else []),
            }
        )


def failures(tasks: Iterable[Task]) -> list[Task]:
    """Return the tasks that stopped, or are stopping, because something is wrong, newest first.

    A task that is told to stop and says nothing yet may be one that is not needed any more.
    """
    wrong = [task for task in tasks if _has_stopped(task) and (task.stop_code not in _ASKED_FOR or check_failed(task))]
    return sorted(wrong, key=_when, reverse=True)


def _has_stopped(task: Task) -> bool:
    ended = any(container.exit_code is not None for container in task.containers)
    return bool(task.stop_code) or (task.desired_status == "STOPPED" and (ended or bool(task.stopped_reason)))


def _when(task: Task) -> datetime:
    return task.stopped_at or task.stopping_at or task.created_at or datetime.min.replace(tzinfo=UTC)


def hopeless(task: Task, log_lines: Sequence[str] = ()) -> bool:
    """Return whether no retry can mend what `task` failed of: it is missing, forbidden, or cannot run at all."""
    if not counts_against(task):
        return False
    if (told := told_rule(task)) is not None:
        return told[0].hopeless
    found = _log_of_failed(task, log_lines[-_AT_THE_END:])
    return found is not None and found.sign.hopeless


_FORBIDDEN = re.compile(r"not authorized|AccessDenied|unable to assume|role has the permissions", re.IGNORECASE)


def is_forbidden(task: Task) -> bool:
    """Return whether `task` failed for a lack of rights; IAM may not know everywhere yet what was granted just now."""
    told = told_rule(task)
    return told is not None and _FORBIDDEN.search(told[1]) is not None


def _log_of_failed(task: Task, log: Sequence[str]) -> Found | None:
    failed = culprit(task)
    if failed is None or failed.exit_code in (None, 0):
        return None
    return read_log(log, failed.exit_code, ANYTHING.part(failed.name))


def counts_against(task: Task) -> bool:
    """Return whether a failure of `task` says anything about its revision.

    What somebody asked for, what Fargate takes back, and a lack of capacity or addresses pass by themselves.
    """
    if check_failed(task):
        return True
    told = told_rule(task)
    return task.stop_code not in _PASSES and _has_stopped(task) and not (told and told[0].passes)


def card(failure: Failure, about: Subject = ANYTHING) -> FailureCard:
    """Return the card of a failure; its newest task is shown."""
    task, failed = failure.tasks[0], culprit(failure.tasks[0])
    found = explain_all(failure.tasks, failure.log, about, failure.target)
    check = about.part(failed.name if failed else about.container).check if container_check_failed(task) else None
    return FailureCard(
        task=task.id,
        stop_code=task.stop_code,
        stopped_reason=task.stopped_reason,
        containers=tuple(container_line(c, task, codes_of(failure.tasks, c)) for c in task.containers),
        cause=found.cause,
        fix=found.fix,
        log_lines=tuple(choose(failure.log)),
        times=len(failure.tasks),
        check=check.text if check else "",
        target_health=failure.target,
    )


@lru_cache(maxsize=2048)  # asked of every failed task at every look
def fingerprint(task: Task) -> tuple[object, ...]:
    """Return what is the same in tasks that failed in the same way, as far as ECS tells."""
    failed, told = culprit(task), told_rule(task)
    what: tuple[object, ...] = (task.stop_code,)
    if check_failed(task):
        what = ("health check",)
    elif told is not None:
        what = (told[0].pattern.pattern, named(told[0], told[1]))
    elif failed is not None:
        what = (failed.name, failed.exit_code)
    return *what, re.sub(r"[0-9a-f]{8,}|\d+", "*", task.stopped_reason)


def alike(tasks: Iterable[Task]) -> list[list[Task]]:
    """Return `tasks` grouped by what happened to them, in the order of the first of each group."""
    groups: dict[tuple[object, ...], list[Task]] = {}
    for task in tasks:
        groups.setdefault(fingerprint(task), []).append(task)
    return list(groups.values())


def together(failures: Iterable[Failure]) -> list[Failure]:
    """Return `failures`, those of one cause as one: with all their tasks, and the log that says most.

    Two looks at one task are one task, as the later look has it; so are failures that only a third one connects.
    """
    found: list[tuple[frozenset[object], Failure]] = []
    for each in failures:
        signs, merged = each.signs, each
        same = [known for known in found if known[0] & signs]
        for known_signs, known in reversed(same):
            signs, merged = signs | known_signs, _joined(known, merged)
        place = found.index(same[0]) if same else len(found)
        found = [known for known in found if known not in same]
        found.insert(place, (signs, merged))
    return [failure for _, failure in found]


def _joined(first: Failure, other: Failure) -> Failure:
    """Return both as one; the one whose log says more leads, the first if neither does."""
    latest = {task.arn: task for task in sorted((*first.tasks, *other.tasks), key=_told_so_far)}
    leads, follows = (other, first) if telling(other.log) and not telling(first.log) else (first, other)
    order = dict.fromkeys(task.arn for task in (*leads.tasks, *follows.tasks))
    return Failure(tuple(latest[arn] for arn in order), leads.log or follows.log, leads.target or follows.target)


def _told_so_far(task: Task) -> tuple[bool, int]:
    """Return how far a task is on its way to its end: of two looks at it, the later one has more."""
    return task.status == "STOPPED", sum(container.exit_code is not None for container in task.containers)
