"""Waiting until as many tasks run as are desired, where no deployment was started that could be judged."""

from __future__ import annotations

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.diagnose import failures
from ecsdeploy.core.service import Service
from ecsdeploy.core.target import Target
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.runtime import Watcher
from ecsdeploy.workflow.failures import failure_cards
from ecsdeploy.workflow.outcome import report_verdict
from ecsdeploy.workflow.sight import POLL_SECONDS, in_sight

CAUGHT_UP_SECONDS = 15.0
"""How long DescribeServices may show a service as it was before the update: its old count is no proof of the new."""


def await_count(
    run: Watcher, target: Target, ecs: Ecs, service: Service, task_definition: str, *, timeout: float
) -> Verdict:
    """Return how the wait for the service's tasks ended, at most `timeout` seconds; it has been reported."""
    last = service
    began = run.clock.monotonic()

    def reached(now: Service | None) -> Verdict | None:
        nonlocal last
        last = now or last
        if now is not None and now.primary is not None and now.primary.task_definition not in ("", task_definition):
            return Verdict(kind="superseded", reason=f"{now.primary.id} rolls out another revision")
        lags = now is not None and now.desired != service.desired
        if lags and run.clock.monotonic() - began < CAUGHT_UP_SECONDS:
            return None
        if now is None or now.running != now.desired or now.pending:
            return None
        return Verdict(kind="succeeded" if now.desired else "empty", reason="")

    deadline = began + timeout
    try:
        with in_sight(f"the tasks of {service.name}"):
            verdict = poll(
                lambda: ecs.service(service.name), reached, clock=run.clock, every=POLL_SECONDS, deadline=deadline
            )
    except DeadlineReached:
        stopped = ecs.tasks(ecs.task_arns(service.name, stopped=True)[:100])
        run.report(*failure_cards(run, target, failures(stopped)))
        verdict = Verdict(kind="timed-out", reason=f"{last.running} of {last.desired} run")
    report_verdict(run, target, ecs, verdict, task_definition=task_definition)
    return verdict
