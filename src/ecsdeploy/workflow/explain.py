"""`ecsdeploy explain`: why the last deployment that failed did, from what AWS still has of it. Nothing here writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from ecsdeploy.asked import ask
from ecsdeploy.aws.deployments import batches
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.aws.logs import LogGroupMissing, Logs
from ecsdeploy.core.container_logs import configured, streams_of
from ecsdeploy.core.explaining import AFTER, ended, is_blameless, last_failed, of_deployment, without_tasks
from ecsdeploy.core.history import past
from ecsdeploy.core.ownership import no_service
from ecsdeploy.core.service import Service, ServiceDeployment
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.errors import EcsdeployError, Refused, UsageError
from ecsdeploy.events import Event, FailureCard, Note, Outcome
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.failures import as_it_ran, failure_cards

LISTED = 100
AT_ONCE, PAGES = 100, 10
"""How many stopped tasks one call describes (ECS API, DescribeTasks), and in how many calls they are looked for."""
LINES = 200
TASKS = 20
"""Of how many tasks the log is kept while it is read."""


def explain(run: Run, target: Target, arn: str) -> None:
    """Report why the deployment `arn` failed, "" for the last one that did. Raises `Refused`, `WrongAccount`."""
    run.aws.require_account(target.config.account)
    ecs, name = Ecs(run.aws, target.names.cluster), target.names.service
    listed = ask(lambda: ecs.deployments(name, limit=LISTED))
    service = ecs.service(name)
    if service is None:
        raise no_service(target)
    whole = ecs.described(listed())
    found = last_failed(whole) if not arn else next((each for each in whole if each.arn == arn), None)
    if found is None and arn:
        raise Refused(f"{target} has no deployment {arn}.", fix=f"`ecsdeploy history{target.env_option}` shows all.")
    if found is None:
        run.report(Outcome(True, f"No deployment of {target} has failed, as far as ECS remembers (90 days)."))
        return
    revision = ecs.task_definitions_of([found.target_revision]).get(found.target_revision, "")
    kind = dict(zip((each.arn for each in whole), past(whole), strict=True))[found.arn]
    tasks = _failed(ecs, service, found, revision)
    how = ended(found, kind, failed=bool(tasks))
    run.report(_outcome(target, found, how, revision, ok=kind == "succeeded"))
    cards = failure_cards(run, target, ecs, tasks, about=as_it_ran(target, ecs, revision)) if tasks else []
    if not cards and is_blameless(found, kind):
        run.report(Note("None of its tasks failed."))
        return
    run.report(*(cards or [_left(run, target, ecs, found, service)]))


def _failed(ecs: Ecs, service: Service, deployment: ServiceDeployment, revision: str) -> list[Task]:
    """Return the deployment's failed tasks, newest first; ECS lists stopped ones in no order, so it may take pages."""
    for arns in islice(batches(ecs.task_arns(service.name, stopped=True), AT_ONCE), PAGES):
        if tasks := of_deployment(ecs.tasks(arns), deployment, revision):
            return tasks
    return []


def from_report(path: Path) -> list[Event]:
    """Return the cards of a report, and how that run ended. Raises `UsageError` if it cannot be read."""
    try:
        report = json.loads(path.read_bytes())
        schema = report["schema"]
        if not str(schema).startswith("ecsdeploy.report/"):
            raise ValueError(f"its schema is {schema}")
        outcome, causes = report["outcome"], [_card(each) for each in report["causes"]]
        ended = [Outcome(outcome["ok"], outcome["text"], outcome["facts"])] if outcome else []
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        fix = "Give a file that `ecsdeploy deploy --report FILE.json` wrote."
        raise UsageError(f"{path} is not a report of ecsdeploy.", why=f"{error}.", fix=fix) from None
    return [*ended, *causes] if causes else [*ended, Note("No task failed in that run.")]


def _card(found: Mapping[str, Any]) -> FailureCard:
    known = {each.name for each in fields(FailureCard)}
    lists: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in found.items() if key in known
    }
    return replace(FailureCard(**lists), part="whole")


def _outcome(target: Target, deployment: ServiceDeployment, how: str, revision: str, *, ok: bool) -> Outcome:
    facts = {"service": str(target), "deployment": deployment.arn}
    if deployment.created_at is not None:
        facts["started"] = _when(deployment.created_at)
    if deployment.finished_at is not None:
        facts["ended"] = _when(deployment.finished_at)
    if reason := deployment.rollback_reason or deployment.reason:
        facts["reason"] = reason
    return Outcome(ok, f"The deployment of {short_name(revision) or deployment.id} {how}.", facts)


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _left(run: Run, target: Target, ecs: Ecs, deployment: ServiceDeployment, service: Service) -> FailureCard:
    """Return what the service's events and the log group still say."""
    running = {arn.rsplit("/", 1)[-1] for arn in ecs.task_arns(service.name)}
    logs: dict[str, list[str]] = {}
    try:
        logs = _written(run, target, deployment, running)
    except EcsdeployError as error:
        run.report(Note(f"The log could not be read: {error.what}"))
    return without_tasks(deployment, service.events, logs)


def _written(run: Run, target: Target, deployment: ServiceDeployment, running: set[str]) -> dict[str, list[str]]:
    """Return the last lines of each task that wrote during the deployment and no longer runs; the latest one last."""
    if deployment.created_at is None:
        return {}
    over = deployment.finished_at or run.clock.now()
    start, end = (int(at.timestamp() * 1000) for at in (deployment.created_at, over + AFTER))
    found: dict[str, list[str]] = {}
    for place in streams_of(configured(target).values(), own=target.names.log_group):
        with suppress(LogGroupMissing):
            for event in Logs(run.aws, place.group, region=place.region).events(start, end=end, prefix=place.prefix):
                task = event.stream.rpartition("/")[2]
                if task not in running:
                    lines = found.pop(task, [])
                    found[task] = [*lines, *event.message.removesuffix("\n").split("\n")][-LINES:]
                    if len(found) > TASKS:
                        del found[next(iter(found))]
    return found
