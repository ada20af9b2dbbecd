"""A figure: what was promised, what was measured, and how."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One row of the table; `kept` is None for a figure that promises nothing."""

    what: str
    promised: str
    measured: str
    kept: bool | None = None


@dataclass(frozen=True)
class Timed:
    """Wall-clock seconds of several runs of a command, and what the last one printed."""

    seconds: tuple[float, ...]
    out: str
    err: str

    @property
    def median(self) -> float:
        """Return the middle one."""
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        return f"{self.median:.3f} s (of {len(self.seconds)}: {min(self.seconds):.3f} to {max(self.seconds):.3f})"


def timed(
    argv: Sequence[str], *, runs: int = 7, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Timed:
    """Run `argv` several times, once before that uncounted when there is more than one; raise if it fails."""
    seconds = []
    for n in range(runs + (runs > 1)):
        began = time.perf_counter()
        done = subprocess.run(argv, env=env, cwd=cwd, capture_output=True, text=True, check=False)
        took = time.perf_counter() - began
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stderr}")
        if n or runs == 1:
            seconds.append(took)
    return Timed(tuple(seconds), done.stdout, done.stderr)


def within(what: str, promised: float, found: Timed) -> Figure:
    """Return the figure of a command that should end within `promised` seconds."""
    return Figure(what, f"at most {promised:.2f} s", str(found), found.median <= promised)
