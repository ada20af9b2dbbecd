from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.sandbox.clock import SystemClock
from ecsdeploy.sandbox.logs.store import LogStore
from tests.support.clocks import FakeSandboxClock

DAY = 86_400


def texts(store: LogStore, group: str, stream: str | None = None) -> list[str]:
    with store.group(group) as found:
        events = found.streams[stream].events if stream else found.events
        return [event.message for event in events]


def test_a_missing_group_is_created_only_where_that_is_wished(store: LogStore) -> None:
    with pytest.raises(LookupError, match=r"The specified log group does not exist\."):
        store.ensure_stream("g", "s", create_group=False)
    store.ensure_stream("g", "s", create_group=True)
    store.ensure_stream("g", "s", create_group=False)
    store.put("g", "s", [(1, "kept"), (2, ""), (3, "kept too")])
    store.put("g", "gone", [(1, "lost")])
    store.put("gone", "s", [(1, "lost")])
    assert texts(store, "g") == ["kept", "kept too"]


def test_a_very_long_line_is_split_as_the_log_driver_splits_it(store: LogStore) -> None:
    store.ensure_stream("g", "s", create_group=True)
    store.put("g", "s", [(1, "x" * 262_118 + "rest"), (2, "é" * 131_059)])
    assert [len(text) for text in texts(store, "g")] == [262_118, 4, 131_059]


def test_events_older_than_the_retention_are_gone(store: LogStore, clock: FakeSandboxClock) -> None:
    store.ensure_stream("g", "s", create_group=True)
    now = int(clock.seconds * 1000)
    with store.group("g") as group:
        group.retention = 1
    store.put("g", "s", [(now - 1000, "old"), (now, "new")])
    clock.seconds += DAY
    assert texts(store, "g") == ["new"]
    assert texts(store, "g", "s") == ["new"]
    clock.seconds += 1
    with store.group("g") as group:
        assert (group.events, group.size, group.streams["s"].first) == ([], 0, None)


def test_a_noisy_group_pushes_out_its_own_past_only(clock: FakeSandboxClock) -> None:
    store = LogStore(clock, max_bytes=200_000)
    for group in ("quiet", "noisy"):
        store.ensure_stream(group, "s", create_group=True)
    store.put("quiet", "s", [(0, "still here")])
    for at in range(100):
        store.put("noisy", "s", [(at * 100 + each, "x" * 50) for each in range(100)])
    with store.group("noisy") as noisy:
        assert noisy.held < 200_000
        assert 500 < len(noisy.events) < 1000
        assert noisy.events == noisy.streams["s"].events
        assert noisy.events[-1].timestamp == 9999
    assert texts(store, "quiet") == ["still here"]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.lists(st.integers(0, 50), max_size=5)), max_size=20))
def test_both_lists_stay_sorted_and_hold_the_same_events(batches: list[tuple[str, list[int]]]) -> None:
    store = LogStore(SystemClock())
    for name in "ab":
        store.ensure_stream("g", name, create_group=True)
    for name, times in batches:
        store.put("g", name, [(time, "x") for time in times])
    with store.group("g") as group:
        assert group.events == sorted(group.events)
        assert group.events == sorted(event for stream in group.streams.values() for event in stream.events)
        assert group.size == 27 * len(group.events)
        group.drop(len(group.events) // 2)
        assert group.events == sorted(event for stream in group.streams.values() for event in stream.events)
        group.remove_stream("a")
        assert {event.stream for event in group.events} <= {"b"}
        assert group.size == 27 * len(group.events)


def test_writers_do_not_lose_each_others_lines() -> None:
    store = LogStore(SystemClock())
    names = [f"s{at}" for at in range(8)]
    for name in names:
        store.ensure_stream("g", name, create_group=True)

    def write(name: str) -> None:
        for at in range(200):
            store.put("g", name, [(at, f"{name} {at}")])

    threads = [threading.Thread(target=write, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts(store, "g")) == 1600
    assert texts(store, "g", "s3") == [f"s3 {at}" for at in range(200)]
