"""benchmarks/README.md, written from what was measured last: each group alone can be measured again."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure
from tests.tool.hard.rows import Row

FOLDER = Path(__file__).parent
PAGE = FOLDER / "README.md"
KEPT = FOLDER / "figures.json"
GROUPS = {
    "start": "Start-up",
    "latency": "The way to AWS",
    "deploying": "Deploying",
    "rollouts": "Rollouts, a thousand of them",
    "rollouts-real": "Rollouts, with containers",
    "zero-secret": "Zero-secret delivery",
    "iam": "The deploy role, under IAM",
    "size": "The sandbox",
    "hour": "An hour",
}
TABLES = {
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
    "succeeds, the other is superseded (7) or busy (9), or begins when it is over; the service is all of the last "
    "one's",
    "round trips": "rendered, registered, described: no difference",
    "passed": "tests of `make test`, each of them a case",
}
"""What is done to a run, and what it has to survive it with."""


@dataclass
class Measured:
    """Figures of one group or the rows of the hard tables, with where and when they were made."""

    made: str
    figures: list[Figure] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def here_and_now(began: dt.datetime) -> str:
    """Return when, of which commit and on what machine something was measured that began at `began`."""
    told = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    took = (dt.datetime.now(dt.UTC) - began).total_seconds() / 60
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{began:%Y-%m-%d %H:%M} UTC in {took:.0f} minutes, commit {told.stdout.strip()}; {machine}"


def keep(measured: dict[str, Measured]) -> None:
    """Put what was measured in the place of what was there, and write the page."""
    kept = kept_figures() | measured
    KEPT.write_text(json.dumps({name: asdict(one) for name, one in kept.items()}, indent=1) + "\n")
    PAGE.write_text("\n".join(page(kept)))
    print(f"wrote {PAGE.name}")


def kept_figures() -> dict[str, Measured]:
    """Return what was measured before."""
    if not KEPT.exists():
        return {}
    return {name: _measured(**found) for name, found in json.loads(KEPT.read_text()).items()}


def _measured(made: str, figures: list[dict[str, Any]], rows: list[dict[str, Any]]) -> Measured:
    return Measured(made, [Figure(**each) for each in figures], [Row(**each) for each in rows])


def mark(figure: Figure) -> str:
    """Return whether the promise was kept, in a word."""
    return {None: "", True: "kept", False: "MISSED"}[figure.kept]


def page(kept: Mapping[str, Measured]) -> list[str]:
    """Return the page's lines."""
    lines = [
        "# What is measured",
        "",
        "`make bench` and `make hard` run every measurement and write this page. Times are wall-clock, of whole",
        "processes; medians of several runs, with their spread. They are never asserted in tests. `make demo` is timed",
        "by itself: it prints how long it took.",
    ]
    for name, title in GROUPS.items():
        if name in kept:
            lines += ["", f"## {title}", "", *_figures(kept[name])]
    if "hard" in kept:
        lines += ["", "## What the tool survives", "", *_survived(kept["hard"])]
    return [*lines, ""]


def _figures(group: Measured) -> list[str]:
    rows = [f"| {one.what} | {one.promised} | {one.measured} | {mark(one)} |" for one in group.figures]
    return [f"Made on {group.made}.", "", "| figure | promised | measured | |", "|---|---|---|---|", *rows]


def _survived(group: Measured) -> list[str]:
    shown = {row.table for row in group.rows}
    return [
        "A call is a request to AWS, and for `build-push` also each request to the Docker Engine and each start of the",
        "docker CLI; the state that is compared is everything in AWS that bears the app's name, tags included, and",
        "what the account has once.",
        "",
        f"Made on {group.made}.",
        "",
        *table(group.rows),
        "",
        *[f"- **{name}**: {what}." for name, what in TABLES.items() if name in shown],
    ]


def table(rows: list[Row]) -> list[str]:
    """Return a Markdown table: a line for each scenario, a column for each treatment, N of N in between."""
    columns = [name for name in TABLES if any(row.table == name for row in rows)]
    cells = {(row.scenario, row.table): f"{row.good} of {row.cases}" for row in rows}
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for scenario in sorted({row.scenario for row in rows}):
        lines.append(f"| {scenario} | " + " | ".join(cells.get((scenario, name), "") for name in columns) + " |")
    sums = [[row for row in rows if row.table == name] for name in columns]
    totals = [f"**{sum(row.good for row in each)} of {sum(row.cases for row in each)}**" for each in sums]
    return [*lines, "| **all** | " + " | ".join(totals) + " |"]
