"""What a container's exit code says: a program's own number, a shell's, or the signal that ended it.

A process that a signal ended has 128 and the signal's number (Docker Engine API, POSIX shells); the numbers are
Linux's on x86_64 and arm64 (signal(7)).
"""

from __future__ import annotations

from collections.abc import Iterable

from ecsdeploy.config.mistake import listing

KILLED = 137
"""SIGKILL: what nobody can ignore, so also the kernel's answer to a container that uses up its memory."""

_SIGNALS = {
    1: "SIGHUP",
    2: "SIGINT",
    3: "SIGQUIT",
    4: "SIGILL",
    5: "SIGTRAP",
    6: "SIGABRT",
    7: "SIGBUS",
    8: "SIGFPE",
    9: "SIGKILL",
    10: "SIGUSR1",
    11: "SIGSEGV",
    12: "SIGUSR2",
    13: "SIGPIPE",
    14: "SIGALRM",
    15: "SIGTERM",
    24: "SIGXCPU",
    25: "SIGXFSZ",
    28: "SIGWINCH",
    31: "SIGSYS",
    37: "SIGRTMIN+3",
}
ASKED_TO_STOP = frozenset(128 + number for number in (1, 2, 3, 10, 12, 15, 28, 37))
"""Codes of what was asked to stop and did: SIGTERM, or what an image's STOPSIGNAL may be (nginx: SIGQUIT)."""


def signal_name(code: int) -> str:
    """Return the signal that ended a process with this exit code; "" if none did."""
    return _SIGNALS.get(code - 128, "")


def code_text(code: int) -> str:
    """Return the code with its signal: `137 (SIGKILL)`."""
    name = signal_name(code)
    return f"{code} ({name})" if name else str(code)


def codes_text(codes: Iterable[int]) -> str:
    """Return one or more codes: `exit code 1`, `exit code 0 or 137 (SIGKILL)`."""
    return f"exit code {listing([code_text(code) for code in codes])}"
