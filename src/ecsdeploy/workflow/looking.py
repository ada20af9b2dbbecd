"""The reader of a watched deployment: carries out what is worth asking, side by side, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from ecsdeploy.asked import ask as begin
from ecsdeploy.asked import nothing
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.rollout.attention import KNOWN
from ecsdeploy.core.rollout.seen import Ask, Seen, Snapshot
from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.task import Task
from ecsdeploy.errors import EcsdeployError, PermissionDenied, Unreachable
from ecsdeploy.events import Note
from ecsdeploy.runtime import Watcher

T = TypeVar("T")
Log = Callable[[Task], Iterable[str]]


class Reader:
    """Reads what belongs to one deployment. `log` returns the lines of a failed task's log.

    `silent`: AWS has not answered the last time.
    """

    def __init__(self, run: Watcher, ecs: Ecs, log: Log) -> None:
        self._run, self._ecs, self._log = run, ecs, log
        self._began, self._calls = run.clock.monotonic(), run.aws.requests("ecs")
        self.silent = False

    @property
    def at(self) -> float:
        """Return the seconds since the watch began."""
        return self._run.clock.monotonic() - self._began

    def read(self, seen: Seen, ask: Ask) -> Snapshot:
        """Return the answers to `ask`. Raises `Unreachable`, and what AWS refuses to say of the deployment itself."""
        try:
            snapshot = self._read(seen, ask)
        except Unreachable as error:
            if not self.silent:
                self.silent = True
                self._run.report(Note(f"{error.what} Trying again."))
            raise
        self.silent = False
        return snapshot

    def _read(self, seen: Seen, ask: Ask) -> Snapshot:
        at, now, name, ecs = self.at, self._run.clock.now(), seen.aim.service, self._ecs
        detail = _Details()
        deployment = begin(lambda: ecs.deployment(seen.deployment.arn)) if ask.deployment else nothing
        service = begin(lambda: detail.of(lambda: ecs.service(name), None)) if ask.service else nothing
        none: tuple[Task, ...] = ()
        tasks = begin(lambda: detail.of(lambda: self._tasks(seen, ask), none)) if ask.wants_tasks else tuple
        newer = begin(lambda: detail.of(lambda: self._newer(seen), None)) if ask.newer else nothing
        logs = [(task.arn, begin(partial(self._log, task))) for task in ask.logs]
        return Snapshot(
            at=at,
            now=now,
            ask=ask,
            deployment=deployment(),
            service=service(),
            tasks=tasks(),
            newer=newer(),
            logs={arn: tuple(lines()) for arn, lines in logs},
            unreadable=tuple(detail.unreadable),
            denied=detail.denied,
            spent=self._run.aws.requests("ecs") - self._calls,
        )

    def _tasks(self, seen: Seen, ask: Ask) -> tuple[Task, ...]:
        """Return the asked tasks, and those of the lists that are not known to have ended."""
        name, few = seen.aim.service, seen.deployment.requested <= KNOWN
        lists = [begin(lambda: self._ecs.task_arns(name, whole=few))] if ask.listed else []
        lists += [begin(lambda: self._ecs.task_arns(name, stopped=True, whole=few))] if ask.stopped else []
        listed = [arn for arns in lists for arn in arns()]
        over = {arn for arn, task in seen.tasks.items() if task.status == "STOPPED"}
        new = [arn for arn in listed if arn not in seen.tasks]
        wanted = dict.fromkeys((*new, *ask.tasks, *(arn for arn in listed if arn not in over)))
        return tuple(self._ecs.tasks(list(wanted)[:KNOWN])) if wanted else ()

    def _newer(self, seen: Seen) -> ServiceDeployment | None:
        """Return the newest other deployment that is not older; two may begin in the same millisecond."""
        ours = seen.deployment.created_at or seen.created_at  # the older view drops it with what was replaced
        for other in self._ecs.deployments(seen.aim.service):
            if other.arn != seen.deployment.arn and other.created_at and ours and other.created_at >= ours:
                return other
        return None


class _Details:
    """What surrounds the deployment: whether that can be read does not decide its verdict."""

    def __init__(self) -> None:
        self.unreadable: list[str] = []
        self.denied = False

    def of(self, question: Callable[[], T], otherwise: T) -> T:
        """Return the answer; `otherwise` if AWS gives none, which is noted."""
        try:
            return question()
        except Unreachable:
            raise
        except EcsdeployError as error:
            self.unreadable.append(error.what)
            self.denied = self.denied or isinstance(error, PermissionDenied)
            return otherwise
