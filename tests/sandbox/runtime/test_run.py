"""The state machine, driven by hand: what a container does next is what the test says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.sandbox.runtime.backend import Refused
from ecsdeploy.sandbox.runtime.base import TaskSpec
from ecsdeploy.sandbox.runtime.order import ContainerRun
from ecsdeploy.sandbox.runtime.run import TaskRun
from tests.sandbox.runtime.witnesses import Recorder, task


class Puppets:
    """A backend that notes what it is asked, and a hand that answers for the containers."""

    def __init__(self, spec: TaskSpec, *, refuse: str = "") -> None:
        self.asked: list[str] = []
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.now = 0.0
        self.recorder = Recorder()
        self.run = TaskRun(spec, self, self.recorder, lambda: self.now)
        self._refuse = refuse

    def prepare(self, run: TaskRun) -> None:
        self.asked.append("prepare")

    def open(self, run: TaskRun) -> None:
        if self._refuse:
            raise Refused(self._refuse)

    def start(self, run: TaskRun, container: ContainerRun) -> None:
        self.asked.append(f"start {container.name}")

    def terminate(self, run: TaskRun, container: ContainerRun) -> None:
        self.asked.append(f"terminate {container.name}")

    def kill(self, run: TaskRun, container: ContainerRun) -> None:
        self.asked.append(f"kill {container.name}")

    def say(self, run: TaskRun, container: ContainerRun, text: str) -> None:
        self.asked.append(f"say {text}")

    def clear(self, run: TaskRun) -> None:
        self.asked.append("clear")

    def later(self, run: TaskRun, seconds: float, action: Callable[[], None]) -> None:
        self.timers.append((self.now + seconds, action))

    def begin(self) -> Puppets:
        self.run.begin()
        self.run.prepared()
        return self

    def started(self, *names: str) -> None:
        for name in names:
            self.run.started(self.run.containers[name])

    def exited(self, name: str, code: int | None = 0, reason: str | None = None) -> None:
        self.run.exited(self.run.containers[name], code, reason)

    def healthy(self, name: str) -> None:
        self.run.health(self.run.containers[name], "HEALTHY")

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        due = [action for when, action in self.timers if when <= self.now]
        self.timers = [(when, action) for when, action in self.timers if when > self.now]
        for action in due:
            action()

    def take(self) -> list[str]:
        asked, self.asked = self.asked, []
        return asked

    def story(self) -> list[str]:
        return self.recorder.story(self.run.spec.arn)


def definition(name: str, *after: tuple[str, str], **fields: Any) -> dict[str, Any]:
    depends = [{"containerName": other, "condition": condition} for other, condition in after]
    return {"name": name, "image": "image", "dependsOn": depends, **fields}


def test_containers_start_when_what_they_wait_for_is_there_and_stop_in_reverse() -> None:
    puppets = Puppets(
        task(
            definition("app", ("migrate", "SUCCESS"), ("cache", "HEALTHY"), ("mesh", "START")),
            definition("migrate", essential=False),
            definition("cache"),
            definition("mesh"),
        )
    ).begin()
    assert puppets.take() == ["prepare", "start migrate", "start cache", "start mesh"]

    puppets.started("migrate", "cache", "mesh")
    puppets.exited("migrate", 0)
    assert puppets.take() == []
    puppets.healthy("cache")
    assert puppets.take() == ["start app"]
    puppets.started("app")

    puppets.run.stop()
    assert puppets.take() == ["terminate app"]
    puppets.exited("app", 143)
    assert puppets.take() == ["terminate cache", "terminate mesh"]
    puppets.exited("mesh", 0)
    puppets.pass_time(30)
    assert puppets.take() == ["kill cache"]
    puppets.exited("cache", 137)
    assert puppets.story() == [
        "ContainerStarted migrate",
        "ContainerStarted cache",
        "ContainerStarted mesh",
        "ContainerStopped migrate 0 None",
        "HealthChanged cache HEALTHY",
        "ContainerStarted app",
        "ContainerStopped app 143 None",
        "ContainerStopped mesh 0 None",
        "ContainerStopped cache 137 None",
        "TaskStopped",
    ]


def test_an_essential_container_takes_the_others_along_and_another_does_not() -> None:
    puppets = Puppets(task(definition("app"), definition("side"), definition("extra", essential=False))).begin()
    puppets.started("app", "side", "extra")
    puppets.take()
    puppets.exited("extra", 1)
    assert puppets.take() == []
    puppets.exited("app", 1)
    assert puppets.take() == ["terminate side"]


@pytest.mark.parametrize(
    ("condition", "code", "reason"),
    [
        (
            "SUCCESS",
            1,
            "CannotStartContainerError: dependency graph: failed to resolve container ordering dependency [first] "
            "for target [app] as dependency did not exit successfully.",
        ),
        (
            "HEALTHY",
            0,
            "CannotStartContainerError: dependency graph: failed to resolve the container ordering dependency "
            "[first] for target [app]",
        ),
    ],
)
def test_a_dependency_that_can_never_be_met_ends_the_task(condition: str, code: int, reason: str) -> None:
    puppets = Puppets(task(definition("app", ("first", condition)), definition("first", essential=False))).begin()
    puppets.started("first")
    puppets.exited("first", code)
    assert puppets.story()[-2:] == [f"ContainerStopped app 143 {reason}", "TaskStopped"]


def test_a_dependency_that_takes_longer_than_its_start_timeout() -> None:
    puppets = Puppets(task(definition("app", ("db", "HEALTHY")), definition("db", startTimeout=5))).begin()
    puppets.started("db")
    puppets.pass_time(5)
    assert puppets.story()[-1] == (
        "ContainerStopped app 143 CannotStartContainerError: dependency graph: container ordering dependency [db] "
        "for target [app] has timed out."
    )
    assert puppets.take()[-1] == "terminate db"


def test_a_dependency_in_time_is_not_overdue_later() -> None:
    puppets = Puppets(task(definition("app", ("db", "HEALTHY")), definition("db", startTimeout=5))).begin()
    puppets.started("db")
    puppets.healthy("db")
    puppets.started("app")
    puppets.pass_time(5)
    assert puppets.story()[-1] == "ContainerStarted app"


def test_a_restart_policy_restarts_what_ran_long_enough_and_says_nothing_of_it() -> None:
    policy = {"enabled": True, "ignoredExitCodes": [3], "restartAttemptPeriod": 60}
    puppets = Puppets(task(definition("app", restartPolicy=policy))).begin()
    puppets.started("app")
    puppets.take()
    puppets.pass_time(60)
    puppets.exited("app", 1)
    assert puppets.take() == ["start app"]
    puppets.started("app")
    puppets.pass_time(59)
    puppets.exited("app", 1)
    assert puppets.story() == ["ContainerStarted app", "ContainerStopped app 1 None", "TaskStopped"]


def test_an_ignored_exit_code_is_not_restarted() -> None:
    policy = {"enabled": True, "ignoredExitCodes": [3]}
    puppets = Puppets(task(definition("app", restartPolicy=policy))).begin()
    puppets.started("app")
    puppets.pass_time(300)
    puppets.exited("app", 3)
    assert puppets.story()[-1] == "TaskStopped"


def test_a_task_that_was_stopped_while_it_pulled_starts_nothing_afterwards() -> None:
    puppets = Puppets(task(definition("app")))
    puppets.run.begin()
    puppets.run.pull_started()
    puppets.run.stop()
    puppets.run.pull_stopped()
    puppets.run.prepared()
    assert puppets.take() == ["prepare"]
    assert puppets.story() == ["PullStarted", "TaskStopped"]


def test_a_container_that_starts_while_the_task_stops_is_stopped_too() -> None:
    puppets = Puppets(task(definition("app"))).begin()
    puppets.run.stop()
    puppets.started("app")
    assert puppets.take() == ["prepare", "start app", "terminate app"]


def test_what_the_containers_share_is_refused() -> None:
    puppets = Puppets(task(definition("app")), refuse="ResourceInitializationError: no network").begin()
    assert puppets.story() == ["TaskFailed ResourceInitializationError: no network", "TaskStopped"]


def test_a_slow_start_takes_a_minute_and_can_be_stopped() -> None:
    puppets = Puppets(task(definition("app"), faults=frozenset({"slow-start"}))).begin()
    puppets.pass_time(59)
    assert puppets.take() == ["prepare"]
    puppets.pass_time(1)
    assert puppets.take() == ["start app"]
    stopped = Puppets(task(definition("app"), faults=frozenset({"slow-start"}))).begin()
    stopped.run.stop()
    stopped.pass_time(60)
    assert stopped.take() == ["prepare"]


CONDITIONS = st.sampled_from(["START", "COMPLETE", "SUCCESS", "HEALTHY"])


@st.composite
def definitions(draw: st.DrawFn) -> list[dict[str, Any]]:
    names = [f"c{number}" for number in range(draw(st.integers(1, 4)))]
    drawn = []
    for number, name in enumerate(names):
        after = draw(st.lists(st.tuples(st.sampled_from(names[:number]), CONDITIONS), max_size=2)) if number else []
        essential = number == len(names) - 1 or draw(st.booleans())
        timeout = {"startTimeout": 5} if draw(st.booleans()) else {}
        drawn.append(definition(name, *after, essential=essential, **timeout))
    return drawn


FAULTS = st.frozensets(st.sampled_from(["crash", "oom", "exit-zero", "slow-start"]), max_size=2)


def move(puppets: Puppets, container: ContainerRun, what: str, code: int) -> None:
    run = puppets.run
    moves: dict[str, Callable[[], None]] = {
        "prepared": run.prepared,
        "healthy": lambda: run.health(container, "HEALTHY"),
        "unhealthy": lambda: run.health(container, "UNHEALTHY"),
        "time": lambda: puppets.pass_time(10),
        "lost": lambda: run.lost("InternalError: gone"),
        "stop": run.stop,
    }
    if container.state == "starting":
        moves["started"] = lambda: run.started(container)
        moves["not started"] = lambda: run.not_started(container, "CannotStartContainerError: no")
    if container.state == "running":
        moves["exited"] = lambda: run.exited(container, code, None)
    moves.get(what, lambda: None)()


MOVES = st.sampled_from(
    ["prepared", "started", "started", "not started", "exited", "healthy", "unhealthy", "time", "lost", "stop"]
)


@given(definitions(), FAULTS, st.lists(st.tuples(MOVES, st.integers(0, 3), st.integers(0, 2)), max_size=40))
def test_whatever_happens_every_task_ends_once_and_nothing_is_left_running(
    containers: list[dict[str, Any]], faults: frozenset[str], moves: list[tuple[str, int, int]]
) -> None:
    puppets = Puppets(task(*containers, faults=faults))
    names = list(puppets.run.containers)
    puppets.run.begin()
    for what, which, code in moves:
        move(puppets, puppets.run.containers[names[which % len(names)]], what, code)
    puppets.run.stop()
    for _ in range(3 * len(names)):
        for container in puppets.run.containers.values():
            move(puppets, container, "exited" if container.stop_sent else "started", 137)
    puppets.run.release()

    story = puppets.story()
    assert story[-2:] == ["TaskStopped", "TaskReleased"]
    assert story.count("TaskStopped") == 1
    assert not any(container.active for container in puppets.run.containers.values())
    for name in names:
        started = story.count(f"ContainerStarted {name}")
        stopped = sum(line.startswith(f"ContainerStopped {name} ") for line in story)
        assert started <= stopped <= 1
