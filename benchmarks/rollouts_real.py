"""How soon a failed deployment of two real containers is explained and over, and what a good one asks (speed 1)."""

from __future__ import annotations

import datetime as dt
import json
import re
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure
from benchmarks.stage import ECSDEPLOY, client, project, sandbox

ROUNDS = 5
CRASH, PULL = 15.0, 10.0
"""Seconds that are promised from the first failure to the exit: with a container that ran, and with none."""
CASES = {
    "crash loop": ("crash", CRASH),
    "out of memory": ("oom", CRASH),
    "failed health check": ("unhealthy", CRASH),
    "image missing": ("pull-error", PULL),
    "secret missing": ("secret-missing", PULL),
}
"""What is measured -> the sandbox's fault, and the promise."""
TO_CARD, CALLS, LATE = 3.0, 35, 1.0
NAME = "hello-service"
ONGOING = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
SETTLED_SECONDS = 240.0


@dataclass(frozen=True)
class Deployed:
    """One `deploy`: when its first card was shown and when it ended, in seconds since the epoch, and its calls."""

    began: float
    card: float | None
    ended: float
    code: int
    calls: int


def figures(base_image: str, rounds: int = ROUNDS) -> Iterator[Figure]:
    """Yield the figures of each failure, then those of a good deployment."""
    with project() as source, sandbox(runtime="docker", speed=1) as env:
        build = ["--build-arg", f"BASE_IMAGE={base_image}"]
        config = source / "ecsdeploy.toml"
        config.write_text(config.read_text().replace("count = 1", "count = 2"))
        subprocess.run([ECSDEPLOY, "deploy", *build], env=env, cwd=source, check=True, capture_output=True)
        image = _tag(env)
        number = 0
        for name, (fault, promised) in CASES.items():
            found = [_failing(source, env, image, fault, number := number + 1) for _ in range(rounds)]
            yield _spread(f"{name}: first failure to its card", [card for card, _ in found], TO_CARD)
            yield _spread(f"{name}: first failure to the exit", [end for _, end in found], promised)
        config.write_text(re.sub(r"\[task\.health_check\]\n(?:\w.*\n)+", "", config.read_text()))
        yield from _good(source, env, image, rounds, number)


def _failing(source: Path, env: dict[str, str], image: str, fault: str, number: int) -> tuple[float, float]:
    """Return the seconds from the first failure to the card and to the exit; without a card, those to the exit."""
    spoil = [ECSDEPLOY, "sandbox", "break", fault, "--name", env["BENCH_SANDBOX"]]
    subprocess.run(spoil, env=env, check=True, capture_output=True)
    done = _deploy(source, env, image, number)
    failed = _first_failure(env, done.began)
    _settle(env)
    print(f"  {fault} {number}: exit {done.code}, {done.calls} calls in {done.ended - done.began:.1f} s", flush=True)
    return (done.card or done.ended) - failed, done.ended - failed


def _good(source: Path, env: dict[str, str], image: str, rounds: int, number: int) -> Iterator[Figure]:
    """Measure good deployments without a health check, whose tasks count as healthy 40 s after they run."""
    calls, late, took = list[float](), list[float](), list[float]()
    for more in range(rounds + 1):
        done = _deploy(source, env, image, number + 1 + more)
        assert done.code == 0, done
        if more:  # the first one also drops the health check
            calls.append(done.calls)
            late.append(done.ended - _finished(env))
            took.append(done.ended - done.began)
    what = f"a good deployment of {statistics.median(took):.0f} s, 2 tasks"
    asked = f"{statistics.median(calls):.0f} (of {len(calls)}: {min(calls):.0f} to {max(calls):.0f})"
    yield Figure(f"API calls of {what}, all services", f"at most {CALLS}", asked, max(calls) <= CALLS)
    yield _spread(f"end of `deploy` after the end of {what}", late, LATE)


def _deploy(source: Path, env: dict[str, str], image: str, number: int) -> Deployed:
    """Deploy a revision that differs in a variable, and note when what was told was told."""
    config = source / "ecsdeploy.toml"
    text = re.sub(r'ROUND = "\d+"\n', "", config.read_text())
    config.write_text(text.replace("[task.environment]\n", f'[task.environment]\nROUND = "{number}"\n'))
    command = [ECSDEPLOY, "deploy", "--image", image, "--output", "json", "--debug", "--yes"]
    began, card, calls = time.time(), None, 0
    with subprocess.Popen(command, env=env, cwd=source, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        for line in run.stdout:
            event = json.loads(line)
            if card is None and event["event"] == "FailureCard":
                card = time.time()
            if event["event"] == "Note" and event["text"].startswith("API calls:"):
                calls = sum(int(count) for count in re.findall(r":\w+ (\d+)", event["text"]))
        code = run.wait()
    return Deployed(began, card, time.time(), code, calls)


def _tag(env: dict[str, str]) -> str:
    images = client("ecr", env).describe_images(repositoryName=NAME)["imageDetails"]
    return str(next(tag for each in images for tag in each.get("imageTags", ())))


def _first_failure(env: dict[str, str], since: float) -> float:
    """Return when the first task that was created since then failed, as the sandbox recorded it."""
    ecs = client("ecs", env)
    arns = ecs.list_tasks(cluster=NAME, serviceName=NAME, desiredStatus="STOPPED")["taskArns"]
    tasks = ecs.describe_tasks(cluster=NAME, tasks=arns)["tasks"]
    return min(_ended(task) for task in tasks if task["createdAt"].timestamp() >= since)


def _ended(task: dict[str, Any]) -> float:
    times: list[dt.datetime] = [task[key] for key in ("stoppingAt", "executionStoppedAt") if key in task]
    return min(times).timestamp()


def _newest(env: dict[str, str]) -> dict[str, Any]:
    listed = client("ecs", env).list_service_deployments(cluster=NAME, service=NAME)["serviceDeployments"]
    newest: dict[str, Any] = max(listed, key=lambda each: each["createdAt"])
    return newest


def _finished(env: dict[str, str]) -> float:
    finished: dt.datetime = _newest(env)["finishedAt"]
    return finished.timestamp()


def _settle(env: dict[str, str]) -> None:
    """Wait until the rollback is over, and its tasks are."""
    deadline = time.monotonic() + SETTLED_SECONDS
    while _newest(env)["status"] in ONGOING and time.monotonic() < deadline:
        time.sleep(1)  # noqa: TID251 - between two looks


def _spread(what: str, found: Sequence[float], promised: float) -> Figure:
    measured = f"{statistics.median(found):.1f} s (of {len(found)}: {min(found):.1f} to {max(found):.1f})"
    return Figure(f"{what} (speed 1)", f"at most {promised:.0f} s", measured, max(found) <= promised)
