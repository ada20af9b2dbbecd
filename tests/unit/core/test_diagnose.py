"""Why tasks failed, which of their containers is to blame, and which failures are one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.diagnose import (
    Failure,
    Subject,
    alike,
    card,
    culprit,
    explain,
    explain_event,
    failures,
    hopeless_event,
    together,
)
from ecsdeploy.core.task import Container, Task
from tests.unit.core import builders as a


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (137, "OutOfMemoryError: Container killed due to memory usage", "used up its memory"),
        (137, "", "SIGKILL"),
        (1, "", "exit code 1"),
        (126, "", "not executable"),
        (127, "", "not found in the image"),
        (132, "", "SIGILL"),
        (139, "", "SIGSEGV"),
        (143, "", "was stopped (exit code 143, SIGTERM)"),
        (131, "", "was stopped (exit code 131, SIGQUIT)"),
        (42, "", "exit code 42"),
        (159, "", "exit code 159 (SIGSYS)"),
        (None, 'CannotStartContainerError: exec: "x": executable file not found in $PATH', "could not be started"),
        (0, "", "must keep running"),
    ],
)
def test_each_end_of_a_container_is_explained(code: int | None, reason: str, words: str) -> None:
    task = a.stopped(containers=(a.container(exit_code=code, reason=reason),))
    found = explain(task)
    assert words in f"{found.cause} {found.fix}"
    assert "container hello" in found.cause


def test_what_is_not_known_is_called_unknown() -> None:
    assert explain(a.stopped(stopped_reason="Something else", containers=())).cause == (
        "The cause is not known: ECS says only what is shown below."
    )


def test_stops_that_somebody_asked_for_are_no_failures() -> None:
    scaled = a.stopped(1, stop_code="ServiceSchedulerInitiated", stopped_reason="Scaling activity initiated by ...")
    by_hand = a.stopped(2, stop_code="UserInitiated", stopped_reason="Task stopped by user")
    unhealthy = a.stopped(
        3, stop_code="ServiceSchedulerInitiated", stopped_reason="Task failed container health checks"
    )
    crashed = a.stopped(4)
    assert {t.arn for t in failures([scaled, by_hand, unhealthy, crashed, a.task(5)])} == {unhealthy.arn, crashed.arn}


def test_tasks_that_failed_alike_are_one_card() -> None:
    ended = (a.container(exit_code=1),)
    groups = alike(
        [
            a.stopped(1, containers=ended),
            a.stopped(2, containers=ended),
            a.stopped(3, containers=(a.container(exit_code=2),)),
        ]
    )
    assert [len(group) for group in groups] == [2, 1]
    shown = card(Failure(tuple(groups[0]), ("boom",)))
    assert (shown.times, shown.containers, shown.log_lines) == (2, ("hello: exit code 1",), ("boom",))


def test_a_card_says_nothing_twice() -> None:
    reason = "CannotPullContainerError: pull image manifest has been retried 5 time(s): not found"
    same, own = a.container(exit_code=None, reason=reason), a.container(name="log", exit_code=1, reason="OutOfMemory")
    failed = a.stopped(
        1,
        stop_code="TaskFailedToStart",
        stopped_reason=f"Task failed to start: {reason}",
        containers=(same, own),
    )
    shown = card(Failure((failed,)))
    assert shown.containers == ("hello: never started", "log: exit code 1, OutOfMemory")


def test_a_worker_that_ends_is_not_told_to_start_a_server() -> None:
    ended = a.stopped(1, containers=(a.container(exit_code=0),))
    found = explain(ended, about=Subject("hello", serves=False))
    assert found.cause.endswith("A service starts it again, for ever.")
    assert "aws ecs run-task" in found.fix
    assert "server" not in found.fix


def test_a_container_beside_that_ends_takes_the_task_with_it() -> None:
    ended = a.stopped(1, containers=(a.container(exit_code=143), a.container(name="migrate", exit_code=0)))
    found = explain(ended, about=Subject("hello"))
    assert found.cause == "The container migrate ended by itself with exit code 0, and that stops the task."
    assert "essential = false" in found.fix


@pytest.mark.parametrize(
    ("ends", "to_blame"),
    [
        ({"proxy": 137, "hello": 1}, "hello"),
        ({"proxy": 143, "hello": 1}, "hello"),
        ({"proxy": 143, "hello": 0}, "hello"),
        ({"proxy": 0, "hello": 137}, "hello"),
        ({"proxy": None, "hello": 143}, "hello"),
        ({"hello": 1, "proxy": 3}, "hello"),
    ],
)
def test_what_ecs_stops_because_another_ended_is_not_to_blame(ends: dict[str, int | None], to_blame: str) -> None:
    task = a.stopped(1, containers=tuple(a.container(name=name, exit_code=code) for name, code in ends.items()))
    found = culprit(task)
    assert found is not None
    assert found.name == to_blame


def test_what_was_out_of_memory_or_unhealthy_is_to_blame() -> None:
    killed = a.container(name="big", exit_code=137, reason="OutOfMemoryError: Container killed due to memory usage")
    sick = a.container(name="sick", exit_code=0, health="UNHEALTHY")
    for one, reason in ((killed, "Essential container in task exited"), (sick, "Task failed container health checks")):
        found = culprit(a.stopped(1, stopped_reason=reason, containers=(a.container(exit_code=1), one)))
        assert found is one


def test_what_was_not_started_because_of_another_is_not_to_blame() -> None:
    waited = "CannotStartContainerError: dependency graph: failed to resolve container ordering dependency [migrate]"
    containers = (a.container(exit_code=143, reason=waited), a.container(name="migrate", exit_code=1))
    failed = a.stopped(1, stop_code="EssentialContainerExited", containers=containers)
    assert explain(failed).cause == "The container migrate ended with an error (exit code 1)."


def test_what_could_not_be_started_is_to_blame_though_the_others_were_stopped() -> None:
    cannot = 'CannotStartContainerError: exec: "serve": executable file not found in $PATH'
    containers = (a.container(name="proxy", exit_code=137), a.container(exit_code=None, reason=cannot))
    failed = a.stopped(1, stop_code="TaskFailedToStart", stopped_reason="Task failed to start", containers=containers)
    found = culprit(failed)
    assert found is not None
    assert found.name == "hello"
    assert explain(failed).cause == "The command of the container hello could not be started: serve."


def stopping(*containers: Container, **changed: Any) -> Task:
    """Return a task that has been told to stop, and has not ended: a container beside ignores SIGTERM."""
    return a.stopped(
        1, **{"status": "STOPPING", "stopped_at": None, "stopping_at": a.AT, "containers": containers, **changed}
    )


RUNS_ON = a.container(name="proxy", exit_code=None)


def test_a_task_is_explained_while_it_still_stops() -> None:
    task = stopping(RUNS_ON, a.container(status="STOPPED", exit_code=1))
    assert failures([task]) == [task]
    shown = card(Failure((task,), ("boom",)), Subject("hello"))
    assert shown.cause == "The container hello ended with an error (exit code 1)."
    assert shown.containers == ("proxy: still running", "hello: exit code 1")


def test_a_container_that_was_not_started_yet_never_is() -> None:
    task = stopping(a.container(status="PENDING"), a.container(name="init", status="STOPPED", exit_code=1))
    assert card(Failure((task,))).containers == ("hello: never started", "init: exit code 1")


def test_a_task_that_stops_and_does_not_say_why_has_not_failed_yet() -> None:
    quiet = stopping(a.container(), stop_code="", stopped_reason="")
    assert failures([quiet]) == []
    assert failures([stopping(a.container(exit_code=1), stop_code="", stopped_reason="")]) != []
    assert failures([stopping(a.container(), stop_code="ServiceSchedulerInitiated", stopped_reason="Scaling")]) == []


@pytest.mark.parametrize(
    ("event", "cause", "never"),
    [
        (
            "(service hello) failed to launch a task with (error ECS was unable to assume the role "
            "'arn:aws:iam::123456789012:role/hello-task' that was provided for this task.)",
            "ECS could not assume the task's roles: arn:aws:iam::123456789012:role/hello-task.",
            True,
        ),
        (
            "(service hello) was unable to place a task. Reason: Capacity is unavailable at this time.",
            "Fargate has no capacity in these zones at the moment.",
            False,
        ),
        (
            "(service hello) was unable to place a task. Reason: toomanyrequests: Rate exceeded.",
            "The registry limits how often images may be pulled, and did not give the image.",
            False,
        ),
        ("(service hello) was unable to place a task. Reason: CannotPullContainerError: not found.", None, False),
        ("(service hello) has reached a steady state.", None, False),
    ],
)
def test_an_event_says_why_there_is_no_task(event: str, cause: str | None, *, never: bool) -> None:
    found = explain_event(event)
    assert (found.cause if found else None) == cause
    assert hopeless_event(event) is never


def test_advice_points_to_a_log_only_where_there_is_one() -> None:
    crashed = a.stopped(1, containers=(a.container(exit_code=1),))
    assert explain(crashed, ("boom",)).fix == "Its log may say why."
    assert explain(crashed, ("ValueError: boom",)).fix == "Correct what the log says."
    assert "nothing in its log so far" in explain(crashed).fix


@pytest.mark.parametrize(
    ("code", "words"), [("EssentialContainerExited", "used up its memory"), ("UserInitiated", "Nothing has to be done")]
)
def test_a_kill_is_explained_by_who_can_have_done_it(code: str, words: str) -> None:
    killed = a.stopped(1, stop_code=code, containers=(a.container(exit_code=137),))
    assert words in explain(killed).fix


def test_the_newest_failure_is_the_first() -> None:
    old, new = (a.stopped(n, stopped_at=a.AT + timedelta(microseconds=n * 500_000)) for n in (0, 1))
    assert failures([old, new]) == [new, old]


def test_a_look_with_less_evidence_and_a_later_one_are_one_cause() -> None:
    early = Failure((stopping(RUNS_ON, a.container(exit_code=3)),))
    late = Failure((ended(1, hello=3, proxy=137),), BOOT)
    other = Failure((ended(2, hello=1, proxy=143),), BOOT)
    (found,) = together([early, other, late])
    assert [task.id for task in found.tasks] == [ended(2, hello=1).id, ended(1, hello=3).id]
    assert found.log == BOOT
    assert found.tasks[1].status == "STOPPED", "the later look counts"


def test_what_two_failures_have_in_common_with_a_third_makes_them_one() -> None:
    quiet = ("Listening on 3000",)
    one, two = Failure((ended(1, hello=3),), quiet), Failure((ended(2, hello=1),), BOOT)
    assert len(together([one, two])) == 2
    assert len(together([one, two, Failure((ended(3, hello=3),), BOOT)])) == 1


def test_tasks_that_say_nothing_yet_are_not_called_one_cause() -> None:
    silent = [replace(stopping(a.container()), arn=f"task/{n}") for n in (1, 2)]
    assert len(together([Failure((task,)) for task in silent])) == 2
    stopped = [a.stopped(n, stopped_reason="Something else", containers=()) for n in (1, 2)]
    assert len(together([Failure((task,)) for task in stopped])) == 1


@given(order=st.permutations(range(5)))
def test_the_order_of_the_looks_makes_no_difference_to_how_many_causes_there_are(order: list[int]) -> None:
    looks = [
        Failure((stopping(RUNS_ON, a.container(exit_code=3)),)),
        Failure((ended(1, hello=3, proxy=137),), BOOT),
        Failure((ended(2, hello=1),), BOOT),
        Failure((ended(3, hello=1),), ("nothing said",)),
        Failure((ended(4, hello=42),), ("KeyError: 'x'",)),
    ]
    found = together([looks[index] for index in order])
    assert sorted(len(each.tasks) for each in found) == [1, 3]
    assert {task.status for each in found for task in each.tasks} == {"STOPPED"}, "the later look at a task counts"


def test_a_line_break_of_awss_is_kept() -> None:
    failed = a.stopped(1, stopped_reason="CannotPullContainerError: one\ntwo")
    assert card(Failure((failed,))).stopped_reason.split("\n") == ["CannotPullContainerError: one", "two"]


def ended(number: int, **codes: int) -> Task:
    """Return a stopped task whose containers ended with these codes."""
    return a.stopped(number, containers=tuple(a.container(name=name, exit_code=code) for name, code in codes.items()))


def test_how_the_others_stopped_makes_no_second_cause() -> None:
    tasks = [ended(1, hello=1, proxy=143), ended(2, hello=1, proxy=137), ended(3, hello=1, proxy=0)]
    assert [len(group) for group in alike(tasks)] == [3]
    assert card(Failure(tuple(tasks))).containers == (
        "hello: exit code 1",
        "proxy: exit code 0, 137 (SIGKILL) or 143 (SIGTERM)",
    )
    sick = [
        a.stopped(n, stopped_reason="Task failed container health checks", containers=(a.container(exit_code=code),))
        for n, code in enumerate((0, 137, 143))
    ]
    assert [len(group) for group in alike(sick)] == [3]


BOOT = ("[7] booting", "Traceback (most recent call last):", '  File "a.py"', "SyntaxError: invalid syntax, line 3")


def test_two_codes_of_one_error_are_one_cause() -> None:
    one = Failure((ended(1, hello=3),), (*BOOT, "[1] [ERROR] Reason: Worker failed to boot."))
    other = Failure((ended(2, hello=1), ended(3, hello=1)), BOOT)
    (found,) = together([one, other])
    shown = card(found)
    assert (
        shown.cause == "The container hello ended with an error (exit code 1 or 3): SyntaxError: invalid syntax, line 3"
    )
    assert (shown.containers, shown.times) == (("hello: exit code 1 or 3",), 3)
    assert shown.log_lines == one.log


@pytest.mark.parametrize(
    "other",
    [
        Failure((ended(2, hello=1),), (*BOOT[:-1], "KeyError: 'DATABASE_URL'")),
        Failure((ended(2, hello=0),), BOOT),
        Failure((ended(2, hello=1),), ("Listening on 3000",)),
        Failure((ended(2, hello=0, proxy=1),), BOOT),
        Failure((a.stopped(2, stopped_reason="Task failed container health checks"),), BOOT),
    ],
)
def test_two_causes_stay_two(other: Failure) -> None:
    assert len(together([Failure((ended(1, hello=3),), BOOT), other])) == 2


def test_logs_that_could_not_be_read_make_no_two_failures_one() -> None:
    unread = ("(the log could not be read: Connection refused.)",)
    one, other = (Failure((ended(n, hello=code),), unread) for n, code in ((1, 3), (2, 1)))
    assert len(together([one, other])) == 2
    assert "refused" not in card(one).cause


def test_two_codes_without_a_word_in_the_log_are_not_called_one_cause() -> None:
    quiet = ("Listening on 3000",)
    assert len(together([Failure((ended(1, hello=3),), quiet), Failure((ended(2, hello=1),), quiet)])) == 2
