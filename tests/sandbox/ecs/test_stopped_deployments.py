"""What ECS shows of a deployment that somebody stops (StopServiceDeployment), and of its tasks that end."""

from __future__ import annotations

from typing import Any

from tests.sandbox.ecs.plays import started, update
from tests.sandbox.ecs.small_ecs import SmallEcs, breaker


def crashing(lab: SmallEcs, **configuration: Any) -> str:
    """Let two tasks run, then deploy a revision that crashes; return the ARN of that service deployment."""
    lab.cluster()
    started(lab)
    update(lab, taskDefinition=lab.register("crash:2"), deploymentConfiguration=configuration)
    arn: str = lab.deployments()[-1]["serviceDeploymentArn"]
    return arn


def until_tasks_ended(lab: SmallEcs, count: int) -> None:
    """Let time pass until so many tasks have ended by themselves."""
    for _ in range(1000):
        if sum(t.get("stopCode") == "EssentialContainerExited" for t in lab.tasks("STOPPED")) >= count:
            return
        lab.run(0.1)
    raise AssertionError(f"{count} tasks did not end")


def test_a_task_that_ended_is_not_running_and_is_counted_though_it_is_not_stopped_yet() -> None:
    lab = SmallEcs()
    crashing(lab, **breaker(thresholdConfiguration={"type": "COUNT", "value": 9}))
    until_tasks_ended(lab, 2)
    lab.run(1)
    ended = [t for t in lab.tasks("STOPPED") if t["taskDefinitionArn"].endswith(":2")]
    assert {t["lastStatus"] for t in ended} == {"DEPROVISIONING"}
    assert {(c["lastStatus"], c["exitCode"]) for t in ended for c in t["containers"]} == {("STOPPED", 1)}
    now = lab.deployments()[-1]
    assert now["targetServiceRevision"]["runningTaskCount"] == 0
    assert now["deploymentCircuitBreaker"]["failureCount"] == 2
    (primary, _) = lab.service()["deployments"]
    assert (primary["runningCount"], primary["failedTasks"]) == (0, 2)


def test_the_deployment_says_where_it_came_from_and_goes_back_to() -> None:
    lab = SmallEcs()
    arn = crashing(lab)
    before = lab.service()["currentServiceRevisions"][-1]["arn"]
    lab.run(5)
    assert [each["arn"] for each in lab.deployments()[-1]["sourceServiceRevisions"]] == [before]
    assert "rollback" not in lab.deployments()[-1]
    lab.call("StopServiceDeployment", serviceDeploymentArn=arn)
    lab.run(1.5)
    rolling = lab.deployments()[-1]
    assert (rolling["status"], rolling["rollback"]["serviceRevisionArn"]) == ("ROLLBACK_IN_PROGRESS", before)
    assert rolling["rollback"]["reason"] == rolling["statusReason"]
    assert lab.service()["currentServiceDeployment"] == arn
    lab.run(60)
    done = lab.deployments()[-1]
    assert (done["status"], done["targetServiceRevision"]["requestedTaskCount"]) == ("ROLLBACK_SUCCESSFUL", 0)
    assert lab.error("StopServiceDeployment", serviceDeploymentArn=arn)[0] == "ConflictException"


def test_a_rollback_that_was_asked_for_is_not_ended_by_a_breaker_without_rollback() -> None:
    lab = SmallEcs()
    arn = crashing(lab, **breaker(rollback=False, thresholdConfiguration={"type": "COUNT", "value": 3}))
    until_tasks_ended(lab, 2)
    lab.run(14)
    running = [t["taskArn"] for t in lab.tasks() if t["taskDefinitionArn"].endswith(":2")]
    lab.call("StopServiceDeployment", serviceDeploymentArn=arn)
    lab.fail(running[0])
    lab.run(0.5)
    now = lab.deployments()[-1]
    assert now["status"] == "ROLLBACK_REQUESTED"
    assert now["deploymentCircuitBreaker"]["failureCount"] >= now["deploymentCircuitBreaker"]["threshold"]
    lab.run(60)
    assert lab.deployments()[-1]["status"] == "ROLLBACK_SUCCESSFUL"


def test_the_first_deployment_of_a_service_has_nothing_to_go_back_to() -> None:
    lab = SmallEcs()
    lab.cluster()
    lab.create(lab.register("check:1"), 1)
    lab.run(2)
    arn = lab.deployments()[-1]["serviceDeploymentArn"]
    lab.call("StopServiceDeployment", serviceDeploymentArn=arn)
    lab.run(5)
    ended = lab.deployments()[-1]
    assert (ended["status"], ended["statusReason"]) == (
        "ROLLBACK_FAILED",
        "No rollback candidate was found to run the rollback.",
    )
    assert "rollback" not in ended
    assert ended["sourceServiceRevisions"] == []
