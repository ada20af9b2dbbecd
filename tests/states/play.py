"""One row, played."""

from __future__ import annotations

import shlex
from contextlib import suppress
from pathlib import Path

from ecsdeploy.sandbox.app import Sandbox
from tests.states.bench import open_bench
from tests.states.table import Row


def play(row: Row, sandbox: Sandbox, home: Path) -> None:
    """Bring the state about, run the command, look."""
    bench = open_bench(sandbox, home, row.id)
    steps = row.play(bench)
    try:
        next(steps)
        ran = bench.run(*shlex.split(row.command), "--debug")
        assert ran.code == row.code, ran.err
        assert "Something unexpected" not in ran.err, ran.err
        with suppress(StopIteration):
            steps.send(ran)
            raise AssertionError(f"{row.id} yields more than once")
    finally:
        sandbox.faults.heal()
