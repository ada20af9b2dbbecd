"""What a simulated task does if its command is one of a shell's own: `true`, `echo`, `sleep`, `exit`, or a few of them.

Everything else is a program that runs until it is stopped, as a service does.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

_SHELLS = frozenset({"sh", "bash", "/bin/sh", "/bin/bash"})
_ENDS = {"true": 0, "false": 1}


@dataclass(frozen=True)
class Script:
    """What it prints, after how many seconds it ends, and its exit code."""

    lines: tuple[str, ...]
    seconds: float
    exit_code: int


def script_of(command: Sequence[str] | None) -> Script | None:
    """Return what a command does; None if it is no such script."""
    if not command:
        return None
    if len(command) == 3 and command[0] in _SHELLS and command[1] == "-c":
        try:
            words = list(shlex.shlex(command[2], posix=True, punctuation_chars=";&"))
        except ValueError:
            return None
        return _played(_statements(words))
    return _played([list(command)])


def _statements(words: Sequence[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for word in words:
        if word in (";", "&&"):
            found.append([])
        else:
            found[-1].append(word)
    return [each for each in found if each]


def _played(statements: Sequence[Sequence[str]]) -> Script | None:
    lines: list[str] = []
    seconds, code = 0.0, 0
    for name, *arguments in statements:
        if name == "echo":
            lines.append(" ".join(arguments))
            code = 0
        elif name == "sleep" and len(arguments) == 1 and arguments[0].isdigit():
            seconds += int(arguments[0])
            code = 0
        elif name in _ENDS and not arguments:
            code = _ENDS[name]
        elif name == "exit" and len(arguments) == 1 and arguments[0].isdigit():
            return Script(tuple(lines), seconds, int(arguments[0]) % 256)
        else:
            return None
    return Script(tuple(lines), seconds, code)
