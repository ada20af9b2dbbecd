"""Waits until the desired number of tasks runs, if no deployment was started that could be judged."""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.counting import Awaits, judge_count, still
from ecsdeploy.core.diagnose import failures
from ecsdeploy.core.saying import DEPLOYS, Saying
from ecsdeploy.core.service import Service, ServiceDeployment
from ecsdeploy.core.target import Target
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.events import Note
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.runtime import Watcher
from ecsdeploy.workflow.failures import as_last, dying, failure_cards, stopped_tasks
from ecsdeploy.workflow.sight import POLL_SECONDS, in_sight


@dataclass(frozen=True)
class Counted:
    """How a wait for tasks ended, and the service as last seen."""

    verdict: Verdict
    service: Service


def await_count(
    run: Watcher,
    target: Target,
    ecs: Ecs,
    service: Service,
    task_definition: str,
    *,
    timeout: float,
    last: ServiceDeployment | None = None,
    says: Saying = DEPLOYS,
) -> Verdict:
    """Return how the wait for the tasks of a revision ended, at most `timeout` seconds; the outcome is not reported.

    `last` is the service's newest deployment: what of its tasks has ended since is looked at.
    """
    wanted = Awaits(count=service.desired, task_definition=task_definition)
    counted = wait_for_tasks(run, target, ecs, service, wanted, timeout=timeout, says=says)
    verdict = counted.verdict
    if verdict.kind == "succeeded":
        return dying(run, target, ecs, counted.service, last=last, task_definition=task_definition) or verdict
    return verdict


def wait_for_tasks(
    run: Watcher, target: Target, ecs: Ecs, service: Service, wanted: Awaits, *, timeout: float, says: Saying
) -> Counted:
    """Return how the wait for the service's tasks ended, at most `timeout` seconds; reports their number."""
    last, told = service, service.running
    began = run.clock.monotonic()

    def reached(now: Service | None) -> Verdict | None:
        nonlocal last, told
        last = now or last
        verdict = judge_count(now, wanted, waited=run.clock.monotonic() - began)
        if verdict is None and last.running != told:
            told = last.running
            run.report(Note(still(last.running, wanted.count)))
        return verdict

    try:
        with in_sight(f"the tasks of {service.name}", says):
            verdict = poll(
                lambda: ecs.service(service.name),
                reached,
                clock=run.clock,
                every=POLL_SECONDS,
                deadline=began + timeout,
            )
    except DeadlineReached:
        cards = as_last(failure_cards(run, target, ecs, failures(stopped_tasks(ecs, service))))
        verdict = Verdict(kind="timed-out", reason=f"{last.running} of {last.desired} run", cards=cards)
    return Counted(verdict, last)
