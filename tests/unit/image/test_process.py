from __future__ import annotations

import os
import select
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from ecsdeploy.image.process import lines_of, without_credentials

ENV = dict(os.environ)


def python(code: str, cwd: Path) -> Generator[str, None, int]:
    return lines_of([sys.executable, "-u", "-c", code], env=ENV, cwd=cwd)


def ends(pid: int) -> bool:
    """Return whether the process ends within some seconds, if it has not yet."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 20)[0])
    finally:
        os.close(handle)


def test_lines_come_from_both_streams_and_the_code_at_the_end(tmp_path: Path) -> None:
    code = "import os, sys; os.write(1, b'out\\n'); os.write(2, 'err é'.encode() + b'\\xff\\r\\n'); sys.exit(7)"
    lines = python(code, tmp_path)

    seen = [next(lines), next(lines)]
    with pytest.raises(StopIteration) as end:
        next(lines)

    assert seen == ["out", "err é\ufffd"]
    assert end.value.value == 7


STUBBORN = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
TREE = f"""
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {STUBBORN!r}], stdout=subprocess.PIPE)
child.stdout.readline()
print(os.getpid())
print(child.pid)
time.sleep(60)
"""


def test_a_caller_who_stops_leaves_nothing_running(tmp_path: Path) -> None:
    lines = python(TREE, tmp_path)
    pids = [int(next(lines)), int(next(lines))]

    lines.close()

    assert [ends(pid) for pid in pids] == [True, True]


def test_a_program_that_ignores_an_interrupt_is_killed(tmp_path: Path) -> None:
    code = "import os, signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print(os.getpid()); time.sleep(60)"
    lines = lines_of([sys.executable, "-u", "-c", code], env=ENV, cwd=tmp_path, grace=0.1)
    pid = int(next(lines))

    lines.close()

    assert ends(pid)


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        next(lines_of([str(tmp_path / "nothing")], env=ENV, cwd=tmp_path))


def test_credentials_are_left_out_and_nothing_else() -> None:
    env = {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SESSION_TOKEN": "x",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x",
        "ACTIONS_RUNTIME_TOKEN": "x",
        "GITHUB_TOKEN": "x",
        "PATH": "/bin",
        "HOME": "/home/me",
        "GITHUB_SHA": "abc",
    }

    assert without_credentials(env) == {"PATH": "/bin", "HOME": "/home/me", "GITHUB_SHA": "abc"}
