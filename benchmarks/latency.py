"""How many calls wait for one another, measured by what happens when each of them takes longer."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.distance import distance
from benchmarks.figure import Figure
from benchmarks.images import put_image
from benchmarks.stage import ECSDEPLOY, commit, project, sandbox

ROUNDS = 5
FAR = 0.5
ORDINARY = 0.1
DEPTH, CALLS, SECONDS = 6, 16, 1.6


@dataclass(frozen=True)
class Run:
    """One `deploy`: seconds in all, and until its first request that changes something; how many requests."""

    whole: float
    until_write: float
    calls: int


def figures() -> Iterator[Figure]:
    """Yield the depth of `deploy`, its calls, and its seconds with an ordinary way to AWS."""
    with project() as source, sandbox(runtime="simulated", speed=50) as env:
        tag = put_image(env, source)
        deploy = ("deploy", "--image", tag)
        subprocess.run([ECSDEPLOY, *deploy], env=env, cwd=source, check=True, capture_output=True)
        near, far = (_runs(deploy, env, source, seconds) for seconds in (0.0, FAR))
        yield _depth("an unchanged `deploy`, to its end", near, far, lambda run: run.whole)
        calls = far[0].calls
        yield Figure("calls of an unchanged `deploy`", f"at most {CALLS}", str(calls), calls <= CALLS)
        unchanged = [run.whole for run in _runs(deploy, env, source, ORDINARY)]
        kept = statistics.median(unchanged) <= SECONDS
        yield Figure("unchanged `deploy` with 100 ms a call", f"at most {SECONDS} s", _spread(unchanged), kept)
        near, middle, far = ([_changed(env, source, each) for _ in range(ROUNDS)] for each in (0.0, ORDINARY, FAR))
        yield _depth("a changed `deploy`, to its first write", near, far, lambda run: run.until_write)
        first_write = [run.until_write for run in middle]
        yield Figure("a changed `deploy` with 100 ms a call, to its first write", "-", _spread(first_write))
        subprocess.run([ECSDEPLOY, "setup", "--yes"], env=env, cwd=source, check=True, capture_output=True)
        again = [run.whole for run in _runs(("setup",), env, source, ORDINARY)]
        yield Figure("a second `setup` with 100 ms a call", "-", _spread(again))


def _spread(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f} s (of {len(seconds)}: {min(seconds):.2f} to {max(seconds):.2f})"


def _depth(what: str, near: list[Run], far: list[Run], of: Callable[[Run], float]) -> Figure:
    """Return (seconds with 500 ms added to every call - seconds without) / 0.5: what waits for one another."""
    depth = (statistics.median(map(of, far)) - statistics.median(map(of, near))) / FAR
    return Figure(
        f"calls that wait for one another in {what}", f"at most {DEPTH}", f"{depth:.1f}", round(depth) <= DEPTH
    )


def _runs(arguments: tuple[str, ...], env: dict[str, str], source: Path, seconds: float) -> list[Run]:
    return [_run(arguments, env, source, seconds) for _ in range(ROUNDS)]


def _changed(env: dict[str, str], source: Path, seconds: float) -> Run:
    """Deploy another commit's image; the wait for the rollout is not part of what is measured."""
    commit(source, "another")
    told = subprocess.run(["git", "rev-parse", "HEAD"], cwd=source, check=True, capture_output=True, text=True)
    tag = put_image(env, source, told.stdout.strip())
    return _run(("deploy", "--image", tag, "--force-new-deployment"), env, source, seconds)


def _run(arguments: tuple[str, ...], env: dict[str, str], source: Path, seconds: float) -> Run:
    with distance(env["AWS_ENDPOINT_URL"], seconds) as way:
        further = {**env, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{way.port}"}
        began = time.monotonic()
        subprocess.run([ECSDEPLOY, *arguments], env=further, cwd=source, check=True, capture_output=True)
        whole = time.monotonic() - began
        return Run(whole, way.first_write(whole + began) - began, len(way.seen))
