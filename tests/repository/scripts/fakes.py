"""Programs and machines that stand in for real ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from machine import Machine, Outcome

DEBIAN = {"ID": "debian", "VERSION_CODENAME": "bookworm"}
ADMIN = Machine(root=True, distribution=DEBIAN, may_install=True)

GONE = Outcome(1, "Error: No such image")
DONE = Outcome(0, "")


@dataclass
class FakeRunner:
    """Answers commands by how they begin, the longest match first, and remembers what it was asked."""

    answers: Mapping[str, Outcome | Callable[[Sequence[str]], Outcome]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(self, arguments: Sequence[str], *, timeout: float | None = None) -> Outcome:
        line = " ".join(arguments)
        self.asked.append(line)
        fitting = [start for start in self.answers if line.startswith(start)]
        if not fitting:
            return DONE
        answer = self.answers[max(fitting, key=len)]
        return answer if isinstance(answer, Outcome) else answer(arguments)


def program(folder: Path, name: str, text: str) -> None:
    """Put a shell script called `name` into `folder`."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
