"""Sandboxes that come and go at once, and those that are killed half way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import pytest

from ecsdeploy.sandbox.lifecycle import start_detached, take_down
from ecsdeploy.sandbox.lifecycle_errors import CannotStartError
from ecsdeploy.sandbox.state import State, home_of, is_up, read_state
from ecsdeploy.sandbox.wish import Wish


class Place:
    """A state folder, and a wish for a sandbox in it."""

    def __init__(self, folder: Path) -> None:
        self.environ = {**os.environ, "XDG_STATE_HOME": str(folder)}
        self.wish = Wish(name=f"test-{uuid.uuid4().hex[:8]}", port=0, runtime="simulated")
        self.home = home_of(self.wish.name, self.environ)

    def up(self) -> State:
        return start_detached(self.wish, self.environ)

    def down(self) -> bool:
        return take_down(self.wish.name, self.environ)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.down()


def test_of_two_that_come_up_at_once_one_wins(place: Place) -> None:
    both = threading.Barrier(2)

    def up() -> State | str:
        both.wait()
        try:
            return place.up()
        except CannotStartError as error:
            return error.what

    with ThreadPoolExecutor(2) as pool:
        ends = [future.result() for future in [pool.submit(up) for _ in range(2)]]
    [state] = [end for end in ends if isinstance(end, State)]
    [said] = [end for end in ends if isinstance(end, str)]
    assert said == f"A sandbox named {place.wish.name} is just coming up or going down."
    assert read_state(place.home) == state


def test_killed_while_it_goes_down(place: Place) -> None:
    """It hangs when it is asked to end, and is killed then: whoever asked cleans up after it."""
    state = place.up()
    os.kill(state.pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        down = pool.submit(place.down)
        while not is_asked(state.port):
            threading.Event().wait(0.005)
        os.kill(state.pid, signal.SIGKILL)
        assert down.result() is True
    assert list(place.home.parent.iterdir()) == []


def is_asked(port: int) -> bool:
    """Return whether somebody is connected to the port: what hangs does not answer, the kernel does."""
    connections = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(remote.endswith(f":{port:04X}") and state == "01" for _, _, remote, state, *_ in connections)


@pytest.mark.parametrize("moment", ["the lock", "state.json"])
def test_killed_while_it_comes_up(place: Place, moment: str) -> None:
    """As soon as the lock is held, and as soon as the state is written: before it could say that it is up."""
    reading, writing = os.pipe()
    command = [sys.executable, "-P", "-m", "ecsdeploy.sandbox.daemon", json.dumps(asdict(place.wish)), str(writing)]
    with subprocess.Popen(command, env=place.environ, pass_fds=(writing,), stderr=subprocess.DEVNULL) as process:
        os.close(writing)
        while not (is_up(place.home) if moment == "the lock" else (place.home / moment).exists()):
            assert process.poll() is None
            threading.Event().wait(0.005)
        process.kill()
    os.close(reading)
    state = place.up()
    assert read_state(place.home) == state
    assert place.down()
    assert list(place.home.parent.iterdir()) == []
