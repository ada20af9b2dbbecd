"""`rollback`: what there is to go back to."""

from __future__ import annotations

from tests.tool.states.bench import NO_BREAKER, Bench
from tests.tool.states.rows import verbs  # noqa: F401 - what all verbs refuse comes first
from tests.tool.states.table import Steps, row

AREA = "Rollback"
COMMIT = "3f2c1ab" + "0" * 33


def _twice(bench: Bench, *more: str) -> None:
    """Have two revisions deployed, one after the other, both well."""
    bench.deployed(*more)
    bench.change()
    bench.require("deploy")
    bench.wait_until_steady()


def _document(bench: Bench, revision: int) -> dict[str, object]:
    found: dict[str, object] = bench.ecs.describe_task_definition(taskDefinition=f"{bench.app}:{revision}")[
        "taskDefinition"
    ]
    return found


def _registered(bench: Bench, *commits: str) -> None:
    """Have a revision registered from each commit, by hand."""
    for commit in commits:
        tags = [{"key": "ecsdeploy:commit", "value": commit}]
        bench.register(_document(bench, 1), tags=tags, family=bench.app)


@row(AREA, "the revision before succeeded", command="rollback", does="goes back to it, watched; says what it was")
def rollback_to_the_last(bench: Bench) -> Steps:
    _twice(bench)
    ran = yield
    assert set(ran.writes) == {"ecs:UpdateService"}
    assert bench.runs() == f"{bench.app}:1"
    assert f"Rolled back: {bench.app}:1 (commit " in ran.err


@row(AREA, "rolled back before, an older one succeeded", command="rollback", does="goes one further back, not forward")
def rollback_further(bench: Bench) -> Steps:
    _twice(bench)
    bench.change()
    bench.require("deploy")
    bench.require("rollback")
    yield
    assert bench.runs() == f"{bench.app}:1"


@row(AREA, "the last deployment failed, and ECS rolled back itself", command="rollback", does="nothing: says so")
def rollback_after_ecs(bench: Bench) -> Steps:
    _twice(bench)
    bench.change()
    bench.sandbox.faults.break_next_deployment("pull-error")
    bench.require("deploy", code=4)
    bench.wait_until_steady()
    ran = yield
    assert ran.writes == {}
    assert f"ECS itself went back to {bench.app}:2" in ran.err
    assert "  next: `ecsdeploy rollback --to 1` goes further back\n" in ran.err


@row(AREA, "the last deployment failed, and nothing rolled it back", command="rollback", does="goes back to what ran")
def rollback_after_a_failure(bench: Bench) -> Steps:
    breaker = "[service.raw.deploymentConfiguration.deploymentCircuitBreaker]\nenable = true\nrollback = false"
    bench.deployed("[service.deployment]\ngive_up = false", breaker)
    bench.change()
    bench.sandbox.faults.break_next_deployment("pull-error")
    bench.require("deploy", code=5)
    ran = yield
    assert f"Rolled back: {bench.app}:1 (" in ran.err
    assert bench.service()["runningCount"] == 1


@row(AREA, "there was one deployment", command="rollback", does="refuses: there is nothing to go back to", code=3)
def rollback_of_the_first(bench: Bench) -> Steps:
    bench.deployed()
    ran = yield
    assert ran.writes == {}
    assert f"error: There is nothing to go back to: no revision older than {bench.app}:1 is known" in ran.err


@row(AREA, "twenty deployments of the same revision since", command="rollback", does="looks through all of them")
def rollback_far(bench: Bench) -> Steps:
    _twice(bench)
    for _ in range(20):
        bench.update(forceNewDeployment=True)
        bench.eventually(lambda: bench.deployments()[0]["status"] == "SUCCESSFUL")
    ran = yield
    assert bench.runs() == f"{bench.app}:1"
    assert ran.calls["ecs:DescribeServiceRevisions"] >= 2


@row(AREA, "the named revision already runs well", command="rollback --to 2", does="nothing: says so")
def rollback_to_what_runs(bench: Bench) -> Steps:
    _twice(bench)
    ran = yield
    assert ran.writes == {}
    assert f"Nothing to do: {bench.app}:2 (commit " in ran.err


@row(AREA, "a newer revision is named", command="rollback --to 2", does="goes forward to it")
def rollback_forward(bench: Bench) -> Steps:
    _twice(bench)
    bench.require("rollback")
    ran = yield
    assert f"Rolled forward: {bench.app}:2 (" in ran.err
    assert bench.runs() == f"{bench.app}:2"


@row(AREA, "a revision is named that never ran", command="rollback --to 2", does="warns of it, and goes to it")
def rollback_to_what_never_ran(bench: Bench) -> Steps:
    bench.deployed()
    _registered(bench, COMMIT)
    ran = yield
    assert f"warning: ECS knows of no successful deployment of {bench.app}:2: it may not work.\n" in ran.err
    assert bench.runs() == f"{bench.app}:2"


@row(AREA, "a commit is named, by seven digits", command="rollback --to 3f2c1ab", does="goes to its newest revision")
def rollback_to_a_commit(bench: Bench) -> Steps:
    bench.deployed()
    _registered(bench, COMMIT, COMMIT, "e" * 40)
    ran = yield
    assert f"Then: {bench.app}:3 (commit 3f2c1ab)\n" in ran.err
    assert bench.runs() == f"{bench.app}:3"


@row(AREA, "digits are named that match two commits", command="rollback --to 3f2c1ab", does="lists both", code=2)
def rollback_to_two_commits(bench: Bench) -> Steps:
    bench.deployed()
    _registered(bench, COMMIT, "3f2c1ab" + "1" * 33)
    ran = yield
    assert ran.writes == {}
    assert f"  {bench.app}:3: commit 3f2c1ab{'1' * 33}\n" in ran.err.replace("    ", "  ")
    assert f"{bench.app}:2: commit {COMMIT}\n" in ran.err


@row(
    AREA,
    "a commit is named that no revision has",
    command="rollback --to 3f2c1ab",
    does="refuses; says how far it looked",
    code=3,
)
def rollback_to_no_commit(bench: Bench) -> Steps:
    _twice(bench)
    ran = yield
    assert ran.writes == {}
    assert f"None of the newest 2 ACTIVE revisions of {bench.app} was registered from that commit" in ran.err


@row(AREA, "a revision is named that never existed", command="rollback --to 7", does="refuses", code=3)
def rollback_to_no_revision(bench: Bench) -> Steps:
    _twice(bench)
    ran = yield
    assert ran.writes == {}
    assert f"error: There is no revision {bench.app}:7.\n" in ran.err


@row(AREA, "another family is named", command="rollback --to other:7", does="refuses before it asks AWS", code=2)
def rollback_to_another_family(bench: Bench) -> Steps:
    ran = yield
    assert ran.calls == {}
    assert "error: --to 'other:7' names the family 'other'.\n" in ran.err


@row(AREA, "what is named is not valid", command="rollback --to latest", does="says what can be named", code=2)
def rollback_to_nonsense(bench: Bench) -> Steps:
    ran = yield
    assert ran.calls == {}
    assert "error: --to 'latest' is not a revision, commit or digest.\n" in ran.err


@row(AREA, "the revision before is INACTIVE (deregistered)", command="rollback", does="refuses", code=3)
def rollback_to_an_inactive(bench: Bench) -> Steps:
    _twice(bench)
    bench.ecs.deregister_task_definition(taskDefinition=f"{bench.app}:1")
    ran = yield
    assert ran.writes == {}
    assert f"error: {bench.app}:1 is INACTIVE: it can no longer be deployed.\n" in ran.err


@row(AREA, "the revision before is deleted", command="rollback --to 1", does="refuses", code=3)
def rollback_to_a_deleted(bench: Bench) -> Steps:
    _twice(bench)
    bench.eventually(lambda: len(bench.ecs.list_tasks(cluster=bench.app)["taskArns"]) == 1)
    bench.ecs.deregister_task_definition(taskDefinition=f"{bench.app}:1")
    bench.ecs.delete_task_definitions(taskDefinitions=[f"{bench.app}:1"])
    ran = yield
    assert ran.writes == {}
    assert f"error: There is no revision {bench.app}:1.\n" in ran.err or "is DELETE_IN_PROGRESS" in ran.err


@row(AREA, "the image of the revision before expired", command="rollback", does="refuses: it could not start", code=3)
def rollback_to_an_expired_image(bench: Bench) -> Steps:
    bench.config()
    commit = bench.release()
    bench.require("deploy")
    bench.change()
    bench.require("deploy")
    bench.client("ecr").batch_delete_image(repositoryName=bench.app, imageIds=[{"imageTag": commit}])
    ran = yield
    assert ran.writes == {}
    assert f"error: The image of {bench.app}:1 is no longer in ECR: its tasks could not start.\n" in ran.err


@row(AREA, "the repository is gone", command="rollback", does="refuses: it could not start", code=3)
def rollback_without_a_repository(bench: Bench) -> Steps:
    _twice(bench)
    bench.client("ecr").delete_repository(repositoryName=bench.app, force=True)
    ran = yield
    assert ran.writes == {}
    assert f"error: The image of {bench.app}:1 is no longer in ECR: its tasks could not start.\n" in ran.err


@row(AREA, "what it goes to fails", command="rollback", does="says why; ECS goes back to what ran", code=4)
def rollback_that_fails(bench: Bench) -> Steps:
    _twice(bench)
    bench.sandbox.faults.break_next_deployment("start-error")
    ran = yield
    assert f"{bench.app}:1 failed, and ECS rolled back to what ran before.\n" in ran.err
    assert f"  now in service: {bench.app}:2, " in ran.err


@row(AREA, "set to run no task", command="rollback", does="goes back, and says that nothing is proven", code=12)
def rollback_without_tasks(bench: Bench) -> Steps:
    _twice(bench)
    bench.require("scale", "0")
    ran = yield
    assert f"{bench.app}:1 is in place, but nothing is proven: {bench.app} is set to run 0 tasks.\n" in ran.err


@row(AREA, "another deployment is in flight", command="rollback", does="changes nothing; says how to stop it", code=9)
def rollback_in_flight(bench: Bench) -> Steps:
    _twice(bench)
    bench.stuck()
    ran = yield
    assert ran.writes == {}
    assert f"error: Another deployment of {bench.app} is in flight: " in ran.err
    assert "or stop it, which rolls it back: `aws ecs stop-service-deployment" in ran.err


@row(AREA, "an interrupted rollback is in flight", command="rollback", does="watches it to its verdict")
def rollback_left(bench: Bench) -> Steps:
    _twice(bench, NO_BREAKER)
    bench.sandbox.faults.break_next_deployment("no-capacity")
    bench.require("rollback", "--timeout", "1s", code=6)
    bench.suffer()
    ran = yield
    assert ran.writes == {}
    assert f"A deployment of {bench.app}:1 is in flight already: watching it.\n" in ran.err


@row(
    AREA,
    "another deployment is in flight",
    command="rollback --yes --if-busy wait",
    does="waits for its end, and then goes back from there",
)
def rollback_waits(bench: Bench) -> Steps:
    _twice(bench, NO_BREAKER)
    bench.change()
    bench.sandbox.faults.break_next_deployment("no-capacity")
    bench.require("deploy", "--timeout", "1s", code=6)
    with bench.meanwhile(bench.waits(), bench.suffer):
        ran = yield
    assert f"The other deployment of {bench.app}:3 succeeded. Reading and deciding again.\n" in ran.err
    assert bench.runs() == f"{bench.app}:2"


@row(
    AREA,
    "another deployment is in flight",
    command="rollback --yes --if-busy supersede",
    does="gives it up, for what ran before it",
)
def rollback_supersedes(bench: Bench) -> Steps:
    _twice(bench, NO_BREAKER)
    bench.change()
    bench.sandbox.faults.break_next_deployment("no-capacity")
    bench.require("deploy", "--timeout", "1s", code=6)
    ran = yield
    assert f"warning: This replaces the deployment of {bench.app} that is in flight (" in ran.err
    assert bench.runs() == f"{bench.app}:2"
    bench.eventually(lambda: [each["status"] for each in bench.deployments()[:2]] == ["SUCCESSFUL", "STOPPED"])


@row(
    AREA,
    "ECS is rolling back",
    command="rollback --if-busy supersede",
    does="changes nothing: ECS does what was asked for",
    code=9,
)
def rollback_does_not_replace_a_rollback(bench: Bench) -> Steps:
    _twice(bench, NO_BREAKER)
    bench.change()
    bench.sandbox.faults.break_next_deployment("no-capacity")
    bench.require("deploy", "--timeout", "1s", code=6)
    bench.lame()
    bench.ecs.stop_service_deployment(serviceDeploymentArn=bench.deployments()[0]["serviceDeploymentArn"])
    bench.eventually(lambda: bench.deployments()[0]["status"] == "ROLLBACK_IN_PROGRESS")
    ran = yield
    assert ran.writes == {}
    assert f"error: {bench.app} is being rolled back: " in ran.err


@row(AREA, "ECS is rolling back", command="rollback", does="changes nothing; says to wait for its end", code=9)
def rollback_while_ecs_does(bench: Bench) -> Steps:
    _twice(bench, NO_BREAKER)
    bench.stuck(taskDefinition=f"{bench.app}:1")
    bench.lame()
    bench.ecs.stop_service_deployment(serviceDeploymentArn=bench.deployments()[0]["serviceDeploymentArn"])
    bench.eventually(lambda: bench.deployments()[0]["status"] == "ROLLBACK_IN_PROGRESS")
    ran = yield
    assert ran.writes == {}
    assert f"error: {bench.app} is being rolled back: " in ran.err


def _denied(bench: Bench, action: str) -> None:
    _twice(bench)
    bench.sandbox.faults.break_api("access-denied", action, 1000)


@row(AREA, "ecs:UpdateService is denied", command="rollback", does="names the action", code=3)
def rollback_denied(bench: Bench) -> Steps:
    _denied(bench, "ecs:UpdateService")
    ran = yield
    assert "error: These credentials lack permission for ecs:UpdateService" in ran.err
    assert bench.runs() == f"{bench.app}:2"


@row(AREA, "ecs:DescribeServiceRevisions is denied", command="rollback", does="names the action", code=3)
def rollback_blind(bench: Bench) -> Steps:
    _denied(bench, "ecs:DescribeServiceRevisions")
    ran = yield
    assert ran.writes == {}
    assert "error: These credentials lack permission for ecs:DescribeServiceRevisions" in ran.err


@row(AREA, "ecr:DescribeImages is denied", command="rollback", does="names the action", code=3)
def rollback_without_a_look_at_images(bench: Bench) -> Steps:
    _denied(bench, "ecr:DescribeImages")
    ran = yield
    assert ran.writes == {}
    assert "error: These credentials lack permission for ecr:DescribeImages" in ran.err


@row(AREA, "ecs:ListTaskDefinitions is denied", command="rollback --to 3f2c1ab", does="names the action", code=3)
def rollback_without_a_list(bench: Bench) -> Steps:
    _denied(bench, "ecs:ListTaskDefinitions")
    ran = yield
    assert ran.writes == {}
    assert "error: These credentials lack permission for ecs:ListTaskDefinitions" in ran.err
