"""A reporter that also keeps what it is told, for a record of the run.

What is kept has a limit, however long a run lasts: of each kind, the first and the last; what is between is counted.
That is 4 MB with lines of a hundred letters, and what a watched hour of a busy service keeps; the most is 12 MB, of
the longest lines in ASCII.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from ecsdeploy import __version__
from ecsdeploy.clock import Clock
from ecsdeploy.core.record import Entry, Problem, Record, about
from ecsdeploy.core.target import Target
from ecsdeploy.errors import EcsdeployError
from ecsdeploy.events import (
    BuildLine,
    Event,
    LayerProgress,
    LogLine,
    RolloutState,
    ServiceMessage,
    Snapshot,
    TaskState,
    Warn,
)
from ecsdeploy.hidden import Hidden
from ecsdeploy.report import Reporter
from ecsdeploy.report.sinks import Sink

LINE = 4_000
"""How many characters of one printed line are kept; an event of CloudWatch Logs may have a million."""
TASKS = 5_000
"""How many tasks are known by their last state: each is kept again only when it has changed."""
Numbered = tuple[int, Entry]


@dataclass
class _Kept:
    """The first `first` and the last `last` entries of one kind."""

    first: int
    last: int
    begin: list[Numbered] = field(default_factory=list)
    end: deque[Numbered] = field(default_factory=deque)

    def add(self, entry: Numbered) -> Event | None:
        """Keep an entry; return the event that was given up for it, if any."""
        if len(self.begin) < self.first:
            self.begin.append(entry)
            return None
        self.end.append(entry)
        return self.end.popleft()[1].event if len(self.end) > self.last else None

    def __iter__(self) -> Iterator[Numbered]:
        # Copied at once: another thread may be adding to it (`cli.last_words`).
        yield from (*self.begin, *self.end)


class Recording:
    """Passes everything on to another reporter, and keeps it.

    `sinks` take the record when the command is over, in their order and each once.
    """

    def __init__(self, report: Reporter, clock: Clock, command: str, hidden: Hidden | None = None) -> None:
        self._report = report
        self._clock = clock
        self._command = command
        self._hidden = hidden or Hidden()
        self._started_at = clock.now()
        self._number = 0
        self._logs, self._states, self._others = _Kept(500, 1_500), _Kept(1_000, 3_000), _Kept(1_000, 1_000)
        self._left_out: Counter[str] = Counter()
        self._tasks: OrderedDict[str, TaskState] = OrderedDict()
        self._error: Problem | None = None
        self.sinks: deque[Sink] = deque()

    def __call__(self, *events: Event) -> None:
        """Show `events`, and keep them."""
        for event in events:
            self._keep(event)
        self._report(*events)

    def error(self, error: EcsdeployError) -> None:
        """Show why the command failed, and keep it."""
        self.ended_by(error)
        self._report.error(error)

    def ended_by(self, error: EcsdeployError) -> None:
        """Keep why the command failed, and show nothing."""
        self._error = Problem(error.what, error.why, error.fix)

    def ask(self, question: str, expects: str = "") -> bool | None:
        """Ask through the other reporter."""
        return self._report.ask(question, expects)

    def close(self) -> None:
        """Leave the terminal as it was found."""
        self._report.close()

    def record(self, exit_code: int, target: Target | None) -> Record:
        """Return what was kept, as the record of a run that was about `target` and ends now with `exit_code`.

        No secret of the run is in it.
        """
        kept = sorted((*self._logs, *self._states, *self._others), key=lambda each: each[0])
        record = Record(
            tool=__version__,
            command=self._command,
            about=about(target) if target is not None else None,
            started_at=self._started_at,
            ended_at=self._clock.now(),
            exit_code=exit_code,
            entries=tuple(entry for _, entry in kept),
            left_out=dict(sorted(self._left_out.items())),
            error=self._error,
        )
        return self._hidden.cleared(record)

    def deliver(self, exit_code: int, target: Target | None) -> None:
        """Give the record to every sink that has not got it; one that fails is told of, and changes nothing else."""
        record = self.record(exit_code, target)
        for sink in self._taken():
            try:
                sink(record)
            except OSError as error:
                self._report(Warn(f"{sink.name} was not written: {error.strerror or error}."))
            except Exception as error:  # whatever is wrong with a report, the deployment has the exit code that it has
                self._report(Warn(f"{sink.name} was not written: {type(error).__name__}: {error}."))

    def _taken(self) -> Iterator[Sink]:
        """Take one sink after the other, which is gone then: another thread may come here meanwhile."""
        with suppress(IndexError):
            while True:
                yield self.sinks.popleft()

    def _keep(self, event: Event) -> None:
        at = self._clock.now()
        match event:
            case LayerProgress() | Snapshot():
                return
            case RolloutState():
                # Of hundreds of tasks, those that changed: the counts come every few seconds.
                for task in event.tasks:
                    self._task(at, task)
                self._add(self._states, at, replace(event, tasks=()))
            case TaskState():
                self._task(at, event)
            case ServiceMessage():
                self._add(self._states, at, event)
            case LogLine() | BuildLine():
                self._add(self._logs, at, replace(event, text=_cut(event.text)))
            case _:
                self._add(self._others, at, event)

    def _task(self, at: datetime, task: TaskState) -> None:
        if self._tasks.get(task.task) == task:
            return
        self._tasks[task.task] = task
        self._tasks.move_to_end(task.task)
        if len(self._tasks) > TASKS:
            self._tasks.popitem(last=False)
        self._add(self._states, at, task)

    def _add(self, kept: _Kept, at: datetime, event: Event) -> None:
        self._number += 1
        lost = kept.add((self._number, Entry(at, event)))
        if lost is not None:
            self._left_out[type(lost).__name__] += 1


def _cut(text: str) -> str:
    return text if len(text) <= LINE else f"{text[:LINE]} ... ({len(text) - LINE} more characters)"
