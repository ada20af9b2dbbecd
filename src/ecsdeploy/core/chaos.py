"""Chaos arithmetic: which task may be stopped, how long healing took, and what users saw meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ecsdeploy.core.service import Service
from ecsdeploy.core.task import Task
from ecsdeploy.errors import Refused


@dataclass(frozen=True)
class Sample:
    """One request of the probe: `at` is seconds since the stop; `problem` is "" when it was answered well."""

    at: float
    seconds: float
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What users saw: requests, failures, and the longest stretch in which nothing was answered (seconds)."""

    requests: int
    failed: int
    longest_outage: float
    first_problem: str = ""


def require_steady(service: Service) -> None:
    """Raise `Refused` while a deployment is in flight: the result would say nothing about either."""
    primary = service.primary
    if len(service.deployments) > 1 or (primary is not None and primary.rollout_state == "IN_PROGRESS"):
        raise Refused(
            f"A deployment of {service.name} is in flight.",
            why="Stopping a task now could make it fail.",
            fix="Wait until it is done, then run the same command again.",
        )


def choose(tasks: Sequence[Task], protected: Collection[str], wanted: str) -> Task:
    """Return the task to stop: the one whose id begins with `wanted`, else the oldest that is not protected.

    Raises `Refused`.
    """
    running = sorted((t for t in tasks if t.running), key=lambda t: str(t.started_at or t.created_at))
    if wanted:
        found = [task for task in running if task.id.startswith(wanted.rsplit("/", 1)[-1])]
        if len(found) != 1:
            raise Refused(
                f"{'No' if not found else 'More than one'} running task begins with {wanted!r}.",
                why="Running: " + ", ".join(task.id[:12] for task in running) + ".",
                fix="Give more of its id, or leave --task out.",
            )
        if found[0].arn in protected:
            raise Refused(
                f"Task {found[0].id[:12]} is protected.",
                why="Its scale-in protection is on, so somebody relies on it.",
                fix="Choose another task, or leave --task out.",
            )
    else:
        found = [task for task in running if task.arn not in protected]
        if not found:
            raise Refused(
                "Every running task is protected.",
                why="Their scale-in protection is on.",
                fix="End the protection of one (`aws ecs update-task-protection`), then run the same command again.",
            )
    chosen = found[0]
    if len(running) > 1 and chosen.healthy and sum(task.healthy for task in running) == 1:
        raise Refused(
            f"Task {chosen.id[:12]} is the last healthy one.",
            why=f"{len(running)} tasks run, and only this one passes its health check.",
            fix="Find out why the others are not healthy (`ecsdeploy logs`), then run the same command again.",
        )
    return chosen


def summarise(samples: Sequence[Sample]) -> Seen:
    """Return what the probe's requests say, in the order in which they were made."""
    longest = began = 0.0
    out = False
    for sample in samples:
        if sample.problem and not out:
            out, began = True, sample.at
        if out:
            longest = max(longest, sample.at + (sample.seconds if sample.problem else 0.0) - began)
        if not sample.problem:
            out = False
    failed = [sample for sample in samples if sample.problem]
    return Seen(
        requests=len(samples),
        failed=len(failed),
        longest_outage=longest,
        first_problem=failed[0].problem if failed else "",
    )
