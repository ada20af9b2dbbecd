"""With programs called docker and dockerd that keep their state in a file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from machine import Machine, Unmet
from tests.repository.scripts.fakes import ADMIN, program
from with_engine import LEFT_RUNNING, engine, engine_answers

SCRIPT = str(Path(__file__).parents[3] / "scripts" / "with_engine.py")

DOCKER = """
case $1 in
version) test -e "$STATE/up" ;;
ps) cat "$STATE/containers" 2>/dev/null; true ;;
esac
"""
DOCKERD = """
trap 'rm "$STATE/up"; echo stopped >>"$STATE/log"; exit 0' TERM
echo "started $*" >>"$STATE/log"
touch "$STATE/up"
while :; do sleep 0.05; done
"""


class Host:
    """A machine with nothing but these programs, and the traces they left."""

    def __init__(self, folder: Path) -> None:
        """Make one with a docker client whose Engine does not answer."""
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        program(self.bin, "docker", DOCKER)

    def has_dockerd(self, text: str = DOCKERD) -> None:
        """Install dockerd and what it needs."""
        program(self.bin, "dockerd", text)
        program(self.bin, "iptables", "exit 0")

    def log(self) -> list[str]:
        """Return what dockerd did, without its arguments."""
        path = self.folder / "log"
        return [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []

    def start_outside(self) -> None:
        """Have an Engine that somebody else runs."""
        (self.folder / "up").touch()

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the script on this machine."""
        variables = {"PATH": f"{self.bin}:/usr/bin:/bin", "STATE": str(self.folder), **environment}
        command = [sys.executable, SCRIPT, *arguments]
        return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    host = Host(tmp_path)
    monkeypatch.setenv("PATH", f"{host.bin}:{os.environ['PATH']}")
    monkeypatch.setenv("STATE", str(tmp_path))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    return host


def test_an_engine_that_answers_is_used_and_left_alone(host: Host) -> None:
    host.has_dockerd()
    host.start_outside()

    with engine(ADMIN, host.folder / "no.pid"):
        assert engine_answers()

    assert engine_answers()
    assert host.log() == []


def test_an_engine_that_was_started_is_stopped(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    host.has_dockerd()
    stale = host.folder / "docker.pid"
    stale.write_text("4194304")

    with engine(ADMIN, stale):
        assert engine_answers()

    assert not engine_answers()
    assert host.log() == ["started", "stopped"]
    assert capsys.readouterr().err.startswith("No Docker Engine answers here.\nStarted dockerd (pid ")


def test_it_is_stopped_after_a_failure_too(host: Host) -> None:
    host.has_dockerd()

    with pytest.raises(RuntimeError), engine(ADMIN, host.folder / "no.pid"):
        raise RuntimeError

    assert host.log() == ["started", "stopped"]


def test_an_engine_with_somebody_elses_containers_is_left_running(
    host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    host.has_dockerd()

    with engine(ADMIN, host.folder / "no.pid"):
        (host.folder / "containers").write_text("0123456789ab\n")

    said = capsys.readouterr().err.splitlines()[-1]
    process = LEFT_RUNNING.pop()
    assert said == f"Containers are still running: dockerd (pid {process.pid}) is left running for them."
    assert host.log() == ["started"]
    process.terminate()
    process.wait(30)


def test_an_engine_that_does_not_come_up_shows_the_end_of_its_log(host: Host) -> None:
    host.has_dockerd("echo 'failed to start daemon: no cgroups' >&2; exit 1")

    with pytest.raises(Unmet) as error, engine(ADMIN, host.folder / "no.pid"):
        pass

    assert str(error.value) == ("dockerd was started and does not answer:\n    failed to start daemon: no cgroups")


@pytest.mark.parametrize(
    ("machine", "message"),
    [
        (
            replace(ADMIN, root=False),
            "dockerd is installed but does not run, and starting it takes root.\n  sudo systemctl start docker",
        ),
        (
            replace(ADMIN, may_install=False),
            "dockerd is installed but does not run, and NO_INSTALL forbids to start it.\n  dockerd &",
        ),
    ],
)
def test_an_engine_that_may_not_be_started_is_not(host: Host, machine: Machine, message: str) -> None:
    host.has_dockerd()

    with pytest.raises(Unmet) as error, engine(machine, host.folder / "no.pid"):
        pass

    assert str(error.value) == message
    assert host.log() == []


def test_an_engine_elsewhere_is_not_replaced_by_one_here(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.has_dockerd()
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.1:2375")

    with pytest.raises(Unmet) as error, engine(ADMIN, host.folder / "no.pid"):
        pass

    assert str(error.value) == "No Docker Engine answers at DOCKER_HOST=tcp://192.0.2.1:2375."


@pytest.mark.parametrize(("command", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143)])
def test_the_commands_exit_code_is_the_scripts(host: Host, command: str, code: int) -> None:
    host.start_outside()

    assert host.run("--", "sh", "-c", command).returncode == code


UNREACHABLE = {"DOCKER_HOST": "tcp://192.0.2.1:2375"}


def test_without_an_engine_the_command_does_not_run(host: Host) -> None:
    done = host.run("--", "echo", "ran", **UNREACHABLE)

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "No Docker Engine answers at DOCKER_HOST=tcp://192.0.2.1:2375.\n"


def test_a_command_that_can_do_without_runs(host: Host) -> None:
    done = host.run("--optional", "--", "echo", "ran", **UNREACHABLE)

    assert (done.returncode, done.stdout) == (0, "ran\n")


@pytest.mark.parametrize("name", ["CI", "ECSDEPLOY_REQUIRE_DOCKER"])
def test_in_ci_nothing_can_do_without(host: Host, name: str) -> None:
    done = host.run("--optional", "--", "echo", "ran", **UNREACHABLE, **{name: "true"})

    assert (done.returncode, done.stdout) == (3, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_reaches_the_command_which_ends_in_its_own_way(host: Host, number: signal.Signals) -> None:
    host.start_outside()
    child = "import signal, sys\nfor n in (2, 15): signal.signal(n, lambda n, f: sys.exit(40 + n))\n"
    child += "print('ready', flush=True)\nsignal.pause()"
    command = [sys.executable, SCRIPT, "--", sys.executable, "-c", child]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)

        assert process.wait(30) == 40 + number
