"""The last words of a deployment: what happened, and where the service answers."""

from __future__ import annotations

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.last_words import next_steps, words_of
from ecsdeploy.core.reach import Reach
from ecsdeploy.core.saying import DEPLOYS, Saying
from ecsdeploy.core.spent import time_spent
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.errors import EcsdeployError, ExitCode
from ecsdeploy.events import Outcome, Result, Warn
from ecsdeploy.runtime import Watcher

ADDRESSES = 3
"""How many addresses are shown."""


def report_verdict(
    run: Watcher,
    target: Target,
    ecs: Ecs,
    verdict: Verdict,
    *,
    task_definition: str,
    says: Saying = DEPLOYS,
    unchanged: bool = False,
) -> Verdict:
    """Report the outcome as `says` has it, after a success also the addresses, on stdout; return the verdict."""
    revision = short_name(task_definition)
    facts = {"service": str(target), "revision": revision}
    if verdict.deployment is not None:
        facts["deployment"] = verdict.deployment.arn
    ok = verdict.exit_code is ExitCode.DONE
    if verdict.reason and not (ok and unchanged):
        facts["reason"] = verdict.reason
    if verdict.serves:
        facts["now in service"] = verdict.serves
    elif verdict.kind in ("rolled-back", "stopped", "failed", "smoke-failed"):
        facts |= _still_serving(target, ecs)
    facts |= next_steps(verdict, says, verdict.reach.advice, target.env_option)
    text = says.stayed(revision) if ok and unchanged else words_of(verdict, says, revision, target.names.service)
    run.report(Outcome(ok, text, facts, verdict=verdict.kind, exit_code=int(verdict.exit_code)))
    if target.config.smoke is not None and verdict.kind in ("submitted", "started", "healthy"):
        run.report(Warn("The smoke test was not done: it needs the end of the deployment."))
    if ok:
        _time(run, target, verdict, task_definition)
        report_reach(run, verdict.reach)
    run.report(*verdict.cards)
    return verdict


def _time(run: Watcher, target: Target, verdict: Verdict, task_definition: str) -> None:
    """Report where the time went, if a deployment was watched to its end."""
    if verdict.deployment is None or not verdict.tasks:
        return
    primary = [task for task in verdict.tasks if task.task_definition == task_definition]
    newest = max(primary, key=lambda task: str(task.created_at), default=None)
    new = [task for task in primary if newest is not None and task.started_by == newest.started_by]
    old = [task for task in verdict.tasks if task not in new]
    spent = time_spent(new, old, verdict.deployment, target)
    run.report(*([spent] if spent is not None else []))


def report_reach(run: Watcher, reached: Reach) -> None:
    """Report where the service answers, on stdout, and warn if nobody gets in there."""
    if reached.refusal:
        run.report(Warn(f"{reached.refusal}, although the task runs. {reached.advice}"))
    run.report(*(Result("url", url) for url in reached.urls[:ADDRESSES]))


def _still_serving(target: Target, ecs: Ecs) -> dict[str, str]:
    """Return what the service runs now; optional, like the addresses."""
    try:
        service = ecs.service(target.names.service)
    except EcsdeployError:
        return {}
    if service is None or not service.task_definition:
        return {}
    tasks = f"{service.running} of {service.desired} tasks run"
    return {"now in service": f"{short_name(service.task_definition)}, {tasks}"}
