"""`restart`: new tasks of what runs."""

from __future__ import annotations

from tests.tool.states.bench import BREAKER_OFF, NO_BREAKER, Bench
from tests.tool.states.rows import verbs  # noqa: F401 - what all verbs refuse comes first
from tests.tool.states.table import Steps, row

AREA = "Restart"


def _tasks(bench: Bench) -> set[str]:
    return set(bench.ecs.list_tasks(cluster=bench.app)["taskArns"])


@row(AREA, "it runs", command="restart", does="replaces every task, watched")
def restart_well(bench: Bench) -> Steps:
    bench.deployed()
    before = _tasks(bench)
    ran = yield
    assert set(ran.writes) == {"ecs:UpdateService"}
    assert f"Restarted {bench.app}:1: 1 of 1 tasks run, all of them new.\n" in ran.err
    bench.wait_until_steady()
    assert not before & _tasks(bench)


@row(AREA, "restarted just now", command="restart", does="replaces every task again: that is what was asked for")
def restart_again(bench: Bench) -> Steps:
    bench.deployed()
    bench.require("restart")
    ran = yield
    assert set(ran.writes) == {"ecs:UpdateService"}


@row(AREA, "a newer revision is registered, and an older runs", command="restart", does="keeps the revision that runs")
def restart_of_an_older(bench: Bench) -> Steps:
    bench.deployed()
    bench.change()
    bench.require("register-task")
    yield
    assert bench.runs() == f"{bench.app}:1"


@row(AREA, "set to run no task", command="restart", does="writes nothing: there is nothing to restart", code=12)
def restart_without_tasks(bench: Bench) -> Steps:
    bench.deployed()
    bench.require("scale", "0")
    ran = yield
    assert ran.writes == {}
    assert f"No task of {bench.app} runs: nothing to restart.\n" in ran.err


@row(AREA, "its tasks do not start", command="restart --timeout 2s", does="still starts new ones", code=6)
def restart_of_what_does_not_start(bench: Bench) -> Steps:
    bench.deployed(NO_BREAKER)
    bench.lame()
    bench.sandbox.faults.break_next_deployment("no-capacity")
    ran = yield
    assert set(ran.writes) == {"ecs:UpdateService"}
    assert "  next: `ecsdeploy watch` watches it again\n" in ran.err


@row(AREA, "the new tasks fail", command="restart", does="says why; the old ones stay", code=4)
def restart_that_fails(bench: Bench) -> Steps:
    bench.deployed()
    before = _tasks(bench)
    bench.sandbox.faults.break_next_deployment("start-error")
    ran = yield
    assert f"{bench.app}:1 failed, and ECS rolled back to what ran before.\n" in ran.err
    assert before <= _tasks(bench)


@row(AREA, "somebody stops it while it is watched", command="restart", does="says so", code=11)
def restart_stopped(bench: Bench) -> Steps:
    bench.deployed()
    bench.update(deploymentConfiguration=BREAKER_OFF)
    bench.sandbox.faults.break_next_deployment("no-capacity")
    before = len(bench.deployments())

    def flying() -> bool:
        return len(bench.deployments()) > before and bench.deployments()[0]["status"] == "IN_PROGRESS"

    def stop() -> None:
        bench.ecs.stop_service_deployment(serviceDeploymentArn=bench.deployments()[0]["serviceDeploymentArn"])

    with bench.meanwhile(flying, stop):
        ran = yield
    assert f"The deployment of {bench.app}:1 was stopped before it was done.\n" in ran.err


@row(AREA, "a deployment is in flight, even of the same revision", command="restart", does="changes nothing", code=9)
def restart_in_flight(bench: Bench) -> Steps:
    bench.deployed()
    bench.stuck()
    ran = yield
    assert ran.writes == {}
    assert f"error: Another deployment of {bench.app} is in flight: " in ran.err
    assert "`aws ecs stop-service-deployment" in ran.err


@row(
    AREA,
    "a deployment is in flight, even of the same revision",
    command="restart --if-busy wait",
    does="waits for its end, then replaces every task",
)
def restart_waits(bench: Bench) -> Steps:
    bench.deployed()
    bench.stuck()
    with bench.meanwhile(bench.waits(), bench.suffer):
        ran = yield
    assert f"The other deployment of {bench.app}:1 succeeded. Reading and deciding again.\n" in ran.err
    assert f"Restarted {bench.app}:1: 1 of 1 tasks run, all of them new.\n" in ran.err
    assert [each["status"] for each in bench.deployments()] == ["SUCCESSFUL"] * 3


@row(
    AREA,
    "a deployment is in flight, even of the same revision",
    command="restart --if-busy supersede",
    does="replaces it at once",
)
def restart_supersedes(bench: Bench) -> Steps:
    bench.deployed()
    bench.stuck()
    ran = yield
    assert f"warning: This replaces the deployment of {bench.app} that is in flight (" in ran.err
    bench.eventually(lambda: [d["status"] for d in bench.deployments()] == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"])


@row(AREA, "ecs:UpdateService is denied", command="restart", does="names the action", code=3)
def restart_denied(bench: Bench) -> Steps:
    bench.deployed()
    bench.sandbox.faults.break_api("access-denied", "ecs:UpdateService", 1000)
    ran = yield
    assert "error: These credentials lack permission for ecs:UpdateService" in ran.err
    assert len(bench.deployments()) == 1
