"""Reads the log of a service from all the places where its containers log, merged by time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from ecsdeploy.aws.logs import LogEvent, LogGroupMissing, Logs
from ecsdeploy.core.container_logs import Streams
from ecsdeploy.core.log_merge import Merge
from ecsdeploy.errors import EcsdeployError, PermissionDenied
from ecsdeploy.events import LogLine, Warn
from ecsdeploy.runtime import Watcher

CHUNK = 1000


@dataclass
class LogSource:
    """One place to read, and what was shown of it; `problem` is why it could not be read."""

    place: Streams
    logs: Logs
    merge: Merge
    problem: EcsdeployError | None = None


class Reading:
    """Shows what is new in some places each time it looks."""

    def __init__(
        self,
        run: Watcher,
        places: Sequence[Streams],
        *,
        since: int,
        task: str,
        pattern: str,
        missing: Callable[[str], EcsdeployError],
        shown: Literal["log", "output", "progress"] = "log",
    ) -> None:
        """Read from `since` on (milliseconds since the epoch); `missing` says what to do about a missing group."""
        self._shown: Literal["log", "output", "progress"] = shown
        self._run, self._task, self._pattern, self._missing = run, task, pattern, missing
        self.sources = [LogSource(each, Logs(run.aws, each.group, region=each.region), Merge(since)) for each in places]
        self._told: set[str] = set()

    def look(self) -> int:
        """Report what is new, and return how many lines that were.

        One place that cannot be read is reported once; if none can, its error is raised.
        """
        shown = 0
        for chunk in _chunks(heapq.merge(*map(self._events, self.sources), key=lambda found: found[1].at)):
            fresh = [
                event for source in self.sources for event in source.merge.fresh(e for s, e in chunk if s is source)
            ]
            self._run.report(*map(self._line, sorted(fresh, key=lambda event: event.at)))
            shown += len(fresh)
        for source in self.sources:
            source.merge.forget()
        self._report_problems()
        return shown

    def _events(self, source: LogSource) -> Iterator[tuple[LogSource, LogEvent]]:
        source.problem = None
        place = source.place
        try:
            for event in source.logs.events(source.merge.start, pattern=self._pattern, prefix=place.prefix):
                if self._is_wanted(event, place):
                    yield source, event
        except LogGroupMissing:
            source.problem = self._missing(place.group)
        except PermissionDenied as error:
            source.problem = error

    def _is_wanted(self, event: LogEvent, place: Streams) -> bool:
        container, task = _container_and_task(event.stream)
        return task.startswith(self._task) and (not place.containers or container in place.containers)

    def _line(self, event: LogEvent) -> LogLine:
        container, task = _container_and_task(event.stream)
        return LogLine(event.when, task or event.stream, container, event.message, self._shown)

    def _report_problems(self) -> None:
        problems = [source.problem for source in self.sources if source.problem is not None]
        if problems and len(problems) == len(self.sources):
            raise problems[0]
        for problem in problems:
            if problem.what not in self._told:
                self._told.add(problem.what)
                self._run.report(Warn(f"Some of the log cannot be shown. {problem.what}"))


def _chunks(events: Iterator[tuple[LogSource, LogEvent]]) -> Iterator[list[tuple[LogSource, LogEvent]]]:
    """Yield parts of `events`: a long log is shown as it is read, not held in memory."""
    while chunk := list(islice(events, CHUNK)):
        yield chunk


def _container_and_task(stream: str) -> tuple[str, str]:
    """Return the ends of a stream's name, `prefix/container/task-id`: the prefix may have slashes too."""
    rest, _, task = stream.rpartition("/")
    return (rest.rpartition("/")[2] if "/" in rest else ""), task
