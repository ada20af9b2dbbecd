"""Run a command with a Docker Engine at hand: the one that answers, or one installed and started for the occasion.

    python scripts/with_engine.py [--optional] -- COMMAND [ARGUMENT...]

What was started here is stopped at the end, however the command ended; an Engine that ran already is left alone.
Ends with the command's own exit code, or with 3 when no Engine can be had. With --optional the command then runs
all the same, without one, unless CI or ECSDEPLOY_REQUIRE_DOCKER is set.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from machine import Machine, Unmet, install, run, say, this_machine

START_SECONDS = 45
STOP_SECONDS = 30
# iptables: the Engine's bridge network needs it, and docker.io merely recommends it.
PACKAGES = ("docker.io", "iptables")
LEFT_RUNNING: list[subprocess.Popen[bytes]] = []
PID_FILE = Path("/var/run/docker.pid")


def engine_answers() -> bool:
    """Whether the Engine that the docker client is pointed at answers a version request."""
    return run(["docker", "version", "--format", "{{.Server.Version}}"], timeout=20).ok


def another_is_starting(pid_file: Path) -> bool:
    """Whether the process that the Engine's usual pid file names is a dockerd; the file outlives a killed one."""
    try:
        name = Path(f"/proc/{int(pid_file.read_text())}/comm").read_text().strip()
    except (OSError, ValueError):
        return False
    return name == "dockerd"


def answers_within(seconds: float, given_up: Sequence[subprocess.Popen[bytes]] = ()) -> bool:
    """Wait for an answer, no longer than one of the processes `given_up` on their end."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if engine_answers():
            return True
        if any(process.poll() is not None for process in given_up):
            return False
        time.sleep(0.3)
    return False


@contextmanager
def engine(machine: Machine, pid_file: Path = PID_FILE) -> Iterator[None]:
    """Have an Engine that answers for the duration; Unmet when that takes what is not possible or allowed here."""
    if engine_answers():
        yield
        return
    if host := os.environ.get("DOCKER_HOST"):
        raise Unmet(f"No Docker Engine answers at DOCKER_HOST={host}.")
    if another_is_starting(pid_file) and answers_within(20):
        yield
        return
    say("No Docker Engine answers here.")
    if shutil.which("dockerd") is None or shutil.which("iptables") is None:
        install(machine, PACKAGES, to="run containers")
        # Where an init system is in charge, installing the package has started the Engine already.
        if answers_within(3):
            yield
            return
    if not machine.root:
        raise Unmet("dockerd is installed but does not run, and starting it takes root.\n  sudo systemctl start docker")
    if not machine.may_install:
        raise Unmet("dockerd is installed but does not run, and NO_INSTALL forbids to start it.\n  dockerd &")
    with started() as process:
        say(f"Started dockerd (pid {process.pid}) for this run.")
        yield


@contextmanager
def started() -> Iterator[subprocess.Popen[bytes]]:
    """Run dockerd for the duration. Unmet, with the end of its log, when it does not answer."""
    with tempfile.TemporaryDirectory(prefix="ecsdeploy-dockerd-") as folder, (Path(folder) / "log").open("wb") as log:
        process = subprocess.Popen(
            # A pid file of its own: the usual one may be left over, and dockerd then refuses to start.
            ["dockerd", "--pidfile", f"{folder}/pid", "--log-level", "warn"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,  # Ctrl-C at the terminal is for the command, which still has containers to remove
        )  # fmt: skip
        try:
            if not answers_within(START_SECONDS, [process]):
                end = (Path(folder) / "log").read_text("utf-8", "replace").strip().splitlines()[-15:]
                raise Unmet("dockerd was started and does not answer:\n" + "\n".join(f"    {line}" for line in end))
            yield process
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a dockerd that was started here, unless containers that somebody else started meanwhile depend on it."""
    others = run(["docker", "ps", "--quiet"], timeout=20)
    if process.poll() is None and others.ok and others.output.strip():
        say(f"Containers are still running: dockerd (pid {process.pid}) is left running for them.")
        LEFT_RUNNING.append(process)
        return
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def attend(command: Sequence[str]) -> int:
    """Run `command` to its end, passing on the signals it would not get by itself; its exit code as a shell has it."""
    # Before the child exists: a signal in between must not end us and leave a dockerd behind.
    pending: list[int] = []
    for handled in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(handled, lambda received, _frame: pending.append(received))
    child = subprocess.Popen(command)
    while (code := child.poll()) is None:
        for number in pending:
            # A terminal sends Ctrl-C to the whole group, the child included; twice would mean "at once" to it.
            if number != signal.SIGINT or not sys.stdin.isatty():
                child.send_signal(number)
        pending.clear()
        try:
            child.wait(0.2)
        except subprocess.TimeoutExpired:
            continue
    return 128 - code if code < 0 else code


def main(arguments: Sequence[str]) -> int:
    """Do what the module says; `arguments` are those after the script's name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--optional", action="store_true", help="without an Engine, run the command all the same")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    required = any(os.environ.get(name, "") not in {"", "0", "false"} for name in ("CI", "ECSDEPLOY_REQUIRE_DOCKER"))
    try:
        with engine(this_machine()):
            return attend(options.command)
    except Unmet as missing:
        say(str(missing))
        if not options.optional or required:
            return 3
    return attend(options.command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
