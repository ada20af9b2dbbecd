"""The small parts that the runtimes stand on."""

from __future__ import annotations

import socket
import struct
import threading
from pathlib import Path
from typing import Any

import pytest

from ecsdeploy.sandbox.runtime import pause, reasons
from ecsdeploy.sandbox.runtime.agenda import Agenda
from ecsdeploy.sandbox.runtime.crew import Crew
from ecsdeploy.sandbox.runtime.engine import EngineError, Stream
from ecsdeploy.sandbox.runtime.probe import judge, usable_engine
from ecsdeploy.sandbox.runtime.pull import reason_for, repository_digest
from tests.support.clocks import FakeSandboxClock


def test_an_agenda_goes_by_time_then_by_who_asked_first() -> None:
    agenda, ran, done = Agenda(FakeSandboxClock(), "test"), list[str](), threading.Event()

    def begin() -> None:
        agenda.after(2, lambda: ran.append("later"))
        agenda.after(1, lambda: ran.append("first"))
        agenda.after(1, lambda: ran.append("second"))
        agenda.after(3, done.set)

    agenda.after(0, begin)
    assert done.wait(30)
    agenda.close()
    agenda.after(0, lambda: ran.append("never"))
    assert ran == ["first", "second", "later"]


def test_a_crew_keeps_the_order_of_one_and_lets_others_pass() -> None:
    crew, ran, stuck, done = Crew("test", 2), list[str](), threading.Event(), threading.Event()

    def wait() -> None:
        stuck.wait(30)
        ran.append("slow 1")

    crew.post("slow", wait)
    crew.post("slow", lambda: ran.append("slow 2"))
    crew.post("slow", done.set)
    crew.post("quick", lambda: ran.append("quick"))
    crew.post("quick", stuck.set)
    assert done.wait(30)
    crew.close(10)
    assert ran == ["quick", "slow 1", "slow 2"]


def test_a_closed_crew_forgets_what_waits() -> None:
    crew, running, stuck, ran = Crew("test", 1), threading.Event(), threading.Event(), list[str]()

    def wait() -> None:
        running.set()
        stuck.wait(30)
        ran.append("a")

    crew.post("a", wait)
    crew.post("a", lambda: ran.append("b"))
    assert running.wait(30)
    crew.close(0)
    crew.post("c", lambda: ran.append("c"))
    stuck.set()
    crew.close(30)
    assert ran == ["a"]


@pytest.mark.parametrize(("machine", "number"), [("x86_64", 62), ("amd64", 62), ("aarch64", 183), ("arm64", 183)])
def test_the_pause_program_is_a_static_executable_of_its_machine(machine: str, number: int) -> None:
    program = pause.program(machine)
    kind, target, _, entry, headers = struct.unpack_from("<HHIQQ", program, 16)
    offset, address, _, size = struct.unpack_from("<QQQQ", program, headers + 8)
    assert (program[:5], kind, target) == (b"\x7fELF\x02", 2, number)
    assert (offset, size) == (0, len(program))
    assert address <= entry < address + size


def test_the_digest_of_an_image_in_its_repository() -> None:
    description = {"RepoDigests": ["other@sha256:1", "127.0.0.1:5000/app@sha256:2"]}
    assert repository_digest("127.0.0.1:5000/app:v1", description) == "sha256:2"
    assert repository_digest("127.0.0.1:5000/app@sha256:3", description) == "sha256:3"
    assert repository_digest("127.0.0.1:5000/app", description) == "sha256:2"
    assert repository_digest("none:1", description) is None


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("manifest for i not found: manifest unknown: ...", reasons.image_not_found("i")),
        ("no matching manifest for linux/arm64/v8 in the manifest list entries", reasons.platform_mismatch("ARM64")),
        ("write /var/lib/docker/tmp/GetImageBlob1: no space left on device", reasons.disk_full("i")),
        ("Get https://example.com/v2/: x509: certificate has expired",
         "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref i: "
         "Get https://example.com/v2/: x509: certificate has expired"),
    ],
)  # fmt: skip
def test_why_a_pull_failed(said: str, reason: str) -> None:
    assert reason_for("i", "ARM64", said) == reason


GOOD = {"OSType": "linux", "OperatingSystem": "Debian GNU/Linux 12 (bookworm)", "SecurityOptions": ["name=seccomp"]}


@pytest.mark.parametrize(
    ("info", "api", "foreign", "reason"),
    [
        ({}, "1.41", False, None),
        ({}, "1.51", False, None),
        ({"OSType": "windows"}, "1.41", False, "the Docker Engine does not run Linux containers"),
        ({"OperatingSystem": "Docker Desktop"}, "1.51", False,
         "Docker Desktop runs containers in a virtual machine: its loopback addresses are not this machine's"),
        ({"SecurityOptions": ["name=rootless"]}, "1.51", False,
         "a rootless Docker Engine cannot publish ports on loopback addresses of this machine"),
        ({}, "1.40", False, "Docker Engine 1 is too old: 20.10 or newer is needed"),
        ({}, "1.41", True,
         "the Docker Engine runs outside of this container or machine: its ports are not published here"),
    ],
)  # fmt: skip
def test_which_engines_can_be_used(info: dict[str, Any], api: str, foreign: bool, reason: str | None) -> None:
    assert judge({**GOOD, **info}, {"ApiVersion": api, "Version": "1"}, foreign_network=foreign) == reason


def test_a_remote_or_missing_engine_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.1:2375")
    assert usable_engine() == (
        "DOCKER_HOST is tcp://10.0.0.1:2375: a remote Docker Engine cannot publish ports on this machine"
    )
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert usable_engine() == f"no Docker Engine is running: {tmp_path}/none.sock does not exist"
    (tmp_path / "file.sock").touch()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/file.sock")
    assert usable_engine() == f"no Docker Engine answers on {tmp_path}/file.sock"


@pytest.mark.docker
def test_this_machine_s_engine_can_be_used() -> None:
    assert usable_engine() is None


def test_what_the_engine_says_twice_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = b'{"message":"no such host"}\r\n{"message":"no such host"}\r\n'
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/engine.sock")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{tmp_path}/engine.sock")
        listening.listen()

        def refuse() -> None:
            asking, _ = listening.accept()
            with asking:
                asking.recv(4096)
                asking.sendall(b"HTTP/1.0 500 Internal Server Error\r\n\r\n" + body)

        engine = threading.Thread(target=refuse)
        engine.start()
        with pytest.raises(EngineError, match=r"no such host$") as error:
            Stream("1.41", "POST", "/images/create", {})
        engine.join()

    assert "{" not in str(error.value)
