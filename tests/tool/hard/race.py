"""Two runs at once: at each of their calls, a seeded draw says which of the two goes on."""

from __future__ import annotations

import random
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.support.world import git
from tests.tool.hard.lab import Forge, Lab, Trial
from tests.tool.hard.porter import WAITS

WRITES = ("ecs:UpdateService", "ecs:CreateService")
SILENCE = 60.0
AHEAD = 12
"""Calls for which a run that waits goes on alone: while no time passes, further ones are answered in the same way."""


@dataclass(frozen=True)
class Run:
    """A command line, and the project that it is run in."""

    argv: tuple[str, ...]
    cwd: Path


class Gate:
    """Where one run waits before each of its calls; see `Porter`."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(SILENCE)
        self.connection = connection
        self._said = connection.makefile(encoding="utf-8")
        self.wrote = False
        self.waits = 0
        self.over = False
        self._arrive()

    def open(self) -> None:
        """Let the run make its next call, and wait until there is another, or it is over."""
        with suppress(ConnectionError):  # a run may end while a thread of it waits for its turn
            self.connection.sendall(b"g")
        self.waits += self.wrote
        self._arrive()

    def _arrive(self) -> None:
        with suppress(ConnectionError):
            for line in self._said:
                if line.strip() == WAITS:
                    return
                self.wrote = self.wrote or line.strip() in WRITES
        self.over = True

    def close(self) -> None:
        """Wait for nothing more."""
        self._said.close()
        self.connection.close()


def race(lab: Lab, forges: tuple[Forge, Forge], runs: tuple[Run, Run], seed: int) -> tuple[Trial, Trial]:
    """Run both, their calls interleaved as `seed` says, and return how they ended.

    No time passes in the sandbox before each of them has told ECS what to do, or is over: else the first might be
    done with everything before the second has begun.
    """
    draw = random.Random(seed)
    share = draw.choice((0.05, 0.25, 0.5, 0.75, 0.95))  # how often it is the first one's turn: who is far ahead?
    with socket.create_server(("127.0.0.1", 0)) as door, ThreadPoolExecutor(2) as pool:
        door.settimeout(SILENCE)
        lab.clock.stop()
        ended, gates = [], []
        try:
            for forge, run in zip(forges, runs, strict=True):
                plan = {"kind": "gate", "door": door.getsockname()[1]}
                ended.append(pool.submit(forge.run, run.argv, cwd=run.cwd, plan=plan))
                gates.append(Gate(door.accept()[0]))
            while not all(gate.over for gate in gates):
                begun = all(gate.wrote or gate.over for gate in gates)
                if begun:
                    lab.clock.go_on()
                turn = 0 if draw.random() < share else 1
                done = gates[turn].over or (gates[turn].waits >= AHEAD and not begun)
                gates[1 - turn if done else turn].open()
        finally:
            lab.clock.go_on()
            for gate in gates:
                gate.close()
        first, second = (each.result() for each in ended)
    return first, second


def problems_of(lab: Lab, seed: int, forges: tuple[Forge, Forge]) -> list[str]:
    """Let two commits of one app be deployed at once (with an odd seed: for the first time); return what went wrong."""
    lab.new_app()
    lab.require("create-repo")
    if seed % 2 == 0:
        lab.release()
        lab.require("deploy")
    other = lab.home / "other"
    shutil.rmtree(other, ignore_errors=True)
    git(lab.home, "clone", "--quiet", str(lab.project), str(other))
    commits = lab.release("one"), _commit(other)
    lab.push_image(commits[1])
    runs = Run(("deploy",), lab.project), Run(("deploy",), other)
    trials = race(lab, forges, runs, seed)
    told = " / ".join(f"{trial.code}: {trial.err.strip()[-300:]}" for trial in trials)
    codes = sorted(trial.code for trial in trials)
    if codes == [0, 0] and _one_after_the_other(lab):
        mixed = [_mixed(lab, commit) for commit in commits]
        return [] if [] in mixed else [f"{line}: {told}" for line in mixed[1]]
    refused = codes == [0, 3] and " is older than " in told
    if codes not in ([0, 7], [0, 9]) and not refused:
        return [f"ended with {codes}: {told}"]
    winner = 0 if trials[0].code == 0 else 1
    return [f"{line}: {told}" for line in _mixed(lab, commits[winner])]


def _one_after_the_other(lab: Lab) -> bool:
    """Return whether each deployment was over before the next one began: then both may have succeeded."""
    found = lab.client("ecs").list_service_deployments(cluster=lab.app, service=lab.app)["serviceDeployments"]
    ordered = sorted(found, key=lambda each: each["createdAt"])
    return all(one["finishedAt"] <= other["createdAt"] for one, other in pairwise(ordered))


def _commit(project: Path) -> str:
    git(project, "commit", "--quiet", "--allow-empty", "--message", "another")
    return git(project, "rev-parse", "HEAD").strip()


def _mixed(lab: Lab, commit: str) -> list[str]:
    """Return where the service is not all of `commit`."""
    lab.wait_until_steady()
    ecs, app, service = lab.client("ecs"), lab.app, lab.service()
    found = [] if [one["rolloutState"] for one in service["deployments"]] == ["COMPLETED"] else ["not one deployment"]
    arns = ecs.list_tasks(cluster=app, serviceName=app)["taskArns"]
    tasks = ecs.describe_tasks(cluster=app, tasks=arns)["tasks"]
    if {task["taskDefinitionArn"] for task in tasks} != {service["taskDefinition"]}:
        found.append("tasks of more than one revision run")
    tags = ecs.describe_task_definition(taskDefinition=service["taskDefinition"], include=["TAGS"])["tags"]
    if {"key": "ecsdeploy:commit", "value": commit} not in tags:
        found.append("it does not run the commit of the run that succeeded")
    return found
