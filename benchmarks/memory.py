"""How much memory a run holds that lasts for an hour; the hour passes in less than a minute."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from benchmarks.figure import Figure
from tests.tool.hard.lab import Lab, Trial, open_lab

HOUR = 3600
LONGEST = 900
LINES = 10
"""Log lines a second."""
GROWTH = 5.0
"""MiB that an hour may add."""


def figures() -> Iterator[Figure]:
    """Yield the memory of `deploy` and of `logs --follow` after an hour."""
    with tempfile.TemporaryDirectory() as home, open_lab(Path(home)) as lab:
        yield _figure("`deploy`, watching for a simulated hour", deploying(lab))
        yield _figure(f"`logs --follow` for a simulated hour, {LINES} lines a second", following(lab))


def deploying(lab: Lab) -> Trial:
    """Watch a deployment that finds no capacity until the hour is over."""
    lab.new_app()
    lab.require("create-repo")
    lab.release()
    lab.require("deploy")
    lab.release("another")
    lab.sandbox.faults.break_next_deployment("slow-start")
    lab.clock.stop()
    try:
        return _run(lab, ("deploy", "--timeout", "1h"), {"weigh": 20})
    finally:
        lab.clock.go_on()
        lab.sandbox.faults.heal()


def following(lab: Lab) -> Trial:
    """Follow a log into which something is written all the time."""
    logs, stream = lab.client("logs"), f"{lab.app}/{lab.app}/0123456789abcdef0123456789abcdef"
    logs.create_log_stream(logGroupName=f"/ecs/{lab.app}", logStreamName=stream)
    began, written = time.time(), 0
    with ThreadPoolExecutor(1) as pool:
        plan = {"kind": "int", "when": "before", "at": HOUR // 2, "weigh": 20}
        run: Future[Trial] = pool.submit(_run, lab, ("logs", "--follow"), plan)
        while not run.done():
            seconds = 2 * lab.forge.log.read_text().count("FilterLogEvents")
            if seconds > written:
                at = [int((began + written + n / LINES) * 1000) for n in range((seconds - written) * LINES)]
                lines = [{"timestamp": when, "message": f"GET /{when} 200"} for when in at]
                logs.put_log_events(logGroupName=f"/ecs/{lab.app}", logStreamName=stream, logEvents=lines)
                written = seconds
        return run.result()


def _run(lab: Lab, argv: tuple[str, ...], plan: dict[str, object]) -> Trial:
    return lab.forge.run(argv, cwd=lab.project, plan=plan, longest=LONGEST)


def _figure(what: str, trial: Trial) -> Figure:
    weights = [line.split()[1:] for line in trial.log if line.startswith("weighs ")]
    held = {int(second): int(size) / 2**20 for second, size in weights}
    after_a_minute = next(size for second, size in held.items() if second >= 60)
    last, most = max(held), max(held.values())
    growth = held[last] - after_a_minute
    shown = f", {len(trial.out.splitlines()):,} lines shown" if "follow" in what else ""
    told = f"{held[last]:.1f} MiB after {last / 60:.0f} min, {after_a_minute:.1f} after the first; at most {most:.1f}"
    return Figure(what, f"an hour adds less than {GROWTH:.0f} MiB", told + shown, last > 0.9 * HOUR and growth < GROWTH)


if __name__ == "__main__":
    for figure in figures():
        print(figure)
