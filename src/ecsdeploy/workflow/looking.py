"""The reader of a watched deployment: carries out what is worth asking, side by side, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Generic, TypeVar

from ecsdeploy.asked import ask as begin
from ecsdeploy.asked import nothing
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.rollout.seen import KNOWN, Ask, Seen, Snapshot
from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.task import Task
from ecsdeploy.errors import EcsdeployError, PermissionDenied, Unreachable
from ecsdeploy.events import Note
from ecsdeploy.runtime import Watcher

T = TypeVar("T")
Log = Callable[[Task], Iterable[str]]
Found = tuple[tuple[Task, ...], frozenset[str]]
"""Tasks, and the ARNs of those that ECS does not show."""
NONE: Found = ((), frozenset())


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
        """Return the answers to `ask`. Raises `Unreachable`, and what AWS refuses to say of the deployment itself.

        What AWS does not answer of the rest is as if it had not been asked; the deployment itself is asked then, too.
        """
        try:
            snapshot, silence = self._read(seen, replace(ask, deployment=True) if self.silent else ask)
        except Unreachable as error:
            self._note(error)
            raise
        if silence is not None:
            self._note(silence)
        self.silent = silence is not None
        return snapshot

    def _note(self, error: Unreachable) -> None:
        if not self.silent:
            self.silent = True
            self._run.report(Note(f"{error.what} Trying again."))

    def _read(self, seen: Seen, ask: Ask) -> tuple[Snapshot, Unreachable | None]:
        at, now, name, ecs = self.at, self._run.clock.now(), seen.aim.service, self._ecs
        deployment = begin(lambda: ecs.deployment(seen.deployment.arn)) if ask.deployment else nothing
        service = _Detail(lambda: ecs.service(name), None, asked=ask.service)
        tasks = _Detail(lambda: self._tasks(seen, ask), NONE, asked=ask.wants_tasks)
        newer = _Detail(lambda: self._newer(seen), None, asked=ask.newer)
        logs = [(task.arn, begin(partial(self._log, task))) for task in ask.logs]
        found, missing = tasks.answer()
        snapshot = Snapshot(
            at=at,
            now=now,
            ask=ask,
            deployment=deployment(),
            service=service.answer(),
            tasks=found,
            missing=missing,
            newer=newer.answer(),
            logs={arn: tuple(lines()) for arn, lines in logs},
            unreadable=tuple(each.error.what for each in (service, tasks, newer) if each.error and not each.silence),
            denied=isinstance(tasks.error, PermissionDenied),
            spent=self._run.aws.requests("ecs") - self._calls,
        )
        silence = service.silence or tasks.silence or newer.silence
        if silence is not None and not ask.deployment:
            raise silence
        heard = ask.without(service=service.silence is not None, tasks=tasks.silence is not None)
        return replace(snapshot, ask=heard), silence

    def _tasks(self, seen: Seen, ask: Ask) -> Found:
        """Return the asked tasks, and those of the lists that are not known to have ended; and those not shown."""
        lists = [begin(lambda: self._listed(seen, stopped=False))] if ask.listed else []
        lists += [begin(lambda: self._listed(seen, stopped=True))] if ask.stopped else []
        listed = [arn for arns in lists for arn in arns()]
        over = {arn for arn, task in seen.tasks.items() if task.status == "STOPPED"}
        new = [arn for arn in listed if arn not in seen.tasks]
        wanted = list(dict.fromkeys((*new, *ask.tasks, *(arn for arn in listed if arn not in over))))[:KNOWN]
        found = tuple(self._ecs.tasks(wanted)) if wanted else ()
        return found, frozenset(wanted) - {task.arn for task in found}

    def _listed(self, seen: Seen, *, stopped: bool) -> list[str]:
        """Return the tasks of the service; a page of our own where there are many, since any page may lack them."""
        name, own = seen.aim.service, seen.aim.started_by
        if not seen.is_sample:
            return self._ecs.task_arns(name, stopped=stopped)
        found = self._ecs.first_of_deployment(own, stopped=stopped) if own else []
        return found or self._ecs.task_arns(name, stopped=stopped, whole=False)

    def _newer(self, seen: Seen) -> ServiceDeployment | None:
        """Return the newest other deployment that is not older; two may begin in the same millisecond."""
        ours = seen.deployment.created_at or seen.created_at  # the older view drops it with what was replaced
        for other in self._ecs.deployments(seen.aim.service):
            if other.arn != seen.deployment.arn and other.created_at and ours and other.created_at >= ours:
                return other
        return None


class _Detail(Generic[T]):
    """A question about what surrounds the deployment: whether it is answered does not decide the verdict."""

    def __init__(self, question: Callable[[], T], otherwise: T, *, asked: bool) -> None:
        self._otherwise = otherwise
        self._answer = begin(question) if asked else None
        self.error: EcsdeployError | None = None

    def answer(self) -> T:
        """Return the answer; `otherwise` if it was not asked, or AWS gives none: `error` says why."""
        if self._answer is None:
            return self._otherwise
        try:
            return self._answer()
        except EcsdeployError as error:
            self.error = error
            return self._otherwise

    @property
    def silence(self) -> Unreachable | None:
        """Return the error if AWS did not answer, and may do so the next time."""
        return self.error if isinstance(self.error, Unreachable) else None
