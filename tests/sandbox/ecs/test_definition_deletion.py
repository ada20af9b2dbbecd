"""Deleting task definitions: what is refused, how long it takes, what keeps one."""

from __future__ import annotations

from tests.sandbox.ecs.small_ecs import SmallEcs, network

GONE = ("ClientException", "Unable to describe task definition.")


def status(lab: SmallEcs, reference: str) -> str:
    return str(lab.call("DescribeTaskDefinition", taskDefinition=reference)["taskDefinition"]["status"])


def delete(lab: SmallEcs, *references: str) -> None:
    for reference in references:
        lab.call("DeregisterTaskDefinition", taskDefinition=reference)
    lab.call("DeleteTaskDefinitions", taskDefinitions=list(references))


def test_what_cannot_be_deleted_is_a_failure_beside_what_can(lab: SmallEcs) -> None:
    lab.register()
    active = lab.register()
    lab.call("DeregisterTaskDefinition", taskDefinition="web:1")
    unknown = "The specified task definition does not exist. Specify a valid account, family, revision and try again."
    answer = lab.call("DeleteTaskDefinitions", taskDefinitions=["web:1", active, "web:7", "web"])
    assert [(d["revision"], d["status"]) for d in answer["taskDefinitions"]] == [(1, "DELETE_IN_PROGRESS")]
    assert answer["failures"] == [
        {
            "arn": active,
            "reason": "The specified task definition is still in ACTIVE status. Please deregister the target and try "
            "again.",
        },
        {"arn": "web:7", "reason": unknown},
        {"arn": "web", "reason": unknown},
    ]
    assert status(lab, active) == "ACTIVE"


def test_up_to_ten_are_deleted_at_a_time(lab: SmallEcs) -> None:
    names = [f"web:{number}" for number in range(1, 12)]
    assert lab.error("DeleteTaskDefinitions", taskDefinitions=names)[0] == "InvalidParameterException"
    assert lab.error("DeleteTaskDefinitions", taskDefinitions=[])[0] == "InvalidParameterException"


def test_a_deletion_takes_a_while_and_the_number_is_not_used_again(lab: SmallEcs) -> None:
    arn = lab.register()
    delete(lab, arn)
    assert status(lab, arn) == "DELETE_IN_PROGRESS"
    assert lab.call("ListTaskDefinitions", status="INACTIVE")["taskDefinitionArns"] == []
    assert lab.call("ListTaskDefinitions", status="DELETE_IN_PROGRESS")["taskDefinitionArns"] == [arn]
    assert lab.call("ListTaskDefinitionFamilies")["families"] == ["web"]
    assert lab.error("RunTask", cluster="c", taskDefinition=arn)[1] == "TaskDefinition is inactive"
    lab.run(60)
    assert lab.error("DescribeTaskDefinition", taskDefinition=arn) == GONE
    assert lab.call("ListTaskDefinitions", status="DELETE_IN_PROGRESS")["taskDefinitionArns"] == []
    assert lab.call("ListTaskDefinitionFamilies")["families"] == []
    assert lab.error("RunTask", cluster="c", taskDefinition=arn) == ("ClientException", "TaskDefinition not found.")
    assert lab.register().endswith("web:2")


def test_asking_again_does_not_start_the_wait_anew(lab: SmallEcs) -> None:
    delete(lab, lab.register())
    lab.run(40)
    again = lab.call("DeleteTaskDefinitions", taskDefinitions=["web:1"])
    assert (again["failures"], again["taskDefinitions"][0]["status"]) == ([], "DELETE_IN_PROGRESS")
    lab.run(20)
    assert lab.error("DescribeTaskDefinition", taskDefinition="web:1") == GONE


def test_a_deleted_revision_stays_while_a_service_uses_it(lab: SmallEcs) -> None:
    arn = lab.register()
    lab.create(arn)
    lab.run(60)
    delete(lab, arn)
    lab.run(3600)
    assert status(lab, arn) == "DELETE_IN_PROGRESS"
    lab.call("UpdateService", cluster="c", service="s", desiredCount=2)
    lab.run(60)
    assert lab.service()["runningCount"] == 2
    lab.call("DeleteService", cluster="c", service="s", force=True)
    lab.run(60)
    assert lab.error("DescribeTaskDefinition", taskDefinition=arn) == GONE


def test_a_deployment_keeps_the_revision_to_which_it_would_roll_back(lab: SmallEcs) -> None:
    old = lab.register()
    stop_first = {"minimumHealthyPercent": 0, "maximumPercent": 100}
    lab.create(old, deploymentConfiguration=stop_first, availabilityZoneRebalancing="DISABLED")
    lab.run(60)
    lab.call("UpdateService", cluster="c", service="s", taskDefinition=lab.register("crash:2"))
    lab.run(60)
    assert {task["taskDefinitionArn"] for task in lab.tasks()} <= {lab.service()["taskDefinition"]}
    delete(lab, old)
    lab.run(70)
    assert status(lab, old) == "DELETE_IN_PROGRESS"
    lab.call("StopServiceDeployment", serviceDeploymentArn=lab.deployments()[-1]["serviceDeploymentArn"])
    lab.run(120)
    assert (lab.service()["taskDefinition"], lab.service()["runningCount"]) == (old, 1)


def test_a_task_keeps_its_revision(lab: SmallEcs) -> None:
    arn = lab.register()
    fargate = {"launchType": "FARGATE", "networkConfiguration": network()}
    task = lab.call("RunTask", cluster="c", taskDefinition=arn, **fargate)["tasks"][0]["taskArn"]
    delete(lab, arn)
    lab.run(100)
    assert status(lab, arn) == "DELETE_IN_PROGRESS"
    lab.call("StopTask", cluster="c", task=task)
    lab.run(60)
    assert lab.error("DescribeTaskDefinition", taskDefinition=arn) == GONE
