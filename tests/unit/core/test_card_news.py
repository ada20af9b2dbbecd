"""A card is completed as more is known, and nothing of it is told twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.card_news import more
from ecsdeploy.events import FailureCard

FIRST = FailureCard(
    task="1a2b3c4d5e6f",
    stop_code="EssentialContainerExited",
    stopped_reason="Essential container in task exited",
    containers=("hello: still running", "proxy: exit code 1"),
    cause="The container proxy ended with an error (exit code 1).",
    fix="The log says why.",
)


def test_nothing_new_is_nothing_to_tell() -> None:
    assert more(FIRST, FIRST) is None
    assert more(FIRST, replace(FIRST, part="whole")) is None


def test_one_more_task_that_failed_alike_is_no_news() -> None:
    again = replace(FIRST, task="ffff", times=2, containers=("hello: exit code 143 (SIGTERM)", "proxy: exit code 1"))
    assert more(FIRST, again) is None
    logged = replace(FIRST, log_lines=("10:00 boom",))
    assert more(logged, replace(again, log_lines=("10:05 boom",))) is None


def test_another_code_of_the_same_error_is_no_news() -> None:
    logged = replace(FIRST, log_lines=("boom",))
    both = replace(logged, times=2, cause="It ended with an error (exit code 1 or 3).", containers=("proxy: 1 or 3",))
    assert more(logged, both) is None


def test_a_log_that_comes_later_is_told_with_what_else_changed() -> None:
    after = replace(
        FIRST,
        containers=("hello: exit code 137 (SIGKILL)", "proxy: exit code 1"),
        cause="The container proxy ended with exit code 1: its log says that the task's disk is full.",
        fix="Raise [task] ephemeral_storage.",
        log_lines=("starting", "ENOSPC"),
    )
    assert more(FIRST, after) == replace(
        after,
        part="more",
        stop_code="",
        stopped_reason="",
        containers=("hello: exit code 137 (SIGKILL)",),
    )


def test_another_tasks_log_is_news_where_none_was_seen() -> None:
    found = more(FIRST, replace(FIRST, task="ffff", log_lines=("boom",)))
    assert found is not None
    assert (found.task, found.log_lines, found.containers, found.cause) == ("ffff", ("boom",), (), "")


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        (("a",), ("a", "b", "b"), ("b", "b")),
        (("a", "a"), ("a", "a"), ()),
        (("a", "b"), ("... 3 lines left out", "b", "c", "a", "c"), ("c", "c")),
    ],
)
def test_only_lines_that_were_not_shown_are_told(
    before: tuple[str, ...], after: tuple[str, ...], new: tuple[str, ...]
) -> None:
    found = more(replace(FIRST, log_lines=before), replace(FIRST, log_lines=after))
    assert (found.log_lines if found else ()) == new


def test_the_targets_health_is_news() -> None:
    found = more(FIRST, replace(FIRST, target_health="Request timed out"))
    assert found is not None
    assert (found.target_health, found.cause, found.part) == ("Request timed out", "", "more")


LINES = st.lists(st.sampled_from(["boom", "GET / 200", "bye"]), max_size=6).map(tuple)


@given(before=LINES, after=LINES)
def test_what_was_shown_and_the_news_are_all_of_the_later_log(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    found = more(replace(FIRST, log_lines=before), replace(FIRST, log_lines=after))
    told = [*before, *(found.log_lines if found else ())]
    assert all(told.count(line) >= after.count(line) for line in after)
    assert len(told) <= len(before) + len(after)
