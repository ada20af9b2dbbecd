"""Other programs: started from argument lists, never through a shell, and never left running."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ecsdeploy.hidden import is_key, signs_in

# An interrupted command is over 1.5 s later (`cli.signals`): its last words need part of that.
GRACE_SECONDS = 1.0


def without_credentials(env: Mapping[str, str]) -> dict[str, str]:
    """Return `env` less what signs in to AWS or GitHub: for a program that has nothing to do with either."""
    return {name: value for name, value in env.items() if not signs_in(name)}


def without_keys(env: Mapping[str, str], keep: Collection[str] = ()) -> dict[str, str]:
    """Return `env` less the keys and tokens in it, but for those to `keep`.

    This is for docker, whose helpers may use a profile: what it is given, they get, and the programs that they start.
    """
    return {name: value for name, value in env.items() if name in keep or not is_key(name)}


def start(argv: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> subprocess.Popen[str]:
    """Start a program without a shell and without input; what it prints is one stream of text."""
    return subprocess.Popen(
        argv,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # a group of its own: signalled once, by us, and as a whole
    )


def lines_of(
    argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, grace: float = GRACE_SECONDS
) -> Generator[str, None, int]:
    """Yield each line that the program prints, standard error included; return its exit code.

    When the caller stops early, for whatever reason, the program and its children are interrupted, and killed after
    `grace` seconds, before this returns.
    Raises `OSError` if it cannot be started.
    """
    process = start(argv, env=env, cwd=cwd)
    assert process.stdout is not None
    try:
        with process.stdout as output:
            for line in output:
                yield line.rstrip("\r\n")
        return process.wait()
    finally:
        end(process, grace)


def end(process: subprocess.Popen[str], grace: float = GRACE_SECONDS) -> None:
    """Interrupt the process's group as Ctrl-C would, then kill what has not gone; a second Ctrl-C kills at once."""
    if process.poll() is not None:
        return
    try:
        _signal(process, signal.SIGINT)
        process.wait(grace)
    except subprocess.TimeoutExpired:
        pass
    finally:
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
