"""`scale`: how many tasks run, and who else decides that."""

from __future__ import annotations

from tests.tool.states.bench import BREAKER_OFF, Bench
from tests.tool.states.rows import verbs  # noqa: F401 - what all verbs refuse comes first
from tests.tool.states.table import Steps, row

AREA = "Scale"
TAG = "ecsdeploy:count-before"


def _before(bench: Bench) -> str | None:
    """Return the count that the service remembers."""
    return {tag["key"]: tag["value"] for tag in bench.service()["tags"]}.get(TAG)


def _autoscaled(bench: Bench) -> None:
    bench.deployed()
    bench.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{bench.app}/{bench.app}",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=2,
        MaxCapacity=6,
    )
    bench.eventually(lambda: bench.service()["desiredCount"] == 2)
    bench.wait_until_steady()


@row(AREA, "one task runs", command="scale 3", does="runs three, without a deployment; remembers the one")
def scale_up(bench: Bench) -> Steps:
    bench.deployed()
    ran = yield
    assert bench.service()["runningCount"] == 3
    assert (len(bench.deployments()), _before(bench)) == (1, "1")
    assert f"Scaled: {bench.app} runs 3 of 3 tasks.\n" in ran.err


@row(AREA, "that many run already", command="scale 1", does="writes nothing")
def scale_to_the_same(bench: Bench) -> Steps:
    bench.deployed()
    ran = yield
    assert ran.writes == {}
    assert f"Nothing to do: {bench.app} runs 1 of 1 task.\n" in ran.err


@row(AREA, "three tasks run", command="scale 0", does="stops them, which is what was asked for")
def scale_to_zero(bench: Bench) -> Steps:
    bench.deployed()
    bench.require("scale", "3")
    ran = yield
    assert (bench.service()["runningCount"], _before(bench)) == (0, "3")
    assert f"Scaled: {bench.app} runs no task, as asked.\n" in ran.err


@row(AREA, "stopped by `scale 0`", command="scale --restore", does="runs as many as before, and forgets the number")
def scale_restored(bench: Bench) -> Steps:
    bench.deployed()
    bench.require("scale", "3")
    bench.require("scale", "0")
    yield
    assert (bench.service()["runningCount"], _before(bench)) == (3, None)


@row(AREA, "stopped, tried with one task, to be as before", command="scale --restore", does="runs as many as before")
def scale_restored_after_a_try(bench: Bench) -> Steps:
    bench.deployed()
    bench.require("scale", "3")
    bench.require("scale", "0")
    bench.require("scale", "1")
    yield
    assert bench.service()["runningCount"] == 3


@row(AREA, "stopped, and the config names a count", command="scale --restore", does="runs as many as the config says")
def scale_restored_to_the_config(bench: Bench) -> Steps:
    bench.deployed("[service]", "count = 2")
    bench.require("scale", "0")
    assert _before(bench) is None
    yield
    assert bench.service()["runningCount"] == 2


@row(AREA, "stopped by hand, nothing is known", command="scale --restore", does="runs one task")
def scale_restored_to_one(bench: Bench) -> Steps:
    bench.deployed()
    bench.update(desiredCount=0)
    ran = yield
    assert f"1 task: no count of {bench.app} is remembered, so it gets 1.\n" in ran.err
    assert bench.service()["runningCount"] == 1


@row(AREA, "never scaled", command="scale --restore", does="writes nothing")
def scale_restored_to_itself(bench: Bench) -> Steps:
    bench.deployed()
    bench.update(desiredCount=3)
    bench.wait_until_steady()
    ran = yield
    assert ran.writes == {}


@row(AREA, "its tag was changed to nonsense", command="scale --restore", does="ignores it, and removes it")
def scale_restored_from_nonsense(bench: Bench) -> Steps:
    bench.deployed()
    bench.ecs.tag_resource(resourceArn=bench.service()["serviceArn"], tags=[{"key": TAG, "value": "many"}])
    ran = yield
    assert (set(ran.writes), _before(bench)) == ({"ecs:UntagResource"}, None)


@row(AREA, "the config names another count", command="scale 3", does="warns that `deploy` sets it back, and scales")
def scale_against_the_config(bench: Bench) -> Steps:
    bench.deployed("[service]", "count = 2")
    ran = yield
    assert (
        "warning: The config says [service] count = 2: the next `ecsdeploy deploy` sets it back to that.\n" in ran.err
    )
    assert bench.service()["runningCount"] == 3


@row(AREA, "autoscaling decides the count", command="scale 3", does="warns that it may change again, and scales")
def scale_with_autoscaling(bench: Bench) -> Steps:
    _autoscaled(bench)
    ran = yield
    assert "warning: Autoscaling keeps this service between 2 and 6 tasks: it may change 3 again at any" in ran.err
    assert bench.service()["runningCount"] == 3


@row(AREA, "below autoscaling's minimum", command="scale 0", does="warns what autoscaling will do, and scales")
def scale_below_autoscaling(bench: Bench) -> Steps:
    _autoscaled(bench)
    ran = yield
    assert "warning: 0 is below autoscaling's minimum: it goes to 2 as soon as one of its policies acts.\n" in ran.err


@row(AREA, "above autoscaling's maximum", command="scale 7", does="warns what autoscaling will do, and scales")
def scale_above_autoscaling(bench: Bench) -> Steps:
    _autoscaled(bench)
    ran = yield
    assert "warning: 7 is above autoscaling's maximum: it goes to 6 as soon as one of its policies acts.\n" in ran.err


@row(AREA, "no permission to read autoscaling", command="scale 3", does="says so, and scales")
def scale_without_a_look_at_autoscaling(bench: Bench) -> Steps:
    bench.deployed()
    bench.sandbox.faults.break_api("access-denied", "application-autoscaling:DescribeScalableTargets", 1000)
    ran = yield
    assert "no permission for application-autoscaling:DescribeScalableTargets.\n" in ran.err
    assert bench.service()["runningCount"] == 3


@row(AREA, "a deployment is in flight", command="scale 3", does="says so; scales what runs, and disturbs nothing")
def scale_in_flight(bench: Bench) -> Steps:
    bench.deployed()
    bench.update(deploymentConfiguration={**BREAKER_OFF, "maximumPercent": 200, "minimumHealthyPercent": 100})
    bench.change()
    bench.sandbox.faults.break_next_deployment("no-capacity")
    document = bench.ecs.describe_task_definition(taskDefinition=f"{bench.app}:1")["taskDefinition"]
    bench.register(document, memory="1024", family=bench.app)
    bench.update(taskDefinition=f"{bench.app}:2")
    bench.eventually(lambda: bench.deployments()[0]["status"] == "IN_PROGRESS")
    flying = bench.deployments()[0]["serviceDeploymentArn"]
    ran = yield
    assert (
        f"A deployment of {bench.app}:2 is in flight ({flying.rpartition('/')[2]}): it continues, with the" in ran.err
    )
    assert bench.deployments()[0]["serviceDeploymentArn"] == flying
    assert bench.service()["desiredCount"] == 3


@row(AREA, "the last deployment failed", command="scale 2", does="scales what runs; does not deploy again")
def scale_after_a_failure(bench: Bench) -> Steps:
    bench.deployed()
    bench.change()
    bench.sandbox.faults.break_next_deployment("pull-error")
    bench.require("deploy", code=4)
    bench.wait_until_steady()
    before = len(bench.deployments())
    ran = yield
    assert ran.writes == {"ecs:TagResource": 1, "ecs:UpdateService": 1}
    assert (bench.runs(), len(bench.deployments())) == (f"{bench.app}:1", before)


@row(AREA, "tasks do not start", command="scale 3 --timeout 2s", does="gives up, and says why they do not", code=6)
def scale_without_capacity(bench: Bench) -> Steps:
    bench.deployed()
    bench.suffer("pull-error")
    ran = yield
    assert f"Gave up waiting for the tasks of {bench.app}: 1 of 3 run.\n" in ran.err
    assert "  next: `ecsdeploy scale 3` waits for it again\n" in ran.err


@row(AREA, "somebody sets another count meanwhile", command="scale 3", does="says so", code=7)
def scale_contested(bench: Bench) -> Steps:
    bench.deployed()
    bench.suffer("no-capacity")
    with bench.meanwhile(lambda: bench.service()["desiredCount"] == 3, lambda: bench.update(desiredCount=2)):
        ran = yield
    assert f"{bench.app} does not run 3 tasks: its count was set to 2 meanwhile.\n" in ran.err


@row(AREA, "ecs:TagResource is denied", command="scale 3", does="names the action", code=3)
def scale_that_may_not_remember(bench: Bench) -> Steps:
    bench.deployed()
    bench.sandbox.faults.break_api("access-denied", "ecs:TagResource", 1000)
    ran = yield
    assert "error: These credentials lack permission for ecs:TagResource" in ran.err
    assert bench.service()["desiredCount"] == 1


@row(AREA, "ecs:UpdateService is denied", command="scale 3", does="names the action, and the tag it has set", code=5)
def scale_denied(bench: Bench) -> Steps:
    bench.deployed()
    bench.sandbox.faults.break_api("access-denied", "ecs:UpdateService", 1000)
    ran = yield
    assert "error: These credentials lack permission for ecs:UpdateService" in ran.err
    assert f"Done before that: changed tags.{TAG} of the service {bench.app}.\n" in ran.err


@row(AREA, "neither a number nor --restore is given", command="scale", does="says what can be given", code=2)
def scale_to_nothing(bench: Bench) -> Steps:
    ran = yield
    assert ran.calls == {}
    assert "error: `scale` takes a number of tasks, or --restore.\n" in ran.err
