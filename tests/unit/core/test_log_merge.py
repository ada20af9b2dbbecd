"""Following a log: nothing twice, nothing missing, whatever order it arrives in."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.log_merge import OVERLAP_MS, Merge


@dataclass(frozen=True)
class Event:
    id: str
    at: int
    ingested: int = 10**12


EVERY_MS = 2_000


@given(
    st.lists(st.tuples(st.integers(0, 60_000), st.integers(0, OVERLAP_MS - EVERY_MS)), min_size=1, max_size=60),
    st.integers(100, EVERY_MS),
)
def test_each_event_is_shown_once_though_it_arrives_late(events: list[tuple[int, int]], every: int) -> None:
    """Each event has a time and a delay after which it can be read; looks are `every` milliseconds apart."""
    merge, shown = Merge(since=0), []
    for now in range(0, 60_000 + OVERLAP_MS + every, every):
        start = merge.start
        readable = [Event(str(n), at) for n, (at, late) in enumerate(events) if at + late <= now and at >= start]
        shown += merge.fresh(readable)
        merge.forget()
    assert sorted(event.id for event in shown) == sorted(str(n) for n in range(len(events)))


def test_one_look_is_in_the_order_of_time() -> None:
    events = [Event("b", 2), Event("a", 2), Event("c", 1)]
    assert [e.id for e in Merge(since=0).fresh(events)] == ["c", "a", "b"]


def test_what_is_older_than_the_beginning_is_not_shown() -> None:
    assert Merge(since=100).fresh([Event("old", 99)]) == []


def test_the_memory_holds_the_overlap_and_not_the_log() -> None:
    merge = Merge(since=0)
    for at in range(0, 1_000_000, 1_000):
        merge.fresh([Event(str(at), at)])
        merge.forget()
    assert len(merge._shown) <= OVERLAP_MS / 1_000 + 1


def test_an_event_from_the_future_hides_nothing() -> None:
    merge = Merge(since=0)
    assert len(merge.fresh([Event("ahead", 7_200_000, ingested=100_000)])) == 1
    assert merge.start == 100_000 - OVERLAP_MS
