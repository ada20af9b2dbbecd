"""Measure everything that is promised, and write benchmarks/README.md: `make bench`."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from benchmarks import deploying, size, start
from benchmarks.figure import Figure

PAGE = Path(__file__).parent / "README.md"
KEPT = Path(__file__).parent / "figures.json"
"""The newest figures of each group, so that one group can be measured again alone."""


def main(wanted: list[str]) -> int:
    """Measure the groups that are `wanted`, all of them when empty; write the page from the newest of each group."""
    sys.path.insert(0, "scripts")
    from base_image import base_image
    from machine import this_machine

    groups: dict[str, Callable[[], Iterator[Figure]]] = {
        "start": start.figures,
        "deploying": lambda: deploying.figures(base_image(this_machine())),
        "size": size.figures,
    }
    measured = kept_figures()
    for name in wanted or groups:
        measured[name] = []
        for figure in groups[name]():
            print(f"{mark(figure):6} {figure.what}: {figure.measured} (promised: {figure.promised})", flush=True)
            measured[name].append(figure)
    KEPT.write_text(
        json.dumps({name: [asdict(each) for each in found] for name, found in measured.items()}, indent=1) + "\n"
    )
    PAGE.write_text(page({name: measured[name] for name in groups if name in measured}))
    print(f"wrote {PAGE.name}")
    return 0


def kept_figures() -> dict[str, list[Figure]]:
    """Return what was measured before, by group."""
    if not KEPT.exists():
        return {}
    return {name: [Figure(**each) for each in found] for name, found in json.loads(KEPT.read_text()).items()}


def mark(figure: Figure) -> str:
    """Return whether the promise was kept, in a word."""
    return {None: "", True: "kept", False: "MISSED"}[figure.kept]


def page(measured: dict[str, list[Figure]]) -> str:
    """Return the page: the figures, how they were made, where and when."""
    rows = [
        f"| {figure.what} | {figure.promised} | {figure.measured} | {mark(figure)} |"
        for figures in measured.values()
        for figure in figures
    ]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    made = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, commit {commit.strip()}"
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"
    return "\n".join(
        [
            "# What is measured",
            "",
            "`make bench` runs every measurement and writes this page. Times are wall-clock, of whole processes;",
            "medians of several runs, with their spread. Figures are never asserted in tests.",
            "",
            f"Made on {made}; {machine}.",
            "",
            "| figure | promised | measured | |",
            "|---|---|---|---|",
            *rows,
            "",
            "`make demo` is timed by itself: it prints how long it took.",
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
