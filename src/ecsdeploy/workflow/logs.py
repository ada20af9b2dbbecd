"""`ecsdeploy logs`: the log of every task of the service, merged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from ecsdeploy.aws.logs import LogEvent, LogGroupMissing, Logs
from ecsdeploy.config.duration import text_of
from ecsdeploy.core.log_merge import Merge
from ecsdeploy.core.target import Target
from ecsdeploy.errors import Refused
from ecsdeploy.events import LogLine, Note
from ecsdeploy.poll import poll
from ecsdeploy.runtime import Run

POLL_SECONDS = 2.0
"""FilterLogEvents is limited to 5 calls a second in some Regions (CloudWatch Logs quotas); this leaves room."""
CHUNK = 1000


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

    Raises `Refused` if there is no log group.
    """
    run.aws.require_account(target.config.account)
    logs = Logs(run.aws, target.names.log_group)
    merge = Merge(since=_begin(run, options.since))
    prefix = stream_prefix(target, options)

    def look() -> int:
        shown = 0
        matching = (e for e in logs.events(merge.start, pattern=options.pattern, prefix=prefix) if _wanted(e, options))
        for chunk in _chunks(matching):
            fresh = merge.fresh(chunk)
            run.report(*(_line(event) for event in fresh))
            shown += len(fresh)
        merge.forget()
        return shown

    try:
        if options.follow:
            poll(look, lambda _shown: None, clock=run.clock, every=POLL_SECONDS)
        elif look() == 0:
            run.report(Note(f"No log events{_chosen(options)} in {target.names.log_group} {_when(options.since)}."))
    except LogGroupMissing:
        raise Refused(
            f"There is no log group {target.names.log_group}.",
            why="Nothing was deployed yet, or it was deleted.",
            fix=_how_to_get_one(run),
        ) from None


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


def stream_prefix(target: Target, options: LogOptions) -> str:
    """Return the beginning of the names of the streams to read: `prefix/container/task-id`.

    The task can be part of it only if the container is known, since it comes after it.
    """
    prefix = f"{target.names.container}/"
    container = options.container or ("" if _has_sidecars(target) else target.names.container)
    return f"{prefix}{container}/{_task_id(options.task)}" if container else prefix


def _has_sidecars(target: Target) -> bool:
    containers = target.config.task.raw.get("containerDefinitions", [])
    return any(container.get("name") != target.names.container for container in containers)


def _task_id(text: str) -> str:
    return text.rsplit("/", 1)[-1]


def _wanted(event: LogEvent, options: LogOptions) -> bool:
    return not options.task or event.stream.rsplit("/", 1)[-1].startswith(_task_id(options.task))


def _chunks(events: Iterator[LogEvent]) -> Iterator[list[LogEvent]]:
    """Yield parts of `events`: a long log is shown as it is read, not held in memory."""
    while chunk := list(islice(events, CHUNK)):
        yield chunk


def _line(event: LogEvent) -> LogLine:
    _, _, rest = event.stream.partition("/")
    container, _, task = rest.rpartition("/")
    return LogLine(at=event.when, task=task or event.stream, container=container, text=event.message)
