from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from ecsdeploy.sandbox.lifecycle import already_up, running, take_down
from ecsdeploy.sandbox.lifecycle_errors import CannotStartError, NotUpError
from ecsdeploy.sandbox.ports import holder_of
from ecsdeploy.sandbox.state import BadNameError, Hold, State, StillUpError, home_of, is_up, read_state
from ecsdeploy.sandbox.wish import Wish

STATE = State(
    name="t",
    port=4566,
    pid=1,
    token="secret",
    runtime="simulated",
    speed=1.0,
    account="123456789012",
    region="us-east-1",
    started=0.0,
)


def environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path)}


def test_the_state_is_its_users_alone(tmp_path: Path) -> None:
    home = home_of("t", environ(tmp_path))
    hold = Hold(home)
    hold.publish(STATE)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "state.json").stat().st_mode) == 0o600
    assert read_state(home) == STATE
    hold.release(remove=True)
    assert not home.exists()


def test_the_lock_says_who_is_up_and_not_the_file(tmp_path: Path) -> None:
    home = home_of("t", environ(tmp_path))
    hold = Hold(home)
    hold.publish(STATE)
    with pytest.raises(StillUpError):
        Hold(home)
    hold.release()
    assert (home / "state.json").exists()
    assert not is_up(home)
    assert read_state(home) is None
    again = Hold(home)
    again.clear()
    assert [path.name for path in home.iterdir()] == ["lock"]
    again.release()


def test_a_killed_holder_lets_go(tmp_path: Path) -> None:
    script = "import sys; from ecsdeploy.sandbox.state import Hold; from pathlib import Path; "
    script += "hold = Hold(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    home = tmp_path / "t"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert is_up(home)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not is_up(home)


def test_a_folder_that_was_cleared_keeps_what_a_link_leads_to(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    hold = Hold(tmp_path / "t")
    (tmp_path / "t" / "ecr").symlink_to(precious)
    hold.clear()
    hold.release(remove=True)
    assert (precious / "file").exists()


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "-a", "a-", "a" * 41, "a b"])
def test_a_name_that_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadNameError):
        home_of(name, environ(tmp_path))


def test_nothing_up_is_said_with_the_way_to_change_it(tmp_path: Path) -> None:
    with pytest.raises(NotUpError) as caught:
        running("ci", environ(tmp_path))
    assert caught.value.what == "No sandbox named ci is up."
    assert caught.value.fix == "Start one: ecsdeploy sandbox up --detach --name ci"
    assert take_down("ci", environ(tmp_path)) is False


def test_up_twice_is_fine_if_it_asks_for_the_same(tmp_path: Path) -> None:
    hold = Hold(home_of("t", environ(tmp_path)))
    hold.publish(STATE)
    same = Wish(name="t", port=0, runtime="simulated")
    assert already_up(same, environ(tmp_path)) == STATE
    with pytest.raises(CannotStartError) as caught:
        already_up(Wish(name="t", port=0, runtime="docker", speed=20), environ(tmp_path))
    assert caught.value.why == "It has runtime simulated, not docker; speed 1, not 20."
    hold.release()


@pytest.mark.skipif(sys.platform != "linux", reason="who listens stands in /proc")
def test_the_holder_of_a_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = holder_of(port)
        assert found is not None
        assert found.endswith(f"(pid {os.getpid()})")
    assert holder_of(port) is None
    assert holder_of(port, proc=tmp_path) is None


def test_a_removal_that_was_cut_short_is_finished_by_the_next_up_or_down(tmp_path: Path) -> None:
    home = home_of("dev", environ(tmp_path))
    half, other = home.with_name(".dev.4711"), home.with_name(".dev-2.4711")

    def cut_short() -> None:
        for folder in (half, other):
            (folder / "ecr").mkdir(parents=True, exist_ok=True)

    cut_short()
    take_down("dev", environ(tmp_path))
    assert (half.exists(), other.exists()) == (False, True)
    cut_short()
    hold = Hold(home)
    hold.clear()
    assert (half.exists(), other.exists()) == (False, True)
    hold.release(remove=True)


def test_a_lock_in_a_folder_that_was_taken_away_is_none(tmp_path: Path) -> None:
    """Two that come and go at once: the second opened the lock of the first just before its folder was removed."""
    home = tmp_path / "dev"
    taken: list[IO[bytes]] = []

    class Late(Hold):
        def _take(self) -> IO[bytes]:
            file = super()._take()
            if not taken:
                shutil.rmtree(home)
            taken.append(file)
            return file

    hold = Late(home)
    assert (len(taken), is_up(home)) == (2, True)
    hold.release(remove=True)
    assert not home.exists()
