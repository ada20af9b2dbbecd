"""What `aws-actions/amazon-ecs-deploy-task-definition` asks, and how it judges a deployment.

It is JavaScript; these are its calls, with the empty lists and the false that it sends where an input is not given.
"""

from __future__ import annotations

from typing import Any

from tests.sandbox.clients.conftest import Service
from tests.sandbox.conftest import QUICK, RunningSandbox
from tests.sandbox.operations.furnished import definition


def primary(service: Any) -> str:
    """Return the id of the deployment that it takes for its own."""
    return str(next(one["id"] for one in service["deployments"] if one["status"] == "PRIMARY"))


def deploy(service: Service, image: str) -> tuple[str, Any]:
    """Deploy and wait as the action does; return the deployment's id and what has become of it, None if it is gone."""
    ecs, one = service.ecs, {"cluster": "c", "services": [service.name]}
    registered = ecs.register_task_definition(**definition(service.name, image))["taskDefinition"]
    described = ecs.describe_services(**one)
    assert (described["failures"], described["services"][0]["status"]) == ([], "ACTIVE")
    before = primary(described["services"][0])
    updated = ecs.update_service(
        cluster="c",
        service=service.name,
        taskDefinition=registered["taskDefinitionArn"],
        forceNewDeployment=False,
        volumeConfigurations=[],
    )
    after = primary(updated["service"])
    assert after != before
    ecs.get_waiter("services_stable").wait(**one, WaiterConfig=QUICK)
    deployments = service.now()["deployments"]
    return after, next((each for each in deployments if each["id"] == after), None)


def test_a_deployment_that_completes_and_a_task_of_its_own(service: Service) -> None:
    deployment, found = deploy(service, "example.com/web:2")
    assert found["status"] == "PRIMARY"
    service.wait_until_completed()  # a moment after it is stable
    assert [one["id"] for one in service.now()["deployments"]] == [deployment]
    tags = [{"key": "a", "value": "b"}]
    started = service.ecs.run_task(
        startedBy="GitHub-Actions",
        cluster="c",
        taskDefinition=service.name,
        overrides={"containerOverrides": []},
        launchType="FARGATE",
        networkConfiguration=service.network(),
        enableECSManagedTags=True,
        tags=tags,
        volumeConfigurations=[],
    )
    assert (len(started["tasks"]), started["failures"]) == (1, [])
    assert started["tasks"][0]["tags"] == [*tags, {"key": "aws:ecs:clusterName", "value": "c"}]


def test_a_deployment_that_is_rolled_back_is_gone(service: Service) -> None:
    """The action says: `Deployment ... not found after stabilization`."""
    service.break_next()
    _, found = deploy(service, "example.com/web:bad")
    assert found is None
    assert service.verdicts()[0] == "ROLLBACK_SUCCESSFUL"


def test_a_service_that_is_not_there(sandbox: RunningSandbox) -> None:
    """The action says: `arn:aws:ecs:us-east-1:123456789012:service/nothing is MISSING`."""
    failures = sandbox.client("ecs").describe_services(cluster="c", services=["nothing"])["failures"]
    assert failures == [{"arn": "arn:aws:ecs:us-east-1:123456789012:service/nothing", "reason": "MISSING"}]
