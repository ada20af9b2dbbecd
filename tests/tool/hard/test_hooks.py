"""What is done to a run is done at exactly one of its calls, also where several threads make calls at once."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from tests.support.clocks import ToolClock
from tests.tool.hard.hooks import Hooks, Waking
from tests.tool.hard.lab import Lab, Trial
from tests.tool.hard.porter import Porter

THREADS = 8
EACH = 25
FEW = 5


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Any]:
    with (tmp_path / "log").open("w+") as file:
        yield file


def hooks_of(plan: dict[str, Any], log: Any) -> Hooks:
    hooks = Hooks()
    hooks.begin(plan, log.fileno(), ToolClock(lambda seconds: seconds))
    return hooks


def told(log: Any) -> Trial:
    return Trial(code=0, out="", err="", log=tuple(Path(log.name).read_text().splitlines()))


def at_once(do: Callable[[int], None]) -> None:
    """Call `do` with each number in a thread of its own, all of them together."""
    barrier = threading.Barrier(THREADS)

    def run(number: int) -> None:
        barrier.wait()
        do(number)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(run, range(THREADS)))


@contextmanager
def received(number: signal.Signals) -> Iterator[list[int]]:
    """Give the list of the signals that came, which end nothing meanwhile."""
    came: list[int] = []
    before = signal.signal(number, lambda number, _frame: came.append(number))
    try:
        yield came
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", [1, 100, THREADS * EACH])
def test_a_signal_comes_once(log: Any, when: str, at: int) -> None:
    hooks = hooks_of({"kind": "int", "when": when, "at": at}, log)
    acted: list[str] = []

    def run(number: int) -> None:
        for turn in range(EACH):
            name = f"{number}/{turn}"
            hooks.call(name, partial(acted.append, name))

    with received(signal.SIGINT) as came:
        at_once(run)

    trial = told(log)
    assert came == [signal.SIGINT]
    assert len(trial.made) == len(set(trial.made)) == THREADS * EACH
    assert sorted(acted) == sorted(trial.made)
    assert trial.until_fired[-1] == trial.made[at - 1]


def test_what_the_signal_follows_was_acted_upon(log: Any) -> None:
    hooks = hooks_of({"kind": "term", "when": "after", "at": 1}, log)
    begun, under_way, acted = (threading.Event() for _ in range(3))

    def slow() -> None:
        begun.set()
        under_way.wait()
        acted.set()

    with received(signal.SIGTERM) as came, ThreadPoolExecutor(1) as pool:
        call = pool.submit(hooks.call, "iam:CreateRole", slow)
        begun.wait()
        hooks.call("ecs:ListTasks", lambda: None)  # while the other one is under way
        assert (came, acted.is_set()) == ([], False)
        under_way.set()
        call.result()
        hooks.call("ecs:DescribeTasks", lambda: None)

    trial = told(log)
    assert (came, acted.is_set()) == ([signal.SIGTERM], True)
    assert trial.until_fired == ["ecs:ListTasks", "iam:CreateRole"]
    assert trial.after_fired == ["ecs:DescribeTasks"]


def test_one_of_several_threads_is_interrupted_in_its_sleep(log: Any) -> None:
    hooks = hooks_of({"kind": "int", "asleep": 3}, log)
    clock = Waking(hooks)
    with received(signal.SIGINT) as came:
        at_once(lambda _number: clock.sleep(0))
    assert came == [signal.SIGINT]
    assert [line for line in told(log).log if line.startswith("fired ")] == ["fired clock:Sleep"]


@pytest.mark.parametrize("at", [1, 20, THREADS * FEW])
def test_exactly_the_planned_call_is_broken(lab: Lab, log: Any, at: int) -> None:
    ecs = client_of(lab)
    hooks = hooks_of(lab.fault("throttle", at), log)
    broken: list[str] = []

    def run(number: int) -> None:
        for turn in range(FEW):
            name = f"ecs:{number}/{turn}"
            try:
                hooks.call(name, ecs.list_clusters)
            except ClientError:
                broken.append(name)

    at_once(run)
    trial = told(log)
    assert broken == trial.until_fired[-1:] == trial.made[at - 1 :][:1]


def test_a_call_that_is_under_way_does_not_meet_what_is_meant_for_another(lab: Lab, log: Any) -> None:
    ecs = client_of(lab)
    hooks = hooks_of(lab.fault("throttle", 2), log)
    begun = threading.Event()

    def slow() -> object:
        begun.set()
        while len(told(log).made) < 2:
            time.sleep(0.001)  # noqa: TID251 - waits for another thread
        time.sleep(0.05)  # noqa: TID251 - in which the fault would come too early, if it could
        return ecs.list_clusters()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(hooks.call, "ecs:first", slow)
        begun.wait()
        with pytest.raises(ClientError):
            hooks.call("ecs:second", lambda: first.exception() or ecs.list_clusters())
        assert first.result()


def client_of(lab: Lab) -> Any:
    """Return a client that never tries again."""
    return Session().create_client(
        "ecs",
        region_name="us-east-1",
        endpoint_url=lab.sandbox.settings.endpoint(),
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=THREADS),
    )


@pytest.fixture
def door() -> Iterator[tuple[Porter, socket.socket]]:
    """A porter, and the race's end of his line."""
    here, there = socket.socketpair()
    with here, there:
        yield Porter(there), here


def test_the_gate_lets_one_through_at_a_time_by_name(door: tuple[Porter, socket.socket]) -> None:
    porter, race = door
    said = race.makefile()
    inside, most, served = 0, 0, []

    def make() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.001)  # noqa: TID251 - lets other threads come in, where they may
        inside -= 1

    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(porter.let_through, name, make) for name in ("d", "b", "c", "b")]
        while len(porter.waiting) < len(calls):
            time.sleep(0.001)  # noqa: TID251 - waits for other threads
        for _ in calls:
            assert said.readline() == "waits\n"
            race.sendall(b"g")
            served.append(said.readline().strip())
        for call in calls:
            call.result()

    assert served == ["b", "b", "c", "d"]
    assert most == 1


@pytest.mark.parametrize("knocked", [False, True])
def test_a_run_does_not_wait_at_a_gate_that_is_gone(door: tuple[Porter, socket.socket], knocked: bool) -> None:
    porter, race = door
    if not knocked:
        race.close()
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(porter.let_through, "ecs:ListTasks", lambda: None)
        if knocked:
            assert race.recv(100) == b"waits\n"
            race.close()
        with pytest.raises(AssertionError, match="the race is over"):
            call.result()
