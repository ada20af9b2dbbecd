"""`ecsdeploy status`: the state of the service; only reads.

The service is read first, since it says what else to read. However many tasks run, only a hundred are checked.
While a deployment is in flight, the config is not compared: `deploy` would not change anything then either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from ecsdeploy.asked import ask
from ecsdeploy.aws.addresses import public_addresses
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.changes import Planned
from ecsdeploy.core.account import ServiceSeen
from ecsdeploy.core.drift import drift, unknown
from ecsdeploy.core.standing import PAGE, Sight, facts, shown
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.core.wanted import DEPLOY
from ecsdeploy.errors import CredentialsError, EcsdeployError
from ecsdeploy.events import Fact, Note, Snapshot
from ecsdeploy.facts import Drift
from ecsdeploy.image.revision import head
from ecsdeploy.poll import poll
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.failures import failed_since_deployment
from ecsdeploy.workflow.look import Look
from ecsdeploy.workflow.read import Need, place_of, read

T = TypeVar("T")

EVERY_SECONDS = 2.0
DRIFT_SECONDS = 30.0
"""How long the config is not compared with AWS again while watching, unless the service changes."""
REVISIONS = 4
"""How many revisions are asked for at most: those of the deployments that the service has tasks of."""
IN_FLIGHT = "A deployment is in flight; `ecsdeploy deploy` changes nothing until it ends."

Drifted = tuple[Drift, tuple[Planned, ...]]


def show_status(run: Run, target: Target, *, watch: bool) -> None:
    """Report the state of the service; with `watch`, every two seconds until interrupted.

    Raises `PermissionDenied` if the service itself cannot be read, and `WrongAccount`.
    """
    board = Board(run, target)
    repeat(run, lambda: _with_a_hint(run, facts(board.look())), watch=watch)


def repeat(run: Run, look: Callable[[], Iterable[Fact]], *, watch: bool) -> None:
    """Report what `look` finds, once or again and again."""

    def show() -> None:
        found = tuple(look())
        run.report(Snapshot(run.clock.now(), found, live=watch))

    if watch:
        poll(show, lambda _shown: None, clock=run.clock, every=EVERY_SECONDS)
    else:
        show()


def _with_a_hint(run: Run, found: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Return the facts; if nothing is deployed because no environment was named, with the existing ones."""
    names = run.loaded.environments
    if len(found) > 1 or not names or run.loaded.environment is not None:
        return found
    listed = ", ".join(names)
    return (*found, Note(f"The config has environments: name one with --env ({listed}), or see all with --all-envs."))


@dataclass
class Board:
    """One watched service. What does not change, or not quickly, is kept between reads."""

    run: Run
    target: Target
    _revisions: dict[str, TaskDefinition] = field(default_factory=dict)
    _addresses: dict[str, str] = field(default_factory=dict)
    _drifted: Drifted = (Drift(differs=None), ())
    _drifted_of: tuple[object, ...] = ()
    _drifted_at: float = float("-inf")

    def __post_init__(self) -> None:
        self._look = Look(self.run.aws, self.target, self.run.clock)

    def look(self, *, briefly: bool = False) -> Sight:
        """Return the state of the service now; what else could not be read is named in the answer.

        `briefly`: without the addresses, and without the tasks that have failed.
        """
        place_of(self.run.aws, self.target)
        seen = self._look.service()
        commit = head(self.run.loaded.root / self.target.config.image.context, self.run.environ)
        if seen is None:
            return Sight(target=self.target, seen=None, head=commit)
        unseen: list[str] = []
        asked = ask(lambda: self._look.ecs.first_tasks(self.target.names.service))
        found, differences = self._drift(seen)
        _courtesy("The revisions", lambda: self._remember_revisions(seen), unseen)
        tasks = _courtesy("The tasks", asked, unseen) or []
        failed: list[Task] = []
        if not briefly:
            failed = _courtesy("The tasks that have failed", lambda: _failed(self._look.ecs, seen), unseen) or []
            if len(tasks) < PAGE:
                _courtesy("The public addresses", lambda: self._remember_addresses(tasks), unseen)
        return Sight(
            target=self.target,
            seen=seen,
            tasks=tuple(tasks),
            failed=tuple(failed),
            revisions=dict(self._revisions),
            addresses=dict(self._addresses),
            drift=found,
            differences=differences,
            unseen=tuple(unseen),
            head=commit,
        )

    def _drift(self, seen: ServiceSeen) -> Drifted:
        if seen.in_flight is not None:
            return Drift(differs=None, why=IN_FLIGHT), ()
        of, now = _settings(seen), self.run.clock.monotonic()
        if of != self._drifted_of or now - self._drifted_at > DRIFT_SECONDS:
            self._drifted, self._drifted_of, self._drifted_at = self._held_against_config(seen), of, now
        return self._drifted

    def _held_against_config(self, seen: ServiceSeen) -> Drifted:
        """Return what differs, or why it is not known: this reads more than the rest."""
        count = self.target.config.service.count
        try:
            account = read(self.run.aws, self.target, self.run.clock, Need(parts=DEPLOY, count=count), seen=seen)
        except CredentialsError:
            raise
        except EcsdeployError as error:
            return unknown(error), ()
        self._revisions |= {each.arn: each for each in (account.running, account.newest) if each is not None}
        return drift(self.target, account)

    def _remember_revisions(self, seen: ServiceSeen) -> None:
        """Read the revisions of the deployments, which have the commits."""
        service = seen.service
        arns = dict.fromkeys((service.task_definition, *(each.task_definition for each in service.deployments)))
        missing = [arn for arn in arns if arn and arn not in self._revisions][:REVISIONS]
        asked = [ask(partial(self._look.ecs.task_definition, arn)) for arn in missing]
        self._revisions |= {found.arn: found for each in asked if (found := each()) is not None}

    def _remember_addresses(self, tasks: list[Task]) -> None:
        if self.target.config.task.port is None:
            return
        running = [task.interface for task in shown(tasks) if task.running]
        new = [interface for interface in running if interface and interface not in self._addresses]
        found = public_addresses(self.run.aws, new)
        self._addresses |= {interface: found.get(interface, "") for interface in new}


def _settings(seen: ServiceSeen) -> tuple[object, ...]:
    """Return a value that changes when the service changes."""
    service = seen.service
    last = (seen.last.arn, seen.last.status) if seen.last is not None else ()
    return service.task_definition, service.desired, service.status, *last


def _courtesy(what: str, question: Callable[[], T], unseen: list[str]) -> T | None:
    """Return an optional answer, or None: then `unseen` says why."""
    try:
        return question()
    except CredentialsError:
        raise
    except EcsdeployError as error:
        unseen.append(f"{what} could not be read: {error.what}")
        return None


def _failed(ecs: Ecs, seen: ServiceSeen) -> list[Task]:
    return failed_since_deployment(ecs, seen.service, seen.last, seen.service.task_definition)
