"""Run every hard test, or some (`make hard ARGS="-k ..."`), and keep N of N of each in benchmarks/README.md."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.page import Measured, here_and_now, keep, kept_figures, table
from tests.tool.hard.rows import VARIABLE, Row

WORKERS = "4"
COUNTED = {
    "each state of an account": ["tests/tool/states/test_states.py", "tests/tool/states/test_account_states.py"],
    "each golden timeline": ["tests/sandbox/ecs/test_timelines.py"],
    "each rollout's words": ["tests/tool/rollouts"],
    "each odd environment of a machine, with each command": ["-m", "hard", "tests/tool/hostile"],
    "unmodified clients of the sandbox": ["tests/sandbox/clients"],
    "every operation of the sandbox": ["tests/sandbox/operations", "tests/sandbox/ecs/test_every_operation.py"],
}
"""What is a table of cases already, as tests that `make test` runs too."""


def main(arguments: list[str]) -> int:
    """Run, print and keep the rows; `arguments` for pytest choose some of them. Return the exit code."""
    began = dt.datetime.now(dt.UTC)
    with tempfile.TemporaryDirectory() as folder:
        code, rows = every_call(Path(folder), arguments)
        if not arguments:
            rows += counted(Path(folder))
    print(*table(rows), sep="\n")
    made = here_and_now(began)
    keep({"hard": Measured(made, rows=rows) if not arguments else run_again(kept_figures()["hard"], rows, made)})
    return code or int(any(row.failures for row in rows))


def run_again(kept: Measured, rows: list[Row], made: str) -> Measured:
    """Return what was kept, with `rows` in the place of those that they were run again for."""
    again = {(row.table, row.scenario): row for row in rows}
    told = ", ".join(f"{table} ({scenario})" for table, scenario in again)
    merged = [again.pop((row.table, row.scenario), row) for row in kept.rows]
    return Measured(f"{kept.made}. Run again: {told}, on {made}", rows=[*merged, *again.values()])


def every_call(folder: Path, arguments: list[str]) -> tuple[int, list[Row]]:
    """Run tests/tool/hard whole; return pytest's exit code and the rows that the tests told."""
    file = folder / "rows"
    file.touch()
    tests = ["-m", "hard or not hard", "tests/tool/hard", *arguments]
    done = _pytest(*tests, "-q", env={**os.environ, VARIABLE: str(file)})
    return done, [Row(**json.loads(line)) for line in file.read_text().splitlines()]


def counted(folder: Path) -> Iterator[Row]:
    """Yield for each table that is made of tests how many of them passed."""
    for name, tests in COUNTED.items():
        report = folder / "report.xml"
        _pytest("-q", f"--junitxml={report}", *tests)
        row = Row("passed", name)
        for case in ElementTree.parse(report).iter("testcase"):
            bad = [each for each in case if each.tag in ("failure", "error", "skipped")]
            row.case(case.get("name", ""), [each.get("message", each.tag) for each in bad])
        yield row


def _pytest(*arguments: str, env: dict[str, str] | None = None) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", "-n", WORKERS, *arguments], env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
