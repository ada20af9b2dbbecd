"""Deployments in flight: before this one, and while it is watched."""

from __future__ import annotations

import re

from tests.tool.states.bench import NO_BREAKER, Bench
from tests.tool.states.table import Steps, row

AREA = "Deployment in flight"


OCTOCAT = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "octocat",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/web",
    "GITHUB_RUN_ID": "99",
}


def _left_alone(bench: Bench, config: str = NO_BREAKER, **env: str) -> str:
    """Have a deployment of ours going that the tool has stopped watching; return its commit."""
    bench.deployed(config)
    commit = bench.change()
    bench.sandbox.faults.break_next_deployment("no-capacity")
    ran = bench.run("deploy", "--timeout", "1s", **env)
    assert ran.code == 6, ran.err
    return commit[:7]


def _rolling_back(bench: Bench) -> str:
    """Have ECS roll a deployment back that somebody has stopped, for as long as no task starts."""
    theirs = _left_alone(bench)
    bench.lame()
    bench.ecs.stop_service_deployment(serviceDeploymentArn=bench.deployments()[0]["serviceDeploymentArn"])
    bench.eventually(lambda: bench.deployments()[0]["status"] == "ROLLBACK_IN_PROGRESS")
    return theirs


@row(AREA, "ours, of the same revision (an earlier run was ended)", does="watches it to its verdict")
def flight_ours(bench: Bench) -> Steps:
    _left_alone(bench)
    bench.suffer()
    ran = yield
    assert f"A deployment of {bench.app}:2 is in flight already: watching it.\n" in ran.err
    assert ran.writes == {}
    assert len(bench.deployments()) == 2


@row(AREA, "ours, of an older commit", does="changes nothing; says what is in flight, and how to stop it", code=9)
def flight_older(bench: Bench) -> Steps:
    theirs = _left_alone(bench)
    bench.change()
    ran = yield
    assert f"error: Another deployment of {bench.app} is in flight: {theirs}.\n" in ran.err
    assert re.search(rf" of {bench.app}:2 is IN_PROGRESS, \d+ s old\.\n", ran.err)
    assert "Wait for it with --if-busy wait, or replace it at once with --if-busy supersede; or stop it" in ran.err
    assert "ecs:UpdateService" not in ran.writes
    assert "ecs:RegisterTaskDefinition" not in ran.writes
    assert len(bench.deployments()) == 2


@row(AREA, "any, and the image is not built yet", does="changes nothing, and builds nothing", code=9)
def flight_before_the_build(bench: Bench) -> Steps:
    bench.deployed()
    bench.stuck()
    (bench.project / "new").write_text("1")
    bench.commit("not built")
    bench.without_an_engine()
    ran = yield
    assert f"error: Another deployment of {bench.app} is in flight" in ran.err
    assert ran.writes == {}


@row(AREA, "ours, of a CI run", does="says whose it is: commit, actor and run", code=9)
def flight_of_a_run(bench: Bench) -> Steps:
    theirs = _left_alone(bench, **OCTOCAT)
    bench.change()
    ran = yield
    assert f"error: Another deployment of {bench.app} is in flight: {theirs} by octocat.\n" in ran.err
    assert re.search(r" is IN_PROGRESS, \d+ s old: https://github\.com/acme/web/actions/runs/99\n", ran.err)


@row(
    AREA,
    "ours, of an older commit",
    command="deploy --if-busy wait",
    does="waits for its end, reads and decides again, and deploys",
)
def flight_waited_for(bench: Bench) -> Steps:
    theirs = _left_alone(bench)
    bench.change()
    with bench.meanwhile(bench.waits(), bench.suffer):
        ran = yield
    assert f"Waiting up to 15m for the deployment of {bench.app}:2 in flight ({theirs}, " in ran.err
    assert f"The other deployment of {bench.app}:2 succeeded. Reading and deciding again.\n" in ran.err
    assert f"Deployed {bench.app}:3: 1 of 1 tasks run.\n" in ran.err
    assert [each["status"] for each in bench.deployments()] == ["SUCCESSFUL"] * 3


@row(
    AREA,
    "ours, of an older commit, that somebody stops",
    command="deploy --if-busy wait",
    does="says so, and deploys",
)
def flight_waited_for_that_is_stopped(bench: Bench) -> Steps:
    _left_alone(bench)
    bench.change()

    def stop() -> None:
        bench.ecs.stop_service_deployment(serviceDeploymentArn=bench.deployments()[0]["serviceDeploymentArn"])

    with bench.meanwhile(bench.waits(), stop):
        ran = yield
    assert f"The other deployment of {bench.app}:2 was stopped before it was done: " in ran.err
    assert [each["status"] for each in bench.deployments()] == ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]


@row(
    AREA,
    "ours, of an older commit, that a deployment of our commit replaces",
    command="deploy --if-busy wait",
    does="says so; then nothing is left to do",
)
def flight_waited_for_that_is_replaced(bench: Bench) -> Steps:
    _left_alone(bench)
    bench.change()
    bench.require("register-task")
    with bench.meanwhile(bench.waits(), lambda: bench.update(taskDefinition=f"{bench.app}:3")):
        ran = yield
    assert f"The other deployment of {bench.app}:2 was replaced by a newer one" in ran.err
    assert f"Unchanged: {bench.app}:3 runs, and its last deployment succeeded.\n" in ran.err
    assert ran.writes == {}


@row(
    AREA,
    "ours, of an older commit, that does not end",
    command="deploy --if-busy wait --timeout 5s",
    does="changes nothing once the time is up",
    code=9,
)
def flight_waited_for_in_vain(bench: Bench) -> Steps:
    theirs = _left_alone(bench)
    bench.change()
    ran = yield
    assert f"error: {bench.app} is still busy after 5s: {theirs}.\n" in ran.err
    assert ran.writes == {}


@row(
    AREA,
    "ours, of an older commit",
    command="deploy --if-busy supersede",
    does="replaces it at once, and says whose it was",
)
def flight_superseded(bench: Bench) -> Steps:
    theirs = _left_alone(bench, **OCTOCAT)
    bench.change()
    ran = yield
    by = f"{theirs} by octocat, https://github.com/acme/web/actions/runs/99"
    assert f"warning: This replaces the deployment of {bench.app} that is in flight ({by}): " in ran.err
    assert f"Deployed {bench.app}:3: 1 of 1 tasks run.\n" in ran.err
    bench.eventually(lambda: [d["status"] for d in bench.deployments()] == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"])


@row(
    AREA,
    "a rollback",
    command="deploy --if-busy supersede",
    does="replaces it at once, and warns that ECS may have nothing to roll back to",
)
def flight_rolling_back_superseded(bench: Bench) -> Steps:
    _rolling_back(bench)
    bench.change()
    ran = yield
    assert f"warning: {bench.app} is being rolled back (" in ran.err
    assert f"Deployed {bench.app}:3: 1 of 1 tasks run.\n" in ran.err


@row(
    AREA,
    "a rollback, to our revision",
    command="deploy --if-busy wait",
    does="waits for its end; then nothing is left to do",
)
def flight_rolling_back_to_ours(bench: Bench) -> Steps:
    _rolling_back(bench)
    bench.revert()
    with bench.meanwhile(bench.waits(), bench.suffer):
        ran = yield
    assert f"The other deployment of {bench.app}:2 was stopped before it was done: " in ran.err
    assert f"Unchanged: {bench.app}:1 runs, and its last deployment succeeded.\n" in ran.err
    assert ran.writes == {}


@row(AREA, "somebody else's", does="changes nothing; says what is in flight, and how to stop it", code=9)
def flight_of_somebody_else(bench: Bench) -> Steps:
    bench.deployed()
    bench.stuck()
    bench.change()
    ran = yield
    assert ran.writes == {}
    assert "aws ecs stop-service-deployment" in ran.err


@row(AREA, "a rollback", does="changes nothing; says to wait for its end", code=9)
def flight_rolling_back(bench: Bench) -> Steps:
    theirs = _rolling_back(bench)
    ran = yield
    assert f"error: {bench.app} is being rolled back: {theirs}.\n" in ran.err
    assert "stop-service-deployment" not in ran.err
    assert ran.writes == {}


@row(AREA, "a newer one begins while ours is watched", does="says that it was superseded, and by what", code=7)
def flight_newer(bench: Bench) -> Steps:
    bench.deployed(NO_BREAKER)
    bench.change()
    bench.sandbox.faults.break_next_deployment("no-capacity")
    ours = len(bench.deployments())

    def flying() -> bool:
        return len(bench.deployments()) > ours and bench.deployments()[0]["status"] == "IN_PROGRESS"

    with bench.meanwhile(flying, lambda: bench.update(taskDefinition=f"{bench.app}:1")):
        ran = yield
    assert f"A newer deployment replaced this one of {bench.app}:2 before it was done.\n" in ran.err


@row(AREA, "somebody stops ours while it is watched", does="says that it was stopped, and what runs now", code=11)
def flight_stopped(bench: Bench) -> Steps:
    bench.deployed(NO_BREAKER)
    bench.change()
    bench.sandbox.faults.break_next_deployment("no-capacity")

    def stop() -> None:
        bench.ecs.stop_service_deployment(serviceDeploymentArn=bench.deployments()[0]["serviceDeploymentArn"])

    with bench.meanwhile(lambda: bench.deployments()[0]["status"] == "IN_PROGRESS", stop):
        ran = yield
    assert f"The deployment of {bench.app}:2 was stopped before it was done.\n" in ran.err
    assert bench.runs() == f"{bench.app}:1"


@row(AREA, "somebody scales to zero while ours is watched", does="says that nothing is proven", code=12)
def flight_scaled_to_zero(bench: Bench) -> Steps:
    bench.deployed(NO_BREAKER)
    bench.change()
    bench.sandbox.faults.break_next_deployment("no-capacity")
    flying = lambda: bench.deployments()[0]["status"] == "IN_PROGRESS"  # noqa: E731 - what it waits for, in a word
    with bench.meanwhile(flying, lambda: bench.update(desiredCount=0)):
        ran = yield
    assert f"nothing is proven: {bench.app} is set to run 0 tasks.\n" in ran.err


@row(AREA, "somebody deletes the service while ours is watched", does="says that it is gone", code=5)
def flight_deleted(bench: Bench) -> Steps:
    bench.deployed(NO_BREAKER)
    bench.change()
    bench.sandbox.faults.break_next_deployment("no-capacity")
    flying = lambda: bench.deployments()[0]["status"] == "IN_PROGRESS"  # noqa: E731 - what it waits for, in a word
    delete = lambda: bench.ecs.delete_service(cluster=bench.app, service=bench.app, force=True)  # noqa: E731
    with bench.meanwhile(flying, delete):
        ran = yield
    assert f"somebody deleted the service {bench.app}.\n" in ran.err


@row(AREA, "any", command="chaos-stop --yes", does="refuses: its result would say nothing about either", code=3)
def chaos_during_a_flight(bench: Bench) -> Steps:
    bench.deployed()
    bench.stuck()
    ran = yield
    assert ran.writes == {}
    assert f"error: A deployment of {bench.app} is in flight.\n" in ran.err
