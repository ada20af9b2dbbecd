"""Run every hard test, print N of N for each table, and write benchmarks/hard.md: `make hard`."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import memory
from benchmarks.figure import Figure
from tests.hard.rows import VARIABLE, Row

PAGE = Path(__file__).parent / "hard.md"
MEANING = {
    "killed": "SIGKILL before each call and after the server acted upon it, then the command again: the same state in "
    "AWS as without, no revision, role or deployment more",
    "interrupted": "Ctrl-C and SIGTERM before and after each call: exit 130 and 143, says what was and wasn't done and "
    "how to go on, starts no further write; then the command again: the same state",
    "one fault": "at each call once: throttled, HTTP 500, HTTP 503, connection dropped before and after the server "
    "acted; the one run succeeds, with the same state",
    "a lasting fault": "from each call on, its operation is denied, throttled, answered with HTTP 500 or not at all: "
    "ends in bounded time with its own message and exit code; healed, the command again: the same state",
    "an outage": "from each call on, nothing is answered any more: the same",
    "expired credentials": "from each call on, the credentials have expired: exit 3, or 6 where a deployment goes on "
    "without us, with what was done; then the command again: the same state",
    "two at once": "two commits of one app deployed at the same time, their calls interleaved at random (seeded): one "
    "succeeds, the other is superseded (7) or busy (9), and the service is all of the winner's",
    "round trips": "rendered, registered, described: no difference",
}


def main(arguments: list[str]) -> int:
    """Run, print, write the page when nothing was left out; return pytest's exit code."""
    began = dt.datetime.now(dt.UTC)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows"
        file.touch()
        tests = ["-m", "hard or not hard", "tests/hard", *arguments]
        command = [sys.executable, "-m", "pytest", "-n", "2", "-q", *tests]
        code = subprocess.run(command, env={**os.environ, VARIABLE: str(file)}, check=False).returncode
        rows = [Row(**json.loads(line)) for line in file.read_text().splitlines()]
    figures = list(memory.figures()) if not arguments else []
    print(*table(rows), sep="\n")
    if not arguments:
        PAGE.write_text("\n".join(page(rows, figures, began)))
        print(f"wrote {PAGE.name}")
    return code


def table(rows: list[Row]) -> list[str]:
    """Return a Markdown table: a line for each scenario, a column for each treatment, N of N in between."""
    columns = [name for name in MEANING if any(row.table == name for row in rows)]
    cells = {(row.scenario, row.table): f"{row.good} of {row.cases}" for row in rows}
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for scenario in sorted({row.scenario for row in rows}):
        lines.append(f"| {scenario} | " + " | ".join(cells.get((scenario, name), "") for name in columns) + " |")
    sums = [[row for row in rows if row.table == name] for name in columns]
    totals = [f"**{sum(row.good for row in each)} of {sum(row.cases for row in each)}**" for each in sums]
    return [*lines, "| **all** | " + " | ".join(totals) + " |"]


def page(rows: list[Row], figures: list[Figure], began: dt.datetime) -> list[str]:
    """Return the page's lines."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    took = (dt.datetime.now(dt.UTC) - began).total_seconds() / 60
    meanings = [f"- **{name}**: {what}." for name, what in MEANING.items()]
    measured = [
        f"| {one.what} | {one.promised} | {one.measured} | {'kept' if one.kept else 'MISSED'} |" for one in figures
    ]
    return [
        "# What the tool survives",
        "",
        "`make hard` runs every case and writes this page. A call is a request to AWS, and for `build-push` also each",
        "request to the Docker Engine and each start of the docker CLI; the state that is compared is everything in",
        "AWS that bears the app's name, tags included, and what the account has once.",
        "",
        f"Made on {began:%Y-%m-%d %H:%M} UTC, commit {commit.strip()}, in {took:.0f} minutes.",
        "",
        *table(rows),
        "",
        *meanings,
        "",
        "## An hour",
        "",
        "| figure | promised | measured | |",
        "|---|---|---|---|",
        *measured,
        "",
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
