"""Deployments that cannot succeed: stopped as soon as that is proven."""

from __future__ import annotations

import re

from tests.tool.states.bench import NO_BREAKER, Bench
from tests.tool.states.table import Steps, row

AREA = "Deployment that cannot succeed"
"""No circuit breaker in these: nothing but the tool ends them, so that it is not a matter of who is first."""
FAULT = "start-error"
CAUSE = "could not be started"
UNHEALTHY = "The health check of the container"
STOP = "ecs:StopServiceDeployment"


def _last(text: str) -> str:
    """Return what a run told after its verdict."""
    return text.partition("  now in service: ")[2]


def _twice(bench: Bench) -> None:
    bench.deployed(NO_BREAKER)
    bench.change()
    bench.require("deploy")
    bench.wait_until_steady()


@row(AREA, "no task is ever healthy", does="gives it up once that is proven, goes back, and says why, last", code=4)
def giving_up(bench: Bench) -> Steps:
    bench.deployed(NO_BREAKER)
    bench.change()
    bench.sandbox.faults.break_next_deployment("unhealthy")
    ran = yield
    assert ran.writes[STOP] == 1
    given_up = (
        r"Giving up: [2-9] tasks failed for the same cause, and none was ever healthy\. Rolling back to (\S+)\.\n"
    )
    told = re.search(given_up, ran.err)
    assert told is not None, ran.err
    assert told[1] == f"{bench.app}:1"
    assert UNHEALTHY in _last(ran.err)
    bench.wait_until_steady()
    assert bench.runs() == f"{bench.app}:1"


@row(AREA, "its image is missing", does="gives it up at the first task, goes back, and says why, last", code=4)
def giving_up_at_once(bench: Bench) -> Steps:
    bench.deployed(NO_BREAKER)
    bench.change()
    bench.sandbox.faults.break_next_deployment("pull-error")
    ran = yield
    assert ran.writes[STOP] == 1
    assert f"Giving up: no retry can help. Rolling back to {bench.app}:1.\n" in ran.err
    assert "is not in the repository: never pushed, or expired" in _last(ran.err)
    bench.wait_until_steady()
    assert bench.runs() == f"{bench.app}:1"


@row(AREA, "no task starts, and nothing ran before", does="gives it up, and says so: nothing serves", code=5)
def giving_up_the_first(bench: Bench) -> Steps:
    bench.config(NO_BREAKER)
    bench.release()
    bench.sandbox.faults.break_next_deployment(FAULT)
    ran = yield
    assert "Giving up: " in ran.err
    assert CAUSE in _last(ran.err)


@row(
    AREA,
    "no task starts, and ecs:StopServiceDeployment is denied",
    does="goes back by deploying what ran before",
    code=4,
)
def giving_up_denied(bench: Bench) -> Steps:
    bench.deployed(NO_BREAKER)
    bench.change()
    bench.sandbox.faults.break_next_deployment(FAULT)
    bench.sandbox.faults.break_api("access-denied", STOP, 1000)
    ran = yield
    assert f"Rolling back to {bench.app}:1.\n" in ran.err
    assert ran.writes["ecs:UpdateService"] == 2
    assert CAUSE in _last(ran.err)
    assert bench.runs() == f"{bench.app}:1"


@row(
    AREA,
    "no task starts, and `give_up = false`",
    command="deploy --timeout 5s",
    does="stops nothing; says how it is once the time is up",
    code=6,
)
def giving_up_switched_off(bench: Bench) -> Steps:
    bench.deployed(NO_BREAKER, "[service.deployment]\ngive_up = false")
    bench.change()
    bench.sandbox.faults.break_next_deployment(FAULT)
    ran = yield
    assert STOP not in ran.writes
    assert "Giving up" not in ran.err
    assert CAUSE in ran.err.partition(f"Gave up watching {bench.app}:2")[2]


@row(AREA, "no new task is ever healthy", command="restart", does="gives it up: the old ones stay", code=4)
def giving_up_a_restart(bench: Bench) -> Steps:
    bench.deployed(NO_BREAKER)
    before = set(bench.ecs.list_tasks(cluster=bench.app)["taskArns"])
    bench.sandbox.faults.break_next_deployment("unhealthy")
    ran = yield
    assert ran.writes[STOP] == 1
    assert UNHEALTHY in _last(ran.err)
    assert before <= set(bench.ecs.list_tasks(cluster=bench.app)["taskArns"])


@row(
    AREA,
    "no task of the older revision is ever healthy",
    command="rollback",
    does="gives it up: the newer serves",
    code=4,
)
def giving_up_a_rollback(bench: Bench) -> Steps:
    _twice(bench)
    bench.sandbox.faults.break_next_deployment("unhealthy")
    ran = yield
    assert ran.writes[STOP] == 1
    assert f"Rolling back to {bench.app}:2.\n" in ran.err
    assert UNHEALTHY in _last(ran.err)
    bench.wait_until_steady()
    assert bench.runs() == f"{bench.app}:2"


def _failed(bench: Bench) -> None:
    bench.deployed(NO_BREAKER)
    bench.change()
    bench.sandbox.faults.break_next_deployment(FAULT)
    bench.require("deploy", code=4)
    bench.wait_until_steady()


@row(AREA, "was given up", command="explain", does="says why; writes nothing")
def explain_what_was_given_up(bench: Bench) -> Steps:
    _failed(bench)
    ran = yield
    assert f"The deployment of {bench.app}:2 failed" in ran.err
    assert CAUSE in ran.err
    assert ran.writes == {}


@row(AREA, "none failed", command="explain", does="says so")
def explain_nothing(bench: Bench) -> Steps:
    bench.deployed()
    ran = yield
    assert f"No deployment of {bench.app}/{bench.app} has failed" in ran.err


@row(
    AREA, "in flight, and no task is ever healthy", command="watch --timeout 5s", does="says why; stops nothing", code=6
)
def watch_what_cannot_succeed(bench: Bench) -> Steps:
    bench.deployed(NO_BREAKER)
    bench.change()
    bench.sandbox.faults.break_next_deployment("unhealthy")
    bench.require("deploy", "--no-wait")
    ran = yield
    assert ran.writes == {}
    assert UNHEALTHY in ran.err


@row(AREA, "in flight, and it succeeds", command="watch", does="follows it to its verdict")
def watch_what_succeeds(bench: Bench) -> Steps:
    bench.deployed()
    bench.change()
    bench.require("deploy", "--no-wait")
    ran = yield
    assert ran.writes == {}
    assert f"{bench.app}:2 is deployed: 1 of 1 tasks run.\n" in ran.err
