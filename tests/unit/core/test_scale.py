"""How many tasks, and how many there were before."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.scale import remembered, restored, to_count, to_restored
from ecsdeploy.core.service import Service
from tests.unit.core import builders as a

TAG = "ecsdeploy:count-before"


def service(desired: int, before: str = "") -> Service:
    tags = {**a.service().tags, **({TAG: before} if before else {})}
    return a.service(desired=desired, running=desired, tags=tags)


def scaled(desired: int, count: int, **tables: Any) -> dict[str, str | None]:
    return dict(to_count(a.target(**tables), service(desired), count).service_tags)


def test_the_count_before_is_remembered() -> None:
    assert scaled(3, 0) == {TAG: "3"}
    assert scaled(3, 5) == {TAG: "3"}


def test_nothing_is_remembered_where_nothing_changes_or_nothing_ran() -> None:
    assert scaled(3, 3) == {}
    assert scaled(0, 5) == {}


def test_nothing_is_remembered_where_the_config_knows() -> None:
    assert scaled(3, 0, service={"count": 2}) == {}


@pytest.mark.parametrize("text", ["", "0", "-1", "three", "2.5", "99999999999999", "2147483648", "³"])
def test_a_tag_that_says_no_count_is_no_memory(text: str) -> None:
    assert remembered(service(0, text)) is None


@pytest.mark.parametrize(
    ("desired", "before", "configured", "count"),
    [
        (0, "3", None, 3),
        (5, "3", None, 3),
        (0, "3", 2, 2),
        (0, "", 2, 2),
        (0, "", None, 1),
        (5, "", None, 5),
        (0, "three", None, 1),
    ],
)
def test_what_is_restored(desired: int, before: str, configured: int | None, count: int) -> None:
    target = a.target(service={"count": configured}) if configured is not None else a.target()
    assert restored(target, service(desired, before)).count == count


def test_what_is_restored_need_not_be_remembered_any_more() -> None:
    assert to_restored(a.target(), 3).service_tags == {TAG: None}


@given(st.integers(1, 50), st.lists(st.integers(0, 50), min_size=1))
def test_a_service_comes_back_to_what_it_ran_before_it_was_stopped(before: int, counts: list[int]) -> None:
    """However often it was scaled, and that twice as well: a count of 0 is never what is gone back to."""
    target, tags, desired, last = a.target(), dict(a.service().tags), before, before
    for count in [each for once in counts for each in (once, once)]:
        now = a.service(desired=desired, tags=tags)
        tags |= {k: v for k, v in to_count(target, now, count).service_tags.items() if v is not None}
        last = desired if desired not in (0, count) else last
        desired = count
    if TAG in tags:
        assert restored(target, a.service(desired=desired, tags=tags)).count == last > 0
