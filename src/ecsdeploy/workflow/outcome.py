"""The last words of a deployment: what happened, and where the service answers."""

from __future__ import annotations

from collections.abc import Mapping

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.saying import DEPLOYS, Saying
from ecsdeploy.core.serving import is_checked
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.core.verdict import Kind, Verdict
from ecsdeploy.errors import EcsdeployError, ExitCode
from ecsdeploy.events import Outcome, Result, Warn
from ecsdeploy.runtime import Watcher
from ecsdeploy.workflow.reach import Reach, reach

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
    """Report the outcome as `says` has it, after a success also the addresses, on stdout; return the verdict.

    It is another one if it was a success, and nobody can reach the service.
    """
    reached = Reach()
    if verdict.exit_code is ExitCode.DONE:
        reached = reach(run, target, ecs, task_definition)
        if reached.refusal and not is_checked(target):
            verdict = Verdict(kind="unreachable", reason=reached.refusal, deployment=verdict.deployment)
    revision = short_name(task_definition)
    facts = {"service": str(target), "revision": revision}
    if verdict.deployment is not None:
        facts["deployment"] = verdict.deployment.arn
    ok = verdict.exit_code is ExitCode.DONE
    if verdict.reason and not (ok and unchanged):
        facts["reason"] = verdict.reason
    if verdict.serves:
        facts["now in service"] = verdict.serves
    elif verdict.kind in ("rolled-back", "stopped", "failed"):
        facts |= _still_serving(target, ecs)
    facts |= _next(verdict, says, reached.advice, target.env_option)
    text = says.stayed(revision) if ok and unchanged else _words(verdict, says, revision, target.names.service)
    run.report(Outcome(ok, text, facts))
    if ok:
        report_reach(run, reached)
    run.report(*verdict.cards)
    return verdict


def report_reach(run: Watcher, reached: Reach) -> None:
    """Report where the service answers, on stdout, and warn if nobody gets in there."""
    if reached.refusal:
        run.report(Warn(f"{reached.refusal}, although the task runs. {reached.advice}"))
    run.report(*(Result("url", url) for url in reached.urls[:ADDRESSES]))


def _next(verdict: Verdict, says: Saying, advice: str, env_option: str) -> dict[str, str]:
    """Return what to do after a verdict."""
    match verdict.kind:
        case "succeeded" if says.then:
            return {"next": says.then}
        case "timed-out":
            return {"next": f"`{says.watch}` watches it again"}
        case "unreachable":
            return {"next": f"{advice} `ecsdeploy rollback{env_option}` goes back to what ran before, if anything did."}
        case "failed":
            again = {"next": f"correct what is wrong, and run `{says.again}` again"}
            stop = f"ECS goes on starting tasks until then; `ecsdeploy scale 0{env_option}` stops them"
            return again | ({"meanwhile": stop} if verdict.under_way else {})
        case _:
            return {}


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


_WORDS: Mapping[Kind, str] = {
    "empty": "{revision} is in place, but nothing is proven: {service} is set to run 0 tasks.",
    "rolled-back": "{revision} failed, and ECS rolled back to what ran before.",
    "failed": "{revision} failed and was not rolled back.",
    "unreachable": "{revision} runs, but nobody can reach it.",
    "superseded": "A newer deployment replaced this one of {revision} before it was done.",
    "stopped": "Somebody stopped the deployment of {revision} before it was done.",
    "timed-out": "Gave up watching {revision}; the deployment may still be going.",
    "paused": "The deployment of {revision} is waiting for approval.",
}


def _words(verdict: Verdict, says: Saying, revision: str, service: str) -> str:
    now = verdict.deployment
    if verdict.kind == "succeeded":
        updated = f"Updated: {service} runs {revision}, with the desired number of tasks."
        return says.ended(revision, now) if now is not None else updated
    return _unlike_others(verdict, revision, service) or _WORDS[verdict.kind].format(revision=revision, service=service)


def _unlike_others(verdict: Verdict, revision: str, service: str) -> str:
    """Return the words for what is not as its kind usually is, or ""."""
    now = verdict.deployment
    if now is None:
        waiting = f"Gave up waiting for the tasks of {service}: {verdict.reason}."
        return waiting if verdict.kind == "timed-out" else ""
    match verdict.kind:
        case "rolled-back" if verdict.under_way:
            return f"{revision} failed, and is being rolled back: what ran before serves."
        case "failed" if verdict.under_way or "No rollback candidate" in verdict.reason:
            return f"{revision} failed, and there is nothing to roll back to: no deployment before it succeeded."
        case "failed" if now.status == "SUCCESSFUL":
            return f"{revision} was deployed, but its tasks keep failing."
        case "timed-out" if now.status == "SUCCESSFUL":
            return f"ECS reports {revision} as deployed, but not all tasks of {service} were running in time."
    return ""
