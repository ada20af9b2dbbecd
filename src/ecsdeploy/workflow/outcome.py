"""The last words of a deployment: what happened, and where the service answers."""

from __future__ import annotations

from collections.abc import Mapping

from ecsdeploy.aws.addresses import public_addresses
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.saying import DEPLOYS, Saying
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.core.verdict import Kind, Verdict
from ecsdeploy.errors import EcsdeployError, ExitCode
from ecsdeploy.events import Note, Outcome, Result, Warn
from ecsdeploy.probe.http import ask
from ecsdeploy.runtime import Watcher

ADDRESSES = 3
KNOCK_SECONDS = 1.0


def report_verdict(
    run: Watcher,
    target: Target,
    ecs: Ecs,
    verdict: Verdict,
    *,
    task_definition: str,
    says: Saying = DEPLOYS,
    unchanged: bool = False,
) -> None:
    """Report the outcome as `says` has it; after a success also the addresses, on stdout."""
    revision = short_name(task_definition)
    facts = {"service": str(target), "revision": revision}
    if verdict.deployment is not None:
        facts["deployment"] = verdict.deployment.arn
    if verdict.reason and not unchanged:
        facts["reason"] = verdict.reason
    if verdict.kind in ("rolled-back", "stopped", "failed"):
        facts |= _still_serving(target, ecs)
    facts |= _next(verdict, says)
    ok = verdict.exit_code is ExitCode.DONE
    text = says.stayed(revision) if ok and unchanged else _words(verdict, says, revision, target.names.service)
    run.report(Outcome(ok, text, facts))
    if ok:
        report_addresses(run, target, ecs, task_definition)


def report_addresses(run: Watcher, target: Target, ecs: Ecs, task_definition: str) -> None:
    """Report where the revision's tasks answer, on stdout, and warn where nothing listens there."""
    urls = addresses(run, target, ecs, task_definition)
    if urls and (problem := closed(urls[0])):
        port = target.config.task.port
        run.report(
            Warn(
                f"{urls[0]} does not answer although its task runs ({problem}). "
                f"Does the service listen on 0.0.0.0:{port}, or on 127.0.0.1 only, or on another port?"
            )
        )
    run.report(*(Result("url", url) for url in urls))


def _next(verdict: Verdict, says: Saying) -> dict[str, str]:
    """Return what to do after a verdict."""
    match verdict.kind:
        case "succeeded" if says.then:
            return {"next": says.then}
        case "timed-out":
            return {"next": f"`{says.watch}` watches it again"}
        case "failed":
            return {"next": f"correct what is wrong, and run `{says.again}` again"}
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


def closed(url: str) -> str:
    """Return why nothing listens at `url`, or "": it answers, or is out of reach from here, which proves nothing."""
    problem = ask(url, timeout=KNOCK_SECONDS)
    return problem if problem.startswith(("ConnectionRefused", "ConnectionReset", "RemoteDisconnected")) else ""


def addresses(run: Watcher, target: Target, ecs: Ecs, task_definition: str) -> list[str]:
    """Return where the revision's running tasks answer; none if they have no public address.

    This is optional: if permission is missing, it says so, and the deployment's result stays.
    """
    port = target.config.task.port
    if port is None:
        return []
    try:
        arns = ecs.task_arns(target.names.service)[:20]
        tasks = [t for t in ecs.tasks(arns) if t.running and t.task_definition == task_definition]
        found = public_addresses(run.aws, [task.interface for task in tasks[:ADDRESSES]])
    except EcsdeployError as error:
        run.report(Note(f"The address could not be looked up: {error.what}"))
        return []
    return [f"http://{found[task.interface]}:{port}" for task in tasks if task.interface in found]


_WORDS: Mapping[Kind, str] = {
    "empty": "{revision} is in place, but nothing is proven: {service} is set to run 0 tasks.",
    "rolled-back": "{revision} failed, and ECS rolled back to what ran before.",
    "failed": "{revision} failed and was not rolled back.",
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
    if now is None and verdict.kind == "timed-out":
        return f"Gave up waiting for the tasks of {service}: {verdict.reason}."
    if verdict.kind == "failed" and "No rollback candidate" in verdict.reason:
        return f"{revision} failed, and there is nothing to roll back to: no deployment before it succeeded."
    if now is not None and now.status == "SUCCESSFUL" and verdict.kind == "failed":
        return f"{revision} was deployed, but its tasks keep failing."
    if now is not None and now.status == "SUCCESSFUL" and verdict.kind == "timed-out":
        return f"ECS reports {revision} as deployed, but not all tasks of {service} were running in time."
    return _WORDS[verdict.kind].format(revision=revision, service=service)
