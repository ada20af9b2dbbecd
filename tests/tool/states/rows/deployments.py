"""How the last deployment ended, before this one begins."""

from __future__ import annotations

import re

from tests.tool.states.bench import NO_BREAKER, Bench
from tests.tool.states.table import Steps, row

AREA = "Last deployment"


def _rolled_back(bench: Bench) -> None:
    bench.deployed()
    bench.change()
    bench.sandbox.faults.break_next_deployment("pull-error")
    bench.require("deploy", code=4)
    bench.wait_until_steady()


@row(AREA, "succeeded, and nothing differs", does="writes nothing")
def deployment_succeeded(bench: Bench) -> Steps:
    bench.deployed()
    ran = yield
    assert ran.writes == {}
    assert f"Unchanged: {bench.app}:1 runs, and its last deployment succeeded.\n" in ran.err


def _dies(bench: Bench) -> None:
    bench.deployed()
    bench.suffer("crash")
    ecs = bench.ecs
    for task in ecs.list_tasks(cluster=bench.app)["taskArns"]:
        ecs.stop_task(cluster=bench.app, task=task)
    bench.eventually(lambda: len(ecs.list_tasks(cluster=bench.app, desiredStatus="STOPPED")["taskArns"]) > 2)


@row(AREA, "succeeded, and its tasks keep crashing since", does="says so, with the cause; changes nothing", code=5)
def deployment_succeeded_and_dies(bench: Bench) -> Steps:
    _dies(bench)
    ran = yield
    assert ran.writes == {}
    _, outcome, card = ran.err.partition(f"{bench.app}:1 was deployed, but its tasks keep failing.\n")
    assert outcome
    assert f"The container {bench.app} ended with an error (exit code 1).\n" in card
    assert "Unchanged" not in ran.err


@row(AREA, "succeeded, and its tasks keep crashing since", command="status", does="says so, with the cause")
def deployment_succeeded_and_dies_status(bench: Bench) -> Steps:
    _dies(bench)
    ran = yield
    cause = rf"The container {bench.app} ended with an error \(exit code 1\)\."
    warning = rf"warning: \d+ tasks have failed since: {cause}"
    assert re.search(warning, " ".join(ran.out.split())), ran.out


@row(AREA, "succeeded, and its tasks keep crashing since", command="scale 1", does="says so, with the cause", code=5)
def deployment_succeeded_and_dies_scale(bench: Bench) -> Steps:
    _dies(bench)
    ran = yield
    assert re.search(rf"Nothing to do: {bench.app} runs \d of 1 task, but they keep failing\.\n", ran.err), ran.err
    assert f"The container {bench.app} ended with an error (exit code 1).\n" in ran.err
    assert "http://" not in ran.out


@row(AREA, "rolled back", does="tries the same revision again; registers none")
def deployment_rolled_back(bench: Bench) -> Steps:
    _rolled_back(bench)
    ran = yield
    assert f"= task definition {bench.app}:2: unchanged\n" in ran.err
    assert bench.runs() == f"{bench.app}:2"
    assert bench.revisions() == [f"{bench.app}:1", f"{bench.app}:2"]


@row(
    AREA,
    "rolled back, and its revision deregistered since (INACTIVE)",
    does="registers an equal revision, and deploys it",
)
def deployment_rolled_back_and_cleaned(bench: Bench) -> Steps:
    _rolled_back(bench)
    bench.ecs.deregister_task_definition(taskDefinition=f"{bench.app}:2")
    ran = yield
    assert f"+ task definition {bench.app}:3: created\n" in ran.err
    assert bench.runs() == f"{bench.app}:3"


@row(
    AREA,
    "rolled back, and the source is back at what runs",
    command="deploy --image before",
    does="writes nothing: what runs is what is wanted",
)
def deployment_rolled_back_and_reverted(bench: Bench) -> Steps:
    bench.push_image("before")
    bench.require("deploy", "--image", "before")
    bench.push_image("after")
    bench.sandbox.faults.break_next_deployment("pull-error")
    bench.require("deploy", "--image", "after", code=4)
    bench.wait_until_steady()
    ran = yield
    assert ran.writes == {}


@row(AREA, "was the first, and failed", does="tries the same revision again; registers none")
def deployment_first_failed(bench: Bench) -> Steps:
    bench.release()
    bench.sandbox.faults.break_next_deployment("start-error")
    bench.require("deploy", code=5)
    ran = yield
    assert f"= task definition {bench.app}:1: unchanged\n" in ran.err
    assert bench.service()["runningCount"] == 1


@row(AREA, "stopped by somebody (StopServiceDeployment)", does="tries the same revision again; registers none")
def deployment_stopped(bench: Bench) -> Steps:
    bench.deployed(NO_BREAKER)
    bench.change()
    bench.sandbox.faults.break_next_deployment("no-capacity")
    bench.require("deploy", "--timeout", "1s", code=6)
    bench.ecs.stop_service_deployment(serviceDeploymentArn=bench.deployments()[0]["serviceDeploymentArn"])
    bench.eventually(lambda: bench.deployments()[0]["status"] == "ROLLBACK_SUCCESSFUL")
    ran = yield
    assert f"= task definition {bench.app}:2: unchanged\n" in ran.err
    assert bench.runs() == f"{bench.app}:2"


@row(
    AREA, "rolled out a revision that somebody deployed by hand", does="deploys the config's again; shows what differs"
)
def deployment_by_hand(bench: Bench) -> Steps:
    bench.deployed()
    document = bench.ecs.describe_task_definition(taskDefinition=f"{bench.app}:1")["taskDefinition"]
    bench.register(document, memory="1024")
    bench.update(taskDefinition=f"{bench.app}:2")
    bench.wait_until_steady()
    ran = yield
    assert "    memory: 1024 -> 512\n" in ran.err
    # An equal revision is there: the family's first. ECS is asked only for the newest, so an equal one is registered.
    assert bench.runs() == f"{bench.app}:3"
