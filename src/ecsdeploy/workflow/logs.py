"""`ecsdeploy logs`: the log of every task of the service, merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.config.duration import text_of
from ecsdeploy.core.container_logs import HOW_TO_HAVE_GROUP, ContainerLog, configured, logs_of, streams_of
from ecsdeploy.core.target import Target
from ecsdeploy.errors import EcsdeployError, Refused
from ecsdeploy.events import Note
from ecsdeploy.poll import poll
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.log_reading import Reading

POLL_SECONDS = 2.0
"""FilterLogEvents is limited to 5 calls a second in some Regions (CloudWatch Logs quotas); this leaves room."""


@dataclass(frozen=True, kw_only=True)
class LogOptions:
    """What to show: `since` is a time or seconds back, `task` the start of a task's id, `pattern` AWS's grammar."""

    since: int | datetime = 600
    follow: bool = False
    task: str = ""
    container: str = ""
    pattern: str = ""


def show_logs(run: Run, target: Target, options: LogOptions) -> None:
    """Report the log events from `since` on; with `follow`, continue until interrupted.

    They are read where the config has the containers log; where nothing is found, also where the running revision has.
    Raises `Refused` if there is no log group, or nothing that could be read.
    """
    run.aws.require_account(target.config.account)
    logs = configured(target)
    unread = [
        log.instead for log in logs.values() if not log.in_cloudwatch and options.container in ("", log.container)
    ]
    reading = _reading(run, target, options, logs)
    if reading.sources:
        run.report(*(Note(f"{text}.") for text in unread))
    if options.follow and reading.sources:
        poll(reading.look, lambda _shown: None, clock=run.clock, every=POLL_SECONDS)
    problem = None
    try:
        if reading.look():
            return
    except Refused as error:
        problem = error
    older = _reading(run, target, options, _running_logs(run, target, logs))
    if older.sources and older.look():
        return
    if problem is not None:
        raise problem
    read = [*reading.sources, *older.sources]
    if not read:
        raise Refused("There is no log to read.", why=f"{'; '.join(unread)}.", fix="Read it where it is sent.")
    groups = ", ".join(dict.fromkeys(source.place.group for source in read))
    run.report(Note(f"No log events{_chosen(options)} in {groups} {_when(options.since)}."))


def _reading(run: Run, target: Target, options: LogOptions, logs: Mapping[str, ContainerLog]) -> Reading:
    task = options.task.rsplit("/", 1)[-1]
    places = streams_of(logs.values(), container=options.container, task=task, own=target.names.log_group)
    return Reading(
        run,
        places,
        since=_begin(run, options.since),
        task=task,
        pattern=options.pattern,
        missing=lambda group: _missing(run, target, group),
    )


def _running_logs(run: Run, target: Target, known: Mapping[str, ContainerLog]) -> dict[str, ContainerLog]:
    """Return where containers of the running revision log, without what is `known`; none if that cannot be read."""
    ecs = Ecs(run.aws, target.names.cluster)
    try:
        service = ecs.service(target.names.service)
        revision = ecs.task_definition(service.task_definition) if service and service.task_definition else None
    except EcsdeployError:
        return {}
    found = logs_of(revision.document) if revision is not None else {}
    return {name: log for name, log in found.items() if log not in known.values()}


def _missing(run: Run, target: Target, group: str) -> Refused:
    what = f"There is no log group {group}."
    if group != target.names.log_group:
        return Refused(what, why="[task.raw] names it, so it is yours to create.", fix=HOW_TO_HAVE_GROUP)
    return Refused(what, why="Nothing was deployed yet, or it was deleted.", fix=_how_to_get_one(run))


def _begin(run: Run, since: int | datetime) -> int:
    """Return milliseconds since the epoch; CloudWatch Logs takes none before it (FilterLogEvents, startTime)."""
    then = since.timestamp() if isinstance(since, datetime) else run.clock.now().timestamp() - since
    return max(0, round(then * 1000))


def _when(since: int | datetime) -> str:
    return f"since {since.isoformat()}" if isinstance(since, datetime) else f"in the last {text_of(since)}"


def _chosen(options: LogOptions) -> str:
    """Return what the options narrow the log to, so that a typo is not taken for an empty log."""
    narrowed = {"of task": options.task, "of container": options.container, "that match": options.pattern}
    return "".join(f" {word} {value!r}" for word, value in narrowed.items() if value)


def _how_to_get_one(run: Run) -> str:
    if run.loaded.environments and run.loaded.environment is None:
        return f"The config has environments: name one with --env ({', '.join(run.loaded.environments)})."
    return "Run `ecsdeploy deploy`, which creates it."
