"""When a stopped task counts as replaced."""

from __future__ import annotations

import io
from typing import Any

from ecsdeploy.core.task import Task
from ecsdeploy.report.plain import PlainReporter
from ecsdeploy.workflow.chaos_stop import Healing, tasks_of
from tests.unit.core import builders as a
from tests.unit.fakes import FakeClock


class SilentRun:
    """What healing asks of a run while it watches."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.report = PlainReporter(io.StringIO(), io.StringIO())


def healing(victim: Task) -> Healing:
    run: Any = SilentRun()
    ecs: Any = None
    return Healing(run=run, ecs=ecs, service="hello", victim=victim, before=frozenset({victim.arn}))


def test_a_replacement_has_to_pass_its_health_check_even_when_the_old_task_has_none_to_show() -> None:
    watched = healing(a.task(1))
    gone = a.stopped(1, health="UNKNOWN")
    assert watched._judge([gone, a.task(2, health="UNKNOWN")]) is None
    assert watched._judge([gone, a.task(2)]) is True


def test_without_a_health_check_a_replacement_counts_once_it_runs() -> None:
    watched = healing(a.task(1, health="UNKNOWN"))
    assert watched._judge([a.stopped(1, health="UNKNOWN"), a.task(2, health="UNKNOWN")]) is True


class Forgetful:
    """An ECS that leaves a task out of its first answer."""

    def __init__(self) -> None:
        self._looks = 0

    def task_arns(self, service: str) -> list[str]:
        """Return both."""
        return [a.task(1).arn, a.task(2).arn]

    def tasks(self, arns: list[str]) -> list[Task]:
        """Return one, and later both."""
        self._looks += 1
        return [a.task(1), a.task(2)][: self._looks]


def test_a_task_that_is_not_shown_at_once_is_no_replacement_later() -> None:
    run: Any = SilentRun()
    ecs: Any = Forgetful()
    known, tasks = tasks_of(run, ecs, a.service(running=2))
    assert known == {a.task(1).arn, a.task(2).arn}
    assert [task.arn for task in tasks] == [a.task(1).arn, a.task(2).arn]
