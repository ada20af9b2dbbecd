"""Signals that a command gets while it does something: it says its last words and is over, whatever that is."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

LONG = 20
"""Seconds after which a process is taken to hang; what is tried takes ten minutes and more if nothing ends it."""
PROGRAM = """
import ctypes, os, signal, subprocess, sys, threading, time
from pathlib import Path
from ecsdeploy.asked import ask
from ecsdeploy.cli.boundary import boundary
from ecsdeploy.core.interrupted import deployment
from ecsdeploy.events import Note
from ecsdeploy.image.process import lines_of
from ecsdeploy.runtime import Journal, Options
import typer

def stuck_in_a_call():
    libc, lock = ctypes.CDLL(None), ctypes.create_string_buffer(64)
    libc.pthread_mutex_lock(lock)
    libc.pthread_mutex_lock(lock)

def swallowing():
    while True:
        try:
            time.sleep(600)
        except BaseException:
            pass

def tidying_up():
    try:
        time.sleep(600)
    finally:
        time.sleep(600)

def building():
    for line in lines_of(["bash", "-c", "trap '' INT; echo $$; sleep 600; sleep 600"], env=os.environ, cwd=Path("/")):
        report(Note(line))

def main():
    global report
    journal = Journal(done=["updated the service hello"], in_aws=deployment("hello:8", watch="WATCH", undo="UNDO"))
    with boundary(Options(output="plain"), journal) as report:
        report(Note("ready"))
        {what}
typer.run(main)
"""
WHATS = {
    "sleeping": "time.sleep(600)",
    "waiting for a thread": "ask(lambda: time.sleep(600))()",
    "in a call that no signal ends": "stuck_in_a_call()",
    "where it is swallowed": "swallowing()",
    "where tidying up takes long": "tidying_up()",
    "a build that does not listen": "building()",
    "computing": "any(False for _ in iter(int, 1))",
}
TOLD = (
    "  Done: updated the service hello.\n"
    "  ECS goes on with the deployment of hello:8.\n"
    "  Watch it:\n"
    "      WATCH\n"
    "  Roll it back:\n"
    "      UNDO\n"
)


@contextmanager
def started(what: str, *before: str) -> Iterator[subprocess.Popen[str]]:
    """Give a process that does `what`, and has told that it began; at the end it is over, one way or the other."""
    argv = [*before, sys.executable, "-c", PROGRAM.replace("{what}", what)]
    with subprocess.Popen(argv, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("what", WHATS.values(), ids=WHATS)
def test_a_signal_ends_it_with_its_last_words(what: str) -> None:
    with started(what) as process:
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=LONG)

    assert process.returncode == 130
    assert told.endswith(f"error: Interrupted.\n{TOLD}")


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [(signal.SIGTERM, 143, "Terminated."), (signal.SIGHUP, 129, "The terminal was closed.")],
)
@pytest.mark.parametrize("what", [WHATS["sleeping"], WHATS["in a call that no signal ends"]])
def test_each_signal_has_its_code(number: signal.Signals, code: int, words: str, what: str) -> None:
    with started(what) as process:
        process.send_signal(number)
        _, told = process.communicate(timeout=LONG)

    assert process.returncode == code
    assert told == f"error: {words}\n{TOLD}"


def test_the_second_ends_it_too_and_the_words_are_said_once() -> None:
    with started(WHATS["where tidying up takes long"]) as process:
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=LONG)

    assert process.returncode in (130, 143)  # the first may be handled after the second
    assert told.count("ECS goes on with the deployment of hello:8.\n") == 1


def test_it_ends_although_nobody_reads_what_it_says() -> None:
    with started("report(*(Note('x' * 1000) for _ in range(1000)))") as process:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=LONG)

    assert process.returncode == 130


@pytest.mark.parametrize("number", ["INT", "HUP"])
def test_what_is_started_to_ignore_a_signal_does(number: str) -> None:
    """As `nohup` and `&` start it."""
    with started(WHATS["sleeping"], "bash", "-c", f'trap "" {number}; exec "$@"', "bash") as process:
        process.send_signal(signal.Signals[f"SIG{number}"])
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=LONG)

    assert process.returncode == 143
    assert told == f"error: Terminated.\n{TOLD}"


def test_what_it_started_is_over_too() -> None:
    with started(WHATS["a build that does not listen"]) as process:
        assert process.stderr is not None
        child = process.stderr.readline().strip()
        assert Path(f"/proc/{child}").exists()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LONG)

    assert not Path(f"/proc/{child}").exists()


def test_handlers_are_left_as_they_were_found() -> None:
    from ecsdeploy.cli.signals import STOPS, Signals

    before = [signal.getsignal(number) for number in STOPS]
    signals = Signals(lambda stop: None)
    signals.open()
    assert [signal.getsignal(number) for number in STOPS] != before
    signals.close()
    assert [signal.getsignal(number) for number in STOPS] == before
    assert signal.set_wakeup_fd(-1) == -1
