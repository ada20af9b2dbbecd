"""The service itself: whether it is there, whose it is, who drives it."""

from __future__ import annotations

from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, row

AREA = "Service"


@row(AREA, "missing", does="makes it, and whatever else is missing")
def service_missing(bench: Bench) -> Steps:
    bench.release()
    ran = yield
    assert f"+ service {bench.app}: created\n" in ran.err
    assert bench.service()["runningCount"] == 1


@row(AREA, "deleted (INACTIVE)", does="makes it again, from the task definition that is there")
def service_inactive(bench: Bench) -> Steps:
    bench.deployed()
    bench.ecs.delete_service(cluster=bench.app, service=bench.app, force=True)
    bench.eventually(lambda: bench.service()["status"] == "INACTIVE")
    ran = yield
    assert f"= task definition {bench.app}:1: unchanged\n" in ran.err
    assert f"+ service {bench.app}: created\n" in ran.err
    assert bench.service()["status"] == "ACTIVE"


@row(AREA, "being deleted (DRAINING)", does="changes nothing; says to try again later", code=9)
def service_draining(bench: Bench) -> Steps:
    bench.deployed()
    bench.wait_until_steady()
    bench.record(status="DRAINING")
    ran = yield
    assert f"error: The service {bench.app} is being deleted.\n" in ran.err
    assert not ran.writes
    bench.suffer()
    bench.eventually(lambda: bench.service()["status"] == "INACTIVE")
    bench.require("deploy")


def _controlled(bench: Bench, controller: str) -> Steps:
    bench.deployed()
    bench.change()
    bench.record(extras={"deploymentController": {"type": controller}})
    ran = yield
    assert f"error: The service {bench.app} is deployed by {controller}, not by ECS.\n" in ran.err
    assert not ran.writes


@row(AREA, "deployed by CodeDeploy (CODE_DEPLOY)", does="refuses: ECS would refuse the update", code=3)
def service_of_codedeploy(bench: Bench) -> Steps:
    yield from _controlled(bench, "CODE_DEPLOY")


@row(AREA, "deployed by another tool through task sets (EXTERNAL)", does="refuses", code=3)
def service_external(bench: Bench) -> Steps:
    yield from _controlled(bench, "EXTERNAL")


@row(AREA, "of ECS Express Mode", does="refuses: ECS would change it back", code=3)
def service_express(bench: Bench) -> Steps:
    bench.deployed()
    bench.record(extras={"resourceManagementType": "ECS"})
    ran = yield
    assert f"error: The service {bench.app} belongs to ECS Express Mode.\n" in ran.err
    assert not ran.writes


def _untagged(bench: Bench) -> None:
    bench.deployed()
    arn = bench.service()["serviceArn"]
    bench.ecs.untag_resource(resourceArn=arn, tagKeys=["ecsdeploy:app", "ecsdeploy:env"])


@row(AREA, "untagged, so not made by ecsdeploy", does="refuses, and names `--adopt`", code=3)
def service_untagged(bench: Bench) -> Steps:
    _untagged(bench)
    ran = yield
    assert f"error: The service {bench.app} exists and was not made by ecsdeploy.\n" in ran.err
    assert "hand it over with `ecsdeploy deploy --adopt`" in ran.err
    assert not ran.writes


@row(AREA, "untagged, and handed over", command="deploy --adopt", does="tags it, and deploys if anything differs")
def service_adopted(bench: Bench) -> Steps:
    _untagged(bench)
    ran = yield
    tags = {tag["key"]: tag["value"] for tag in bench.service()["tags"]}
    assert tags == {"ecsdeploy:app": bench.app, "ecsdeploy:env": "default"}
    assert set(ran.writes) == {"ecs:TagResource"}
    assert bench.run("deploy", "--debug").writes == {}


@row(AREA, "of another app", command="deploy --adopt", does="refuses; `--adopt` is for what nobody owns", code=3)
def service_of_another_app(bench: Bench) -> Steps:
    bench.deployed()
    bench.ecs.tag_resource(resourceArn=bench.service()["serviceArn"], tags=[{"key": "ecsdeploy:app", "value": "shop"}])
    ran = yield
    assert f"error: The service {bench.app} belongs to the app 'shop'.\n" in ran.err
    assert not ran.writes


@row(AREA, "missing", command="chaos-stop", does="refuses: there is nothing to stop", code=3)
def chaos_without_a_service(bench: Bench) -> Steps:
    ran = yield
    assert f"error: There is no service {bench.app} in the cluster {bench.app}.\n" in ran.err


@row(AREA, "untagged", command="chaos-stop --yes", does="refuses: it stops only our own tasks on purpose", code=3)
def chaos_on_somebody_elses(bench: Bench) -> Steps:
    _untagged(bench)
    ran = yield
    assert not ran.writes
    assert "hand it over with `ecsdeploy deploy --adopt`" in ran.err


@row(AREA, "its only task runs", command="chaos-stop", does="asks first; nobody answers in CI, so it refuses", code=3)
def chaos_on_the_only_task(bench: Bench) -> Steps:
    bench.deployed()
    ran = yield
    assert "so nothing was changed." in ran.err
    assert not ran.writes


@row(AREA, "[service.raw] sets what only a service revision shows, and nothing differs", does="writes nothing")
def service_with_hidden_settings(bench: Bench) -> Steps:
    bench.deployed(_monitored(20))
    ran = yield
    assert ran.writes == {}
    assert ran.calls["ecs:DescribeServiceRevisions"] == 1


@row(AREA, "[service.raw] changes what only a service revision shows", does="sets it with a new deployment")
def service_with_other_hidden_settings(bench: Bench) -> Steps:
    bench.deployed(_monitored(60))
    bench.config(_monitored(20))
    bench.release()
    ran = yield
    assert "    monitoring.metricConfigurations.0.resolutionSeconds: 60 -> 20\n" in ran.err
    assert bench.run("deploy", "--debug").writes == {}


@row(
    AREA,
    "[service.raw] changes what tasks get at their start (enableExecuteCommand)",
    command="deploy --image live",
    does="sets it without a deployment, and says how running tasks get it",
)
def service_with_settings_of_new_tasks(bench: Bench) -> Steps:
    bench.config()
    bench.push_image("live")
    bench.require("deploy", "--image", "live")
    bench.config("[service.raw]", "enableExecuteCommand = true")
    ran = yield
    assert "    enableExecuteCommand: False -> True\n" in ran.err
    assert "Running tasks keep enableExecuteCommand as it was: `ecsdeploy deploy --force-new-dep" in ran.err
    assert f"Updated: {bench.app} runs {bench.app}:1, with the desired number of tasks.\n" in ran.err
    assert len(bench.deployments()) == 1


@row(AREA, "[service.raw] sets what Fargate does not accept", does="refuses, in ECS's words", code=2)
def service_with_settings_that_ecs_refuses(bench: Bench) -> Steps:
    bench.deployed()
    bench.config("[[service.raw.placementStrategy]]", 'type = "spread"', 'field = "instanceId"')
    bench.release()
    ran = yield
    assert "error: ECS does not accept these service settings.\n" in ran.err
    assert "  Correct [service.raw] in the config.\n" in ran.err
    assert bench.runs() == f"{bench.app}:1"


@row(
    AREA,
    "[service.raw] lets no task be replaced (100 and 100 percent)",
    does="refuses before anything is built",
    code=2,
)
def service_whose_tasks_could_not_be_replaced(bench: Bench) -> Steps:
    bench.deployed()
    bench.config("[service.raw.deploymentConfiguration]", "maximumPercent = 100")
    bench.release()
    ran = yield
    assert "service.raw.deploymentConfiguration.maximumPercent: no task could ever be replaced" in ran.err
    assert "  Let more tasks run (maximumPercent = 200), or fewer stay (minimumHealthyPercent = 50).\n" in ran.err
    assert bench.runs() == f"{bench.app}:1"


def _monitored(seconds: int) -> str:
    names = 'metricNames = ["CPUUtilization"]'
    return f"[[service.raw.monitoring.metricConfigurations]]\n{names}\nresolutionSeconds = {seconds}"
