"""What the set-up scripts need to know of the machine they run on, and the two things they do to it.

Used before the project is installed, so it needs nothing but Python's standard library.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Unmet(Exception):
    """Something is missing that this script cannot, or may not, put there itself; the text says what to do."""


@dataclass(frozen=True)
class Outcome:
    """How a process ended: its exit code, and what it printed on both of its outputs together."""

    code: int
    output: str

    @property
    def ok(self) -> bool:
        """Whether it ended with 0."""
        return self.code == 0

    def last_lines(self, count: int = 15) -> str:
        """Return the end of the output, indented, for an error message."""
        return "\n".join(f"    {line}" for line in self.output.strip().splitlines()[-count:])


class Runner(Protocol):
    """Runs a command to its end."""

    def __call__(self, arguments: Sequence[str], *, timeout: float | None = None) -> Outcome:
        """Return how it ended; a command that is missing or outlives `timeout` seconds has a code of its own."""
        ...


def run(arguments: Sequence[str], *, timeout: float | None = None) -> Outcome:
    """Run `arguments` without a shell; 127 when there is no such program, 124 after `timeout` seconds, as coreutils."""
    environment = os.environ | {"LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", errors="replace", timeout=timeout, env=environment, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        return Outcome(127, f"{arguments[0]}: no such program")
    except subprocess.TimeoutExpired:
        return Outcome(124, f"{arguments[0]}: no answer within {timeout:g} s")
    return Outcome(done.returncode, done.stdout)


def say(text: str) -> None:
    """Tell the person at the terminal; on stderr, since stdout is for answers that other scripts read."""
    print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Machine:
    """The facts that decide what may be done to a machine."""

    root: bool
    distribution: Mapping[str, str]
    """The fields of /etc/os-release; empty where there is none (macOS)."""
    may_install: bool
    """False when NO_INSTALL is set to anything but 0 or nothing."""

    @property
    def debian(self) -> bool:
        """Whether this is Debian, Ubuntu or one of their descendants, with APT at hand."""
        family = {self.distribution.get("ID", ""), *self.distribution.get("ID_LIKE", "").split()}
        return bool(family & {"debian", "ubuntu"}) and shutil.which("apt-get") is not None

    def why_not_install(self) -> str | None:
        """Return why packages cannot be installed from here, or None when they can."""
        if not self.may_install:
            return "NO_INSTALL is set"
        if not self.debian:
            return "this is neither Debian nor Ubuntu"
        return None if self.root else "this does not run as root"


def this_machine(environment: Mapping[str, str] = os.environ, os_release: Path = Path("/etc/os-release")) -> Machine:
    """Return the facts of the machine at hand."""
    return Machine(
        root=hasattr(os, "geteuid") and os.geteuid() == 0,
        distribution=read_os_release(os_release.read_text("utf-8")) if os_release.is_file() else {},
        may_install=environment.get("NO_INSTALL", "0") in {"", "0"},
    )


def read_os_release(text: str) -> dict[str, str]:
    """Return the fields of an os-release file (os-release(5)): NAME=value lines, values quoted or not."""
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}


def install(machine: Machine, packages: Sequence[str], *, to: str, runner: Runner = run) -> None:
    """Install the distribution's `packages` in order `to` do something, saying so first.

    Raises Unmet when that is not possible or not allowed here, with the command that a person would type.
    """
    command = f"apt-get install --no-install-recommends {' '.join(packages)}"
    if reason := machine.why_not_install():
        by_hand = f"\n  On Debian or Ubuntu: sudo {command}" if machine.debian or not machine.distribution else ""
        raise Unmet(f"{', '.join(packages)} is needed to {to}, and is not installed here: {reason}.{by_hand}")
    say(f"Installing {', '.join(packages)} (apt-get), needed to {to}.")
    quiet = ["apt-get", "-qq", "--yes", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=120"]
    attempt = [*quiet, "install", "--no-install-recommends", *packages]
    outcome = runner(attempt, timeout=600)
    if not outcome.ok:
        # A fresh machine has no package lists yet; one that has them need not wait for new ones.
        runner([*quiet, "update"], timeout=300)
        outcome = runner(attempt, timeout=600)
    if not outcome.ok:
        raise Unmet(f"'{command}' failed:\n{outcome.last_lines()}")


def main(arguments: Sequence[str]) -> int:
    """Install what is missing of the programs named after the purpose, each from the package of its name; else 3."""
    purpose, *programs = arguments
    missing = [program for program in programs if shutil.which(program) is None]
    try:
        if missing:
            install(this_machine(), missing, to=purpose)
    except Unmet as unmet:
        say(str(unmet))
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
