"""When a stopped task counts as replaced."""

from __future__ import annotations

from collections.abc import Sequence

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.task import Task
from ecsdeploy.workflow.chaos_stop import Healing, tasks_of
from tests.unit.core import builders as a
from tests.unit.workflow.fakes import Bench


class Tasks(Ecs):
    """An ECS with two tasks, which leaves one out of its first answer."""

    def __init__(self) -> None:
        self._looks = 0

    def task_arns(self, service: str, *, stopped: bool = False, whole: bool = True) -> list[str]:
        """Return both."""
        return [a.task(1).arn, a.task(2).arn]

    def tasks(self, arns: Sequence[str]) -> list[Task]:
        """Return one, and later both."""
        self._looks += 1
        return [a.task(1), a.task(2)][: self._looks]


def healing(bench: Bench, victim: Task) -> Healing:
    run, _ = bench.run()
    return Healing(run=run, ecs=Tasks(), service="hello", victim=victim, before=frozenset({victim.arn}))


def test_a_replacement_has_to_pass_its_health_check_even_when_the_old_task_has_none_to_show(bench: Bench) -> None:
    watched = healing(bench, a.task(1))
    gone = a.stopped(1, health="UNKNOWN")
    assert watched._judge([gone, a.task(2, health="UNKNOWN")]) is None
    assert watched._judge([gone, a.task(2)]) is True


def test_without_a_health_check_a_replacement_counts_once_it_runs(bench: Bench) -> None:
    watched = healing(bench, a.task(1, health="UNKNOWN"))
    assert watched._judge([a.stopped(1, health="UNKNOWN"), a.task(2, health="UNKNOWN")]) is True


def test_a_task_that_is_not_shown_at_once_is_no_replacement_later(bench: Bench) -> None:
    run, _ = bench.run()
    known, tasks = tasks_of(run, Tasks(), a.service(running=2))
    assert known == {a.task(1).arn, a.task(2).arn}
    assert [task.arn for task in tasks] == [a.task(1).arn, a.task(2).arn]
