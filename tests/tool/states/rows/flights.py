"""Deployments in flight: before this one, and while it is watched."""

from __future__ import annotations

from tests.tool.states.bench import NO_BREAKER, Bench
from tests.tool.states.table import Steps, row

AREA = "Deployment in flight"


def _left_alone(bench: Bench) -> None:
    """Have a deployment of ours going that the tool has stopped watching."""
    bench.deployed(NO_BREAKER)
    bench.change()
    bench.sandbox.faults.break_next_deployment("no-capacity")
    bench.require("deploy", "--timeout", "1s", code=6)


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
    _left_alone(bench)
    bench.change()
    ran = yield
    assert f"error: Another deployment of {bench.app} is in flight.\n" in ran.err
    assert f" of {bench.app}:2 is IN_PROGRESS.\n" in ran.err
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
    assert f"error: Another deployment of {bench.app} is in flight.\n" in ran.err
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
    _left_alone(bench)
    bench.lame()
    bench.ecs.stop_service_deployment(serviceDeploymentArn=bench.deployments()[0]["serviceDeploymentArn"])
    bench.eventually(lambda: bench.deployments()[0]["status"] == "ROLLBACK_IN_PROGRESS")
    ran = yield
    assert f"error: {bench.app} is being rolled back.\n" in ran.err
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


@row(AREA, "somebody stops ours while it is watched", does="says that somebody stopped it, and what runs now", code=11)
def flight_stopped(bench: Bench) -> Steps:
    bench.deployed(NO_BREAKER)
    bench.change()
    bench.sandbox.faults.break_next_deployment("no-capacity")

    def stop() -> None:
        bench.ecs.stop_service_deployment(serviceDeploymentArn=bench.deployments()[0]["serviceDeploymentArn"])

    with bench.meanwhile(lambda: bench.deployments()[0]["status"] == "IN_PROGRESS", stop):
        ran = yield
    assert f"Somebody stopped the deployment of {bench.app}:2 before it was done.\n" in ran.err
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
