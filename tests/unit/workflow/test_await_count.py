"""Waiting for tasks is no verdict on somebody else's deployment."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.aws.session import Aws
from ecsdeploy.core.service import Service
from ecsdeploy.core.task import Task
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.events import FailureCard
from ecsdeploy.workflow.await_count import await_count
from tests.support.clocks import FakeClock
from tests.unit.core import builders as a
from tests.unit.workflow.fakes import FakeReporter, Unlit


class Shown(Ecs):
    """A service that looks the same every time, or that comes to its last look; `stopped` are tasks of it."""

    def __init__(self, *looks: Service, stopped: tuple[Task, ...] = ()) -> None:
        self._looks = list(looks)
        self._stopped = stopped

    def service(self, name: str) -> Service:
        """Return the service."""
        assert name == "hello"
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]

    def task_arns(self, service: str, *, stopped: bool = False, whole: bool = True) -> list[str]:
        """Return the tasks that stopped."""
        return [task.arn for task in self._stopped] if stopped else []

    def tasks(self, arns: object) -> list[Task]:
        """Return them."""
        return list(self._stopped)


@dataclass
class Watching:
    """Somebody who waits, and what is told."""

    aws: Aws = field(default_factory=Unlit)
    clock: FakeClock = field(default_factory=FakeClock)
    report: FakeReporter = field(default_factory=FakeReporter)
    ended: Verdict | None = None

    def until(self, ecs: Ecs, written: Service) -> str:
        """Return how waiting for `written` ends."""
        revision = written.task_definition
        self.ended = await_count(self, a.target(), ecs, written, revision, timeout=60)
        return self.ended.kind


def verdict(service: Service) -> str:
    """Return how waiting ends where the service looks like this all the time."""
    return Watching().until(Shown(service), service)


def test_as_many_tasks_as_are_desired_are_a_success() -> None:
    assert verdict(a.service()) == "succeeded"


def test_another_revision_that_came_in_between_is_not() -> None:
    (primary,) = a.service().deployments
    assert verdict(a.service(deployments=(replace(primary, task_definition="hello:9"),))) == "superseded"


def test_the_count_from_before_the_update_is_no_success() -> None:
    written, watching = a.service(desired=3, running=1), Watching()
    shown = Shown(a.service(), a.service(), a.service(desired=3, running=3))
    assert watching.until(shown, written) == "succeeded"
    assert watching.clock.slept == [1.5, 1.5]


def test_a_count_that_somebody_else_set_meanwhile_is_taken_after_a_while() -> None:
    written, watching = a.service(desired=3, running=1), Watching()
    assert watching.until(Shown(a.service()), written) == "succeeded"
    assert sum(watching.clock.slept) == 15


def test_no_tasks_at_all_prove_nothing() -> None:
    assert verdict(a.service(desired=0, running=0)) == "empty"


def test_tasks_that_still_start_are_not_there_yet() -> None:
    assert verdict(a.service(running=1, pending=1)) == "timed-out"


def test_tasks_that_never_come_are_explained() -> None:
    watching, missing = Watching(), a.service(desired=2, running=1)
    failed = a.stopped(containers=(a.container(exit_code=1),))
    assert watching.until(Shown(missing, stopped=(failed,)), missing) == "timed-out"
    assert watching.clock.seconds == 60
    assert not [each for each in watching.report.events if isinstance(each, FailureCard)]
    assert watching.ended is not None
    assert watching.ended.reason == "1 of 2 run"
    (card,) = watching.ended.cards  # for the end
    assert card.part == "whole"
    assert card.cause == "The container hello ended with an error (exit code 1)."
    assert card.log_lines == ("(the log could not be read: no logs here)",)
