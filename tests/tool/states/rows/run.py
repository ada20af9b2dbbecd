"""`run`: one command in a task of its own."""

from __future__ import annotations

from typing import Any

from tests.tool.states.bench import Bench
from tests.tool.states.rows import verbs
from tests.tool.states.table import Steps, row

AREA = "Run"
SAYS = "run -- sh -c 'echo it ran; exit 7'"
FAILED = 125

for _name, _state, _bring_about, _words, _code in verbs.REFUSALS:
    verbs.refuses(AREA, SAYS, _name, _state, _bring_about, _words, FAILED)


def _task(bench: Bench) -> dict[str, Any]:
    """Return the task that `run` has started."""
    arns: list[str] = []
    for status in ("RUNNING", "STOPPED"):
        asked = {"cluster": bench.app, "startedBy": "ecsdeploy/run", "desiredStatus": status}
        arns += bench.ecs.list_tasks(**asked)["taskArns"]
    (arn,) = arns
    found: dict[str, Any] = bench.ecs.describe_tasks(cluster=bench.app, tasks=[arn], include=["TAGS"])["tasks"][0]
    return found


@row(AREA, "it runs", command=SAYS, does="shows what the command prints, and ends with its exit code", code=7)
def run_well(bench: Bench) -> Steps:
    bench.deployed()
    before = len(bench.deployments())
    ran = yield
    assert ran.writes == {"ecs:RunTask": 1}
    assert ran.out == "it ran\n"
    assert "Ended with exit code 7 after " in ran.err
    task = _task(bench)
    assert task["taskDefinitionArn"].endswith(f":task-definition/{bench.app}:1")
    assert task["group"] == f"family:{bench.app}"
    tags = {tag["key"]: tag["value"] for tag in task["tags"]}
    assert tags["ecsdeploy:app"] == bench.app
    assert tags["aws:ecs:clusterName"] == bench.app
    assert len(bench.deployments()) == before


@row(AREA, "the command succeeds", command="run -- true", does="ends with 0")
def run_true(bench: Bench) -> Steps:
    bench.deployed()
    ran = yield
    assert ran.out == ""
    assert "Ended with exit code 0 after " in ran.err


@row(AREA, "the service is set to run no task", command="run -- true", does="runs it all the same")
def run_beside_no_task(bench: Bench) -> Steps:
    bench.deployed()
    bench.require("scale", "0")
    ran = yield
    assert ran.writes == {"ecs:RunTask": 1}


@row(AREA, "a deployment is in flight", command="run -- true", does="runs it: nothing of the deployment changes")
def run_in_flight(bench: Bench) -> Steps:
    bench.deployed()
    bench.stuck()
    bench.sandbox.faults.heal()
    yield
    assert bench.deployments()[0]["status"] == "IN_PROGRESS"


@row(AREA, "--revision names an older one", command="run --revision 1 -- true", does="runs that")
def run_of_an_older(bench: Bench) -> Steps:
    bench.deployed()
    bench.change()
    bench.require("deploy")
    yield
    assert _task(bench)["taskDefinitionArn"].endswith(f":task-definition/{bench.app}:1")


@row(AREA, "--revision names one that is missing", command="run --revision 9 -- true", does="refuses", code=FAILED)
def run_of_a_missing(bench: Bench) -> Steps:
    bench.deployed()
    ran = yield
    assert ran.writes == {}
    assert f"error: There is no revision {bench.app}:9.\n" in ran.err


@row(AREA, "--revision names one that is INACTIVE", command="run --revision 1 -- true", does="refuses", code=FAILED)
def run_of_an_inactive(bench: Bench) -> Steps:
    bench.deployed()
    bench.ecs.deregister_task_definition(taskDefinition=f"{bench.app}:1")
    ran = yield
    assert ran.writes == {}
    assert f"error: {bench.app}:1 is INACTIVE.\n" in ran.err


@row(AREA, "--detach", command="run --detach -- sleep 60", does="prints the task's ARN and does not wait")
def run_detached(bench: Bench) -> Steps:
    bench.deployed()
    ran = yield
    assert ran.out == f"{_task(bench)['taskArn']}\n"
    assert ran.writes == {"ecs:RunTask": 1}


@row(AREA, "it takes too long", command="run --timeout 30s -- sleep 600", does="stops the task", code=FAILED)
def run_too_long(bench: Bench) -> Steps:
    bench.deployed()
    ran = yield
    assert ran.writes == {"ecs:RunTask": 1, "ecs:StopTask": 1}
    assert "error: The command took longer than 30s, and its task was stopped.\n" in ran.err
    assert _task(bench)["desiredStatus"] == "STOPPED"


@row(AREA, "its image cannot be pulled", command="run -- true", does="says why", code=FAILED)
def run_without_an_image(bench: Bench) -> Steps:
    bench.deployed()
    found = bench.ecs.describe_task_definition(taskDefinition=bench.app)["taskDefinition"]
    digest = found["containerDefinitions"][0]["image"].partition("@")[2]
    bench.client("ecr").batch_delete_image(repositoryName=bench.app, imageIds=[{"imageDigest": digest}])
    ran = yield
    assert "error: The command did not run.\n" in ran.err
    assert "has no exit code. TaskFailedToStart: " in ran.err
    assert ran.out == ""


@row(AREA, "Fargate has no capacity", command="run -- true", does="says so", code=FAILED)
def run_without_capacity(bench: Bench) -> Steps:
    bench.deployed()
    tags = bench.ecs.describe_task_definition(taskDefinition=bench.app, include=["TAGS"])["tags"]
    commit = next(each["value"] for each in tags if each["key"] == "ecsdeploy:commit")
    bench.sandbox.faults.break_next_deployment("no-capacity", tag=commit)
    ran = yield
    assert "error: ECS did not start the task.\n  Capacity is unavailable at this time." in ran.err


@row(AREA, "ecs:RunTask is denied", command="run -- true", does="names the action", code=FAILED)
def run_denied(bench: Bench) -> Steps:
    bench.deployed()
    bench.sandbox.faults.break_api("access-denied", "ecs:RunTask", 1000)
    ran = yield
    assert "error: These credentials lack permission for ecs:RunTask" in ran.err


@row(AREA, "the answer of RunTask is lost", command="run -- true", does="asks again, with the same token: one task")
def run_lost(bench: Bench) -> Steps:
    bench.deployed()
    bench.sandbox.faults.break_api("lost-answer", "ecs:RunTask", 1)
    yield
    assert _task(bench)["startedBy"] == "ecsdeploy/run"


@row(AREA, "its log may not be read", command=SAYS, does="says so once, and still ends with its exit code", code=7)
def run_unread(bench: Bench) -> Steps:
    bench.deployed()
    bench.sandbox.faults.break_api("access-denied", "logs:FilterLogEvents", 1000)
    ran = yield
    assert ran.out == ""
    assert ran.err.count("warning: The log of the task cannot be shown. ") == 1
