"""Two deployments of one service at once, each a process of its own: both say truly how they ended."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Thread

import pytest

from tests.support.clocks import Door
from tests.support.world import CONFIG, World, git, suffer
from tests.tool.commands.hurried import DOOR

HURRIED = [sys.executable, str(Path(__file__).with_name("hurried.py"))]
ROOT = Path(__file__).parents[3]
NO_BREAKER = "[service.raw.deploymentConfiguration.deploymentCircuitBreaker]\nenable = false\nrollback = false\n"
SECONDS = 60.0
OCTOCAT = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "octocat",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/web",
    "GITHUB_RUN_ID": "99",
    "GITHUB_REF": "refs/heads/main",
}
NOWHERE: Mapping[str, str] = {}
LONG = "24h"
"""However long a busy machine takes to start a process, in the clock's time."""


class Deploying:
    """A command that goes on beside the test; `told` are the lines of its standard error so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.told: list[str] = []
        self._more = Condition()
        self._reader = Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                with self._more:
                    self.told.append(line)
                    self._more.notify_all()

    def until_it_says(self, words: str) -> None:
        """Return when it has told something with these words."""
        with self._more:
            said = self._more.wait_for(lambda: any(words in line for line in self.told), SECONDS)
        assert said, self.told

    def ended(self) -> tuple[int, str]:
        """Return its exit code, and all that it told."""
        code = self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        return code, "".join(self.told)


@dataclass
class Two:
    """A world in which several commands run at once, on one clock."""

    world: World
    door: Door
    begun: list[Deploying] = field(default_factory=list)

    def begin(self, *arguments: str, cwd: Path | None = None, env: Mapping[str, str] = NOWHERE) -> Deploying:
        """Start a command."""
        path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
        own = {DOOR: str(self.door.port), "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            [*HURRIED, *arguments, "--timeout", LONG],
            cwd=cwd or self.world.project,
            env={**os.environ, **self.world.env, **own, **env},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.begun.append(Deploying(process))
        return self.begun[-1]

    def colleague(self) -> Path:
        """Return a clone in which somebody else has committed, and pushed the image."""
        other = self.world.project.parent / "other"
        git(other.parent, "clone", "--quiet", str(self.world.project), str(other))
        git(other, "commit", "--quiet", "--allow-empty", "--message", "theirs")
        self.world.push_image(git(other, "rev-parse", "HEAD").strip())
        return other

    def begin_one_that_sticks(self) -> Deploying:
        """Start a deployment that finds no capacity; return when it is watched."""
        self.world.sandbox.faults.break_next_deployment("no-capacity")
        first = self.begin("deploy", env=OCTOCAT)
        first.until_it_says("0/1 running")
        return first


@pytest.fixture
def two(world: World) -> Iterator[Two]:
    world.configure(CONFIG + NO_BREAKER)
    world.release()
    assert world.run("deploy").code == 0
    world.release("ours")
    door = Door(world.clock)
    found = Two(world, door)
    try:
        yield found
    finally:
        for each in found.begun:
            each.process.kill()
            each.ended()
        door.close()


def statuses(world: World) -> list[str]:
    listed = world.client("ecs").list_service_deployments(cluster="hello", service="hello")["serviceDeployments"]
    return [each["status"] for each in sorted(listed, key=lambda one: one["createdAt"], reverse=True)]


def test_one_waits_for_the_other_and_both_succeed(two: Two) -> None:
    first = two.begin_one_that_sticks()
    second = two.begin("deploy", "--if-busy", "wait", cwd=two.colleague())
    second.until_it_says("Waiting up to 24h for the deployment of hello:2 in flight (")
    suffer(two.world.sandbox, "hello")
    (code, told), (later, then) = first.ended(), second.ended()
    assert (code, later) == (0, 0), told + then
    assert "Deployed hello:2: 1 of 1 tasks run." in told
    assert "The other deployment of hello:2 succeeded. Reading and deciding again.\n" in then
    assert "Deployed hello:3: 1 of 1 tasks run." in then
    assert statuses(two.world) == ["SUCCESSFUL"] * 3


def test_one_replaces_the_other_which_says_so(two: Two) -> None:
    commit = git(two.world.project, "rev-parse", "HEAD")[:7]
    first = two.begin_one_that_sticks()
    second = two.begin("deploy", "--if-busy", "supersede", cwd=two.colleague())
    (code, told), (later, then) = first.ended(), second.ended()
    assert (code, later) == (7, 0), told + then
    assert "A newer deployment replaced this one of hello:2 before it was done.\n" in told
    by = f"{commit} by octocat, https://github.com/acme/web/actions/runs/99"
    assert f"warning: This replaces the deployment of hello that is in flight ({by}): " in then
    assert "Deployed hello:3: 1 of 1 tasks run." in then
    assert statuses(two.world) == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]


def test_two_that_wait_for_the_same_one_do_not_mix(two: Two) -> None:
    first = two.begin_one_that_sticks()
    waiting = [two.begin("deploy", "--if-busy", "wait", cwd=two.colleague()), two.begin("restart", "--if-busy", "wait")]
    for each in waiting:
        each.until_it_says("Waiting up to 24h")
    suffer(two.world.sandbox, "hello")
    assert first.ended()[0] == 0
    codes = {each.ended()[0] for each in waiting}
    assert codes in ({0}, {0, 7}), [each.told for each in waiting]
    two.world.wait_until_steady()
    assert two.world.service()["runningCount"] == 1
