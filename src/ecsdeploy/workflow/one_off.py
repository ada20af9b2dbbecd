"""Follows a one-off task to the end of its command: its states, its log as it is written, and its exit code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.container_logs import HOW_TO_HAVE_GROUP, ContainerLog, Streams
from ecsdeploy.core.interrupted import InAws, one_off
from ecsdeploy.core.one_off import Ending, ending
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task
from ecsdeploy.errors import EcsdeployError, Failed, Refused
from ecsdeploy.events import Note, Timeline, Warn
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.runtime import Run, Watcher
from ecsdeploy.workflow.failures import failure_cards
from ecsdeploy.workflow.log_reading import Reading

POLL_SECONDS = 1.5
"""A look is a DescribeTasks and a FilterLogEvents, of which some Regions take 5 a second (CloudWatch Logs quotas)."""
UNSEEN_SECONDS = 60.0
"""How long ECS may not show a task that it has just started, or just ended."""
QUIET_LOOKS = 3
SILENT_LOOKS = 5
"""So many looks in a row without a new line, a second apart, and the log is at its end; more if there was no line."""
BEFORE_MS = 60_000
"""Lines may be dated a little before ECS's own time of the task's creation."""
UNBEGUN = ("PROVISIONING", "PENDING")


@dataclass(frozen=True, kw_only=True)
class OneOff:
    """A task to follow: `arn`, the `container` whose exit code counts, and where that logs (None: not known)."""

    arn: str
    container: str
    log: ContainerLog | None
    shown: Literal["output", "progress"]

    @property
    def id(self) -> str:
        """Return the last part of the ARN."""
        return self.arn.rsplit("/", 1)[-1]


def goes_on(run: Run, target: Target, task: OneOff, of: str, *, again: str = "") -> InAws:
    """Return what AWS goes on with while `task` runs, which is `of`; `again` is a verb that waits for it."""
    stop = f"aws ecs stop-task --region {target.region} --cluster {target.names.cluster} --task {task.id}"
    logs = f"{run.journal.command('logs')} --follow --task {task.id}"
    return one_off(task.id, of, stop=stop, logs=logs, again=run.journal.command(again) if again else "")


@dataclass
class Following:
    """A one-off task as it was last seen."""

    run: Watcher
    target: Target
    ecs: Ecs
    task: OneOff
    last: Task | None = None
    _reading: Reading | None = None
    _told: str = ""
    _lines: int = 0
    _deaf: bool = False

    def __post_init__(self) -> None:
        self._began = self._seen_at = self.run.clock.monotonic()

    @property
    def seconds(self) -> float:
        """Return for how long it has been followed."""
        return self.run.clock.monotonic() - self._began

    def to_its_end(self, timeout: float | None) -> Ending | None:
        """Return how the command ended, all of its log shown; None after `timeout` seconds.

        Raises `Failed` if ECS does not show the task any more, and the errors of what may not be read.
        """
        deadline = self._began + timeout if timeout is not None else None
        try:
            ended = poll(self._look, self._judge, clock=self.run.clock, every=POLL_SECONDS, deadline=deadline)
        except DeadlineReached:
            return None
        if ended.exit_code is not None:
            self._read_to_the_end()
        return ended

    def not_started(self, ended: Ending, what: str) -> Failed:
        """Return what it means that a task ended without an exit code; its cause is reported."""
        if self.last is not None:
            self.run.report(*failure_cards(self.run, self.target, self.ecs, [self.last]))
        why = ": ".join(part for part in (ended.stop_code, ended.reason) if part)
        return Failed(what, why=f"Its task {self.task.id} has no exit code. {why}", fix="Correct that, and try again.")

    def _look(self) -> Task | None:
        found = next(iter(self.ecs.tasks([self.task.arn])), None)
        if found is not None:
            self._show(found)
            if found.status not in UNBEGUN:
                self._read(found)
        return found

    def _judge(self, found: Task | None) -> Ending | None:
        now = self.run.clock.monotonic()
        if found is None:
            if now - self._seen_at > UNSEEN_SECONDS:
                raise Failed(
                    f"ECS does not show the task {self.task.id} any more.",
                    why=f"It was not to be seen for {UNSEEN_SECONDS:.0f} s, so how it ended is not known.",
                    fix="Its log may tell: `ecsdeploy logs --since 1h`.",
                )
            return None
        self.last, self._seen_at = found, now
        return ending(found, self.task.container)

    def _show(self, found: Task) -> None:
        if found.status != self._told:
            self._told = found.status
            self.run.report(Timeline(self.seconds, f"task {found.id[:8]} {found.status}"))

    # ---- the log

    def _read(self, found: Task) -> int:
        """Show what is new, and return how many lines that were; a log that cannot be read stops nothing."""
        if self._deaf:
            return 0
        if self._reading is None:
            self._reading = self._opened(found)
        if self._reading is None:
            return 0
        try:
            new = self._reading.look()
        except Refused as error:
            self._deaf = True
            self.run.report(Warn(f"The log of the task cannot be shown. {error.what}"))
            return 0
        self._lines += new
        return new

    def _opened(self, found: Task) -> Reading | None:
        log = self.task.log
        if log is None or not log.in_cloudwatch:
            self._deaf = True
            self.run.report(*([Note(f"{log.instead}.")] if log is not None else []))
            return None
        since = round(found.created_at.timestamp() * 1000) - BEFORE_MS if found.created_at is not None else 0
        place = Streams(log.region, log.group, log.stream(found.id))
        return Reading(
            self.run, [place], since=since, task=found.id, pattern="", missing=_missing, shown=self.task.shown
        )

    def _read_to_the_end(self) -> None:
        """Show the lines that are still on their way: CloudWatch Logs shows a line some time after it was written."""
        quiet = 0

        def settled(new: int) -> bool | None:
            nonlocal quiet
            quiet = 0 if new else quiet + 1
            return True if self._deaf or quiet >= (QUIET_LOOKS if self._lines else SILENT_LOOKS) else None

        last = self.last
        if last is not None:
            poll(lambda: self._read(last), settled, clock=self.run.clock, every=1.0)


def _missing(group: str) -> EcsdeployError:
    return Refused(f"There is no log group {group}.", fix=HOW_TO_HAVE_GROUP)
